/* SPDX-License-Identifier: Apache-2.0 */
/* The shim's only words to the user. */
#pragma once

/* Note what stderr is, before the program can put a file of its own in its place. At load. */
void atls_complain_init(void);

/*
 * One line on stderr, "asynctls: ...", if that is what it was at load. Keeps errno. For failures
 * that turn something of ours off.
 */
void atls_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
