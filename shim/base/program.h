/* SPDX-License-Identifier: Apache-2.0 */
/* Which program this process runs. */
#pragma once

#define ATLS_PROGRAM_NAME 16

/*
 * The process's own name, as ps shows it: the main thread's, whichever thread asks. Without wrapped
 * calls or allocation; errno stays.
 */
void atls_program_name(char name[ATLS_PROGRAM_NAME]);

/* The name of its file without folders, or "" where /proc does not say. */
void atls_program_file(char *name, int size);
