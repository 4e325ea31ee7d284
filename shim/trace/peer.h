/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a connection is with, for recordings that ask for addresses. */
#pragma once

struct atls_conn;

/*
 * Emit whom the connection is with, once. To be called only if addresses are recorded. Keeps errno.
 */
void atls_peer_note(struct atls_conn *conn);
