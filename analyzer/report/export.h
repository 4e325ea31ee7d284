/* SPDX-License-Identifier: Apache-2.0 */
/* A recording in the formats of other tools. The views of filter.h are there. */
#pragma once

#include <sqlite3.h>
#include <stdio.h>

struct atls_export_options {
	const char *format; /* perfetto, chrome, csv, json or otlp */
	const char *output; /* a file, or NULL: stdout */
	int slowest,
		sample; /* otlp: so many of the slowest jobs, and one in so many others; 0: none */
};

/* 0, -ENOENT if the output cannot be opened, or -errno; worded. */
int atls_export(sqlite3 *db, const struct atls_export_options *o);

/*
 * Perfetto's trace packets: thread tracks, jobs as slices with their phases, flows from wake to
 * resume, counters.
 */
int atls_export_perfetto(sqlite3 *db, FILE *out);
/* The JSON that chrome://tracing reads, and Perfetto too. */
int atls_export_chrome(sqlite3 *db, FILE *out);
/* OpenTelemetry spans (OTLP/JSON) of the slowest jobs and of one in sample others. */
int atls_export_otlp(sqlite3 *db, FILE *out, int slowest, int sample);
