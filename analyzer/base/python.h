/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that the Python package of the dashboards carries out. */
#pragma once

/*
 * Becomes an interpreter that runs the dashboards with argv (argv[0] is the command's name, as in
 * struct atls_cmd). Returns only on failure, having said why: an exit code. command prefixes words.
 */
int atls_python_run(const char *command, int argc, char **argv);
