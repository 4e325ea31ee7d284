/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paths of a named session. Servers that were started once with the shim wait there to be
 * recorded:
 *
 *   BASE/            /run/asynctls for root, else $XDG_RUNTIME_DIR/asynctls or /tmp/asynctls-UID
 *   BASE/NAME/       the session daemon's home, LTTNG_HOME of these servers; daemon or not
 *   BASE/NAME.epoch  a number that counts its recordings; servers have it mapped
 *   BASE/NAME.ctl    socket of the recorder, while there is one
 *   BASE/NAME.last   log of a recorder that ended by itself, until 'asynctls stop' prints it
 */
#pragma once

#define ATLS_SESSION_DEFAULT "default"

struct atls_session_paths {
	char name[24]; /* of the session */
	char base[48];
	char home[72]; /* short, because socket paths are limited to 108 bytes */
	char socket[80];
	char epoch[80];
	char saved_log[80];
};

/* The paths of the session called name; NULL: the default. 0, or -errno with a message. */
int atls_session_paths_init(struct atls_session_paths *p, const char *name);
/*
 * Make its folders and its epoch if they are not there yet. Returns 0, or -errno with a message:
 * also if another user has made them.
 */
int atls_session_paths_create(const struct atls_session_paths *p);
/* Another recording of the session is about to begin. */
void atls_session_paths_raise_epoch(const struct atls_session_paths *p);
