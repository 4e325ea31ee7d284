/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls show: one job or one connection as a text timeline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/show.h"
#include "store/open.h"

static const char *input = ATLS_DATA_DEFAULT;

static const struct atls_arg args[] = { ATLS_OPTION_INPUT(&input), { 0 } };

/* The id of "job ID" or "conn ID"; 0 if the words are neither. */
static int64_t read_id(int argc, char **argv)
{
	int64_t id;
	char *end;

	if (argc != 2 || (strcmp(argv[0], "job") && strcmp(argv[0], "conn")))
		return 0;
	id = strtoll(argv[1], &end, 10);
	return *end || id < 0 ? 0 : id;
}

static int run(int argc, char **argv)
{
	int64_t id = read_id(argc, argv);
	sqlite3 *db;
	int ret;

	if (!id) {
		atls_error("show: say which: asynctls show job ID, or asynctls show conn ID");
		return ATLS_EXIT_USAGE;
	}
	ret = atls_data_open(input, &db);
	if (ret != ATLS_EXIT_OK)
		return ret;
	ret = strcmp(argv[0], "conn") ? atls_show_job(db, id) : atls_show_conn(db, id);
	sqlite3_close(db);
	if (ret == -ENOENT)
		return ATLS_EXIT_USAGE;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_show = {
	.name = "show",
	.summary = "draw one job or connection as a text timeline",
	.usage = "job|conn ID [-i DIR|FILE]",
	.about =
		"Draw one job: its phases to scale, every step with its time, duration and thread, its critical path,\n"
		"and what its thread did meanwhile. Or tell the life of one connection. Ids are those of the report\n"
		"and of the database's views v_job and v_conn.",
	.args = args,
	.takes_arguments = true,
	.run = run,
};
