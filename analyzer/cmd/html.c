/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls html: a recording as one page. Its options are those of the Python package. */
#include "base/python.h"
#include "cmd/cmd.h"

static int run(int argc, char **argv)
{
	return atls_python_run("html", argc, argv);
}

const struct atls_cmd atls_cmd_html = { "html", "make a page to explore a recording with",
					.run = run };
