/* SPDX-License-Identifier: Apache-2.0 */
/* The fork counter. */
#include "base/generation.h"

unsigned int atls_generation;
