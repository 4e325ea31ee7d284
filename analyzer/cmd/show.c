/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls show: one job or one connection as a text timeline. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/log.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "report/show.h"
#include "store/open.h"

static void help(void)
{
	puts("usage: asynctls show job|conn ID [-i DIR|FILE]\n"
	     "\n"
	     "Draw one job: its phases to scale, every step with its time, duration and thread, its critical path,\n"
	     "and what its thread did meanwhile. Or tell the life of one connection. Ids are those of the report\n"
	     "and of the database's views v_job and v_conn.\n"
	     "\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "  -h, --help            this text");
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, const char **input, bool *conn, int64_t *id)
{
	const struct atls_arg args[] = { { "input", 'i', .text = input }, { 0 } };
	int status = atls_args(argc, argv, args, help, NULL);
	char *end = "";

	if (status >= 0)
		return status;
	*conn = optind < argc && !strcmp(argv[optind], "conn");
	if (optind + 2 == argc && (*conn || !strcmp(argv[optind], "job")))
		*id = strtoll(argv[optind + 1], &end, 10);
	if (*id > 0 && !*end)
		return -1;
	atls_error("show: say which: asynctls show job ID, or asynctls show conn ID");
	return ATLS_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const char *input = ATLS_DATA_DEFAULT;
	int64_t id = 0;
	sqlite3 *db;
	bool conn = false;
	int status = parse(argc, argv, &input, &conn, &id), ret;

	if (status >= 0)
		return status;
	status = atls_data_open(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	ret = conn ? atls_show_conn(db, id) : atls_show_job(db, id);
	sqlite3_close(db);
	if (ret == -ENOENT)
		return ATLS_EXIT_USAGE;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_show = { "show", "draw one job or connection as a text timeline",
					run };
