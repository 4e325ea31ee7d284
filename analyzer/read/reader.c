/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the reader for an input. */
#include "read/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

static bool is_text(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcmp(dot, ".txt");
}

/* ASYNCTLS_READER=reference is for comparing the two. */
static int open_trace(const char *path, struct atls_reader **r)
{
	const char *chosen = getenv("ASYNCTLS_READER");
	int ret = -ENOTSUP;

	if (!chosen || strcmp(chosen, "reference"))
		ret = atls_reader_fast_create(path, r);
	return ret == -ENOTSUP ? atls_reader_bt2_create(path, r) : ret;
}

int atls_reader_open(const char *path, struct atls_reader **r)
{
	struct stat st;

	if (stat(path, &st)) {
		int err = errno;

		atls_error("%s: %s", path,
			   err == ENOENT ? "there is no such recording" : strerror(err));
		return -err;
	}
	if (S_ISDIR(st.st_mode))
		return open_trace(path, r);
	if (is_text(path))
		return atls_reader_text_create(path, r);
	atls_error("%s: this is no folder, so no CTF trace either", path);
	return -EINVAL;
}

int atls_reader_run(struct atls_reader *r, const struct atls_handler *to)
{
	return r->ops->run(r, to);
}

void atls_reader_destroy(struct atls_reader *r)
{
	if (r)
		r->ops->destroy(r);
}
