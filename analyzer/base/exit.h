/* SPDX-License-Identifier: Apache-2.0 */
/* What asynctls tells the program that called it. */
#pragma once

/* What the program returns; record returns its child's own status instead. */
enum atls_exit {
	ATLS_EXIT_OK = 0,
	ATLS_EXIT_FINDINGS = 1, /* findings, or a regression */
	ATLS_EXIT_USAGE = 2,
	ATLS_EXIT_TRACE = 3,	   /* unreadable or incompatible trace or database */
	ATLS_EXIT_ENVIRONMENT = 4, /* something that is needed is lacking */
	ATLS_EXIT_INCOMPLETE = 5,  /* --strict, and events were lost */
};
