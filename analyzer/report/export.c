/* SPDX-License-Identifier: Apache-2.0 */
/* A recording in the format that is asked for. */
#include "report/export.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "report/table.h"

static int export_jobs(sqlite3 *db, FILE *out, enum atls_table_format format)
{
	int ret = atls_table_query(out, db, "SELECT * FROM f_job", format);

	if (format == ATLS_TABLE_JSON)
		putc('\n', out);
	return ret < 0 ? ret : 0;
}

static int write_format(sqlite3 *db, FILE *out, const struct atls_export_options *o)
{
	if (!strcmp(o->format, "perfetto"))
		return atls_export_perfetto(db, out);
	if (!strcmp(o->format, "chrome"))
		return atls_export_chrome(db, out);
	if (!strcmp(o->format, "otlp"))
		return atls_export_otlp(db, out, o->slowest, o->sample);
	return export_jobs(db, out, strcmp(o->format, "csv") ? ATLS_TABLE_JSON : ATLS_TABLE_CSV);
}

int atls_export(sqlite3 *db, const struct atls_export_options *o)
{
	FILE *out = o->output ? fopen(o->output, "we") : stdout;
	int ret;

	if (!out) {
		atls_error("%s: %s", o->output, strerror(errno));
		return -ENOENT;
	}
	ret = write_format(db, out, o);
	if (fflush(out) || ferror(out)) {
		atls_error("%s: %s", o->output ? o->output : "standard output", strerror(errno));
		ret = -EIO;
	}
	if (out != stdout)
		fclose(out);
	return ret;
}
