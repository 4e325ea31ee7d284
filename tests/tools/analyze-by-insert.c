/* SPDX-License-Identifier: Apache-2.0 */
/* analyze-by-insert INPUT: what 'asynctls analyze -i INPUT' does, but with INSERTs for all rows. */
#include "base/exit.h"
#include "store/analysis.h"
#include "store/writer.h"

int main(int argc, char **argv)
{
	struct atls_analysis_result result;
	struct atls_data d;

	if (argc != 2 || atls_data_locate(argv[1], &d))
		return ATLS_EXIT_USAGE;
	d.writer = &atls_insert_writer;
	return atls_analysis_status(atls_analyze(&d, &result));
}
