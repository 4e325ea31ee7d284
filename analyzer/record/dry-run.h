/* SPDX-License-Identifier: Apache-2.0 */
/* What a recording would do, for --dry-run. */
#pragma once

#include "record/recorder-state.h"

/* Print it on stdout. */
void atls_dry_run_print(const struct recorder *r);
