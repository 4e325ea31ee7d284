/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a recording: the tables meta, enum and event_count. */
#pragma once

#include "model/model.h"
#include "read/reader.h"
#include "store/inserts.h"

/*
 * Of the recording: what the recorder wrote into the file meta_json ("": there is none), then what
 * the trace, which was read to its end, says itself. Returns 0 or -errno, worded, as do all here.
 */
int atls_facts_of_recording(sqlite3 *db, const struct atls_reader *reader, const char *meta_json);
/* What the model counted, in place of what the recorder says of the same. */
int atls_facts_of_model(struct atls_inserts *to, const struct atls_totals *totals);
/* The texts of all codes. */
int atls_facts_of_codes(struct atls_inserts *to);
