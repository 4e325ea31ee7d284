/* SPDX-License-Identifier: Apache-2.0 */
/* One recording, from the checks before it to the summary after it. */
#pragma once

#include "record/options.h"

/*
 * Make one recording; messages and the summary go to stderr. Returns the command's exit status as a
 * shell gives it (126 and 127 if it could not be run), 0 for servers that ran already,
 * ATLS_EXIT_ENVIRONMENT if nothing was started because it could not have been recorded, or
 * ATLS_EXIT_INCOMPLETE if options->strict and something is missing.
 */
int atls_record(const struct atls_record_options *options);
