/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The well-known places at which servers, started once with the shim, wait to be recorded:
 *
 *   BASE/            /run/asynctls for root, else $XDG_RUNTIME_DIR/asynctls or /tmp/asynctls-UID
 *   BASE/NAME/       the session daemon's home, LTTNG_HOME of these servers; daemon or not
 *   BASE/NAME.epoch  a number that counts its recordings; servers have it mapped
 *   BASE/NAME.ctl    socket of the recorder, while there is one
 *   BASE/NAME.last   the last words of one that ended by itself, until somebody asks for them
 */
#pragma once

#define ATLS_PLACE_DEFAULT "default"

struct atls_place {
	char name[24];
	char base[48];
	char home[72]; /* short, because socket paths are limited to 108 bytes */
	char socket[80];
	char epoch[80];
	char last[80];
};

/* The place called name (NULL: the default). Makes nothing. Returns 0, or -errno with a message. */
int atls_place_init(struct atls_place *p, const char *name);
/*
 * Make its folders if they are not there yet. Returns 0, or -errno with a message: also if somebody
 * else has made them.
 */
int atls_place_make(const struct atls_place *p);
/* Another recording of that place is about to begin. */
void atls_place_count(const struct atls_place *p);
