/* SPDX-License-Identifier: Apache-2.0 */
/* Which processors the engine's threads run on. */
#pragma once

#include "spec/spec.h"

/*
 * Let the calling thread, which is the engine's, run where the specification says, or where the
 * process might when it began: a server's own threads may be bound to one processor each, and hand
 * that down to each thread they start.
 */
void atls_placement_apply(const struct atls_spec *spec);
