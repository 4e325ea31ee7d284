/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output directory: DIR/ctf and DIR/meta.json. An earlier recording there is kept as DIR.old.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "record/lttng-home.h"

struct atls_output {
	char dir[PATH_MAX]; /* absolute */
	char old[PATH_MAX]; /* where an earlier recording went, or "" */
	char ctf[PATH_MAX]; /* the trace */
};

/*
 * Make the directory, readable by the caller only. An earlier recording there becomes
 * DIR.old, in place of an older DIR.old; anything else there is refused. The trace's directory is
 * made writable for the session daemon of home. Returns 0, or -errno with a message and nothing
 * changed.
 */
int atls_output_create(struct atls_output *o, const char *dir, const struct atls_lttng_home *home);
/* Take it all back, because nothing was recorded. */
void atls_output_discard(const struct atls_output *o);
/* Make the trace the caller's own. Returns 0, or -errno with a message. */
int atls_output_finish(const struct atls_output *o);
