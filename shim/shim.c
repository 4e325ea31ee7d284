/* SPDX-License-Identifier: Apache-2.0 */
extern int asynctls_placeholder; int asynctls_placeholder;
