/* SPDX-License-Identifier: Apache-2.0 */
/* What 'asynctls stop', 'snapshot' and 'status' ask the recorder of a place. */
#pragma once

#include <stdbool.h>

#include "record/place.h"

/* Each does what the command of its name does, and returns its exit status, worded. */
int atls_client_stop(const struct atls_place *place);
/* name may be NULL. */
int atls_client_snapshot(const struct atls_place *place, const char *name);
int atls_client_status(const struct atls_place *place, bool json);
