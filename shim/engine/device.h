/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device that the engine plays: its specification, how long an operation takes it, and which
 * faults strike. All chance is a function of the seed, the kind of draw and how many such draws
 * there were before, so that a run in which operations come in the same order repeats itself.
 */
#pragma once

#include <stdbool.h>

#include "engine/operation.h"
#include "spec/spec.h"

/* The specification in force; constant, and valid for ever. Any thread. */
const struct atls_spec *atls_device_spec(void);

/*
 * Apply words on top of the specification in force (see spec.h). Returns 0 or -errno with a
 * sentence in why. Any thread; operations under way keep what they began with.
 */
int atls_device_configure(const char *words, char *why, size_t size);

/*
 * Draw the service time of an operation: it is not to be complete earlier. 0: as long as it takes.
 */
uint64_t atls_device_service_ns(const struct atls_spec *spec, struct atls_operation what);

/* Draw whether a fault strikes the next operation. */
bool atls_device_strikes(const struct atls_spec *spec, enum atls_fault fault);
