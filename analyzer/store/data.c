/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a recording lie. */
#include "store/data.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_database(const char *path)
{
	char head[16] = "";
	FILE *f = is_folder(path) ? NULL : fopen(path, "re");
	bool yes = f && fread(head, 1, sizeof(head), f) == sizeof(head) &&
		   !memcmp(head, "SQLite format 3", 16);

	if (f)
		fclose(f);
	return yes;
}

static int join(char *to, const char *folder, const char *rest)
{
	int length = (int)strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (snprintf(to, PATH_MAX, "%.*s%s", length, folder, rest) < PATH_MAX)
		return 0;
	atls_error("%s: the name is too long", folder);
	return -ENAMETOOLONG;
}

int atls_data_locate(const char *input, struct atls_data *d)
{
	int ret;

	*d = (struct atls_data){ 0 };
	if (is_database(input))
		return join(d->db, input, "");
	ret = join(d->trace, input, "/ctf");
	if (!ret && is_folder(d->trace))
		return join(d->meta, input, "/meta.json") || join(d->db, input, "/trace.db")
			       ? -ENAMETOOLONG
			       : 0;
	if (!ret)
		ret = join(d->trace, input, "");
	return ret ? ret : join(d->db, input, ".db");
}
