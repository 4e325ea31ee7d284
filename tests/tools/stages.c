/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stages FOLDER: seconds to decode a trace, and to decode it and run the model on it, on one core.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drop.h"
#include "read/reader.h"

static int count_event(void *ctx, const struct atls_event *e)
{
	++*(long *)ctx;
	return 0;
}

static int count_lost(void *ctx, const struct atls_lost *l)
{
	return 0;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double run(const char *folder, const struct atls_handler *to)
{
	double begun = seconds();
	struct atls_reader *r;

	if (atls_reader_open(folder, &r) || atls_reader_run(r, to))
		exit(3);
	atls_reader_destroy(r);
	return seconds() - begun;
}

int main(int argc, char **argv)
{
	struct atls_tracker *t = atls_tracker_create();
	struct atls_model *m = t ? atls_model_create(t, &drop_sink, NULL) : NULL;
	long events = 0;
	double decode, model;

	if (argc != 2 || !m)
		return 2;
	decode = run(argv[1], &(const struct atls_handler){ count_event, count_lost, &events });
	model = run(argv[1], &(const struct atls_handler){ track_event, track_lost, t });
	atls_tracker_finish(t);
	atls_model_finish(m);
	atls_model_destroy(m);
	atls_tracker_destroy(t);
	printf("{\"events\": %ld, \"decode_s\": %.3f, \"decode_model_s\": %.3f}\n", events, decode,
	       model);
	return 0;
}
