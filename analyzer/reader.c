/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the reader for an input. */
#include "reader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"

int atls_reader_open(const char *path, struct atls_reader **r)
{
	struct stat st;

	if (stat(path, &st)) {
		int err = errno;

		atls_error("%s: %s", path, err == ENOENT ? "there is no such recording" : strerror(err));
		return -err;
	}
	return S_ISDIR(st.st_mode) ? atls_reader_bt2_create(path, r) : atls_reader_text_create(path, r);
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
