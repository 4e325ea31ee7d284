/* SPDX-License-Identifier: Apache-2.0 */
/* Exit statuses of asynctls. */
#pragma once

/* Of all commands but record, which returns the status of the command that it ran. */
enum atls_exit {
	ATLS_EXIT_OK = 0,
	ATLS_EXIT_FINDINGS = 1, /* findings, or a regression */
	ATLS_EXIT_USAGE = 2,
	ATLS_EXIT_TRACE = 3,	   /* unreadable or incompatible trace or database */
	ATLS_EXIT_ENVIRONMENT = 4, /* something that is needed is lacking */
	ATLS_EXIT_INCOMPLETE = 5,  /* --strict, and events were lost */
};
