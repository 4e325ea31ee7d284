/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the recorder that this process is there, in a file that ASYNCTLS_SEEN names: so that a process
 * of which nothing is recorded can be told from one that never was. Without the variable: nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The shim is loaded. path is copied; NULL or too long: nothing is told, now or later. */
void atls_census_loaded(const char *path);
/* OpenSSL is used, in this process or in the one that it was forked from. */
void atls_census_tls(bool recorded);
/*
 * Find the recordings' counter of the place whose home this is, if it is one: HOME.epoch. Its mapping
 * also shows others which place this process is at, whatever becomes of its environment.
 */
void atls_census_find_epoch(const char *home);

/*
 * Counts the recordings of that place, for a thread that slept from one to the next to notice. Shared
 * memory that the recorder writes; or a constant.
 */
extern const volatile uint32_t *atls_census_epoch;
