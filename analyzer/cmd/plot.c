/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls plot: a recording as pictures. Its options are those of the Python package. */
#include "base/python.h"
#include "cmd/cmd.h"

static int run(int argc, char **argv)
{
	return atls_python_run("plot", argc, argv);
}

const struct atls_cmd atls_cmd_plot = { "plot", "draw a recording as pictures", .run = run };
