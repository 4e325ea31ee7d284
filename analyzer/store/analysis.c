/* SPDX-License-Identifier: Apache-2.0 */
/* One analysis: reader -> tracker -> model and lint -> database. */
#include "store/analysis.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/exit.h"
#include "base/log.h"
#include "base/progress.h"
#include "model/fan.h"
#include "model/tracker.h"
#include "read/reader.h"
#include "store/db.h"
#include "store/facts.h"
#include "store/findings.h"
#include "store/sums.h"
#include "sums/aggregate.h"

struct analysis {
	struct atls_reader *reader;
	struct atls_db *db;
	struct atls_tracker *tracker;
	struct atls_model *model;
	struct atls_aggregate *sums;
	struct atls_fan fan; /* model -> sums, database */
	struct atls_lint *lint;
	struct atls_progress progress;
	bool is_summary;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static int take_event(void *ctx, const struct atls_event *e)
{
	struct analysis *a = ctx;
	int64_t n = a->tracker->totals.events;

	if (!(n & 0xffff)) {
		if (stopped)
			return -EINTR;
		atls_progress_show(&a->progress, a->reader->done, a->reader->total, n);
	}
	return atls_tracker_event(a->tracker, e);
}

static int take_lost(void *ctx, const struct atls_lost *l)
{
	struct analysis *a = ctx;

	return atls_tracker_lost(a->tracker, l);
}

static int run(struct analysis *a)
{
	const struct atls_handler to = { take_event, take_lost, a };
	struct sigaction action = { .sa_handler = on_signal }, interrupt, terminate;
	int ret;

	stopped = 0;
	sigaction(SIGINT, &action, &interrupt);
	sigaction(SIGTERM, &action, &terminate);
	atls_progress_begin(&a->progress);
	ret = atls_reader_run_ahead(a->reader, &to);
	atls_progress_end(&a->progress);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &terminate, NULL);
	return ret;
}

static int require_events(const struct analysis *a, const struct atls_data *d)
{
	const struct atls_totals *t = &a->tracker->totals;

	if (t->events)
		return 0;
	if (a->reader->damaged)
		atls_error("%s", a->reader->damage);
	else if (t->lost_events || t->lost_packets)
		atls_error("%s: the trace holds no event of asynctls: all %" PRId64 " were lost",
			   d->trace, t->lost_events);
	else
		atls_error("%s: nothing was recorded: the trace holds no event of asynctls",
			   d->trace);
	return -ENODATA;
}

static int put_facts(struct analysis *a, const struct atls_data *d)
{
	struct atls_inserts *to = atls_db_inserts(a->db);
	int ret = atls_aggregate_store(a->sums, to);

	if (!ret && a->is_summary)
		ret = atls_aggregate_store_slowest(a->sums, to);
	if (!ret)
		ret = atls_facts_of_recording(to->db, a->reader, d->meta);
	if (!ret)
		ret = atls_lint_store(a->lint, to);
	return ret ? ret : atls_facts_of_model(to, &a->tracker->totals);
}

static int put_rows(struct analysis *a, const struct atls_data *d)
{
	int ret = run(a);

	if (ret == -EINTR)
		atls_error("interrupted; %s was not made", *d->db ? d->db : "nothing");
	if (!ret)
		ret = require_events(a, d);
	if (!ret)
		ret = atls_tracker_finish(a->tracker);
	return ret ? ret : atls_model_finish(a->model);
}

static int fill(struct analysis *a, const struct atls_data *d)
{
	int ret = put_rows(a, d);

	if (!ret)
		ret = atls_db_finish_rows(a->db);
	if (!ret)
		ret = put_facts(a, d);
	return ret ? ret : atls_db_commit(a->db);
}

/* Of the rows, those that somebody wants. */
static struct atls_model *create_model(struct analysis *a, const struct atls_data *d)
{
	atls_fan_add(&a->fan, &atls_aggregate_sink, a->sums);
	atls_fan_add(&a->fan, a->is_summary ? &atls_db_summary_sink : &atls_db_sink, a->db);
	if (!d->calls)
		a->fan.sink.call = NULL;
	if (a->is_summary)
		a->fan.sink.open = NULL;
	return atls_model_create(a->tracker, &a->fan.sink, &a->fan);
}

static int analyze(struct analysis *a, bool is_summary, const struct atls_data *d,
		   const int64_t limits[ATLS_NLIMITS], struct atls_analysis_result *result)
{
	int64_t begun_ns = atls_clock_now();
	int ret;

	a->is_summary = is_summary;
	a->sums = atls_aggregate_create(&a->reader->utc_offset_ns, !is_summary);
	a->tracker = atls_tracker_create();
	if (a->sums && a->tracker)
		a->model = create_model(a, d);
	if (a->model)
		a->lint = atls_lint_create(a->tracker, limits);
	ret = a->lint ? fill(a, d) : -ENOMEM;
	if (!ret)
		*result = (struct atls_analysis_result){ a->tracker->totals, a->reader->damaged,
							 1e-9 * (double)(atls_clock_now() -
									 begun_ns) };
	return ret;
}

static void release(struct analysis *a, const struct atls_data *d, int ret)
{
	if (ret == -ENOMEM)
		atls_error("%s: there is not enough memory", d->trace);
	atls_lint_destroy(a->lint);
	atls_model_destroy(a->model);
	atls_tracker_destroy(a->tracker);
	atls_aggregate_destroy(a->sums);
	atls_db_destroy(a->db);
	atls_reader_destroy(a->reader);
}

int atls_analyze_with(const struct atls_data *d, const int64_t limits[ATLS_NLIMITS],
		      struct atls_analysis_result *result)
{
	struct analysis a = { 0 };
	int ret = atls_reader_open(d->trace, &a.reader);

	if (!ret) {
		ret = atls_db_create(d->db, d->writer ? d->writer : &atls_bulk_writer, &a.db);
		if (ret == -ENOENT || ret == -ENOTDIR)
			ret = -EACCES; /* it is the output that is not there, not the trace */
	}
	if (!ret)
		ret = analyze(&a, false, d, limits, result);
	release(&a, d, ret);
	return ret;
}

int atls_summarize_with(const struct atls_data *d, const int64_t limits[ATLS_NLIMITS],
			struct atls_analysis_result *result, sqlite3 **handle)
{
	struct analysis a = { 0 };
	int ret = atls_reader_open(d->trace, &a.reader);

	if (!ret)
		ret = atls_db_create_summary(&a.db);
	if (!ret)
		ret = analyze(&a, true, d, limits, result);
	if (!ret) {
		*handle = atls_db_take(a.db);
		a.db = NULL;
	}
	release(&a, d, ret);
	return ret;
}

int atls_summarize(const struct atls_data *d, struct atls_analysis_result *result, sqlite3 **handle)
{
	int64_t limits[ATLS_NLIMITS];

	atls_limit_defaults(limits);
	return atls_summarize_with(d, limits, result, handle);
}

int atls_analyze(const struct atls_data *d, struct atls_analysis_result *result)
{
	int64_t limits[ATLS_NLIMITS];

	atls_limit_defaults(limits);
	return atls_analyze_with(d, limits, result);
}

int atls_analysis_status(int err)
{
	switch (err) {
	case 0:
		return ATLS_EXIT_OK;
	case -ENOMEM:
	case -ENOSPC:
	case -EACCES:
	case -EPERM:
	case -EROFS:
	case -ENOSYS:
		return ATLS_EXIT_ENVIRONMENT;
	default:
		return ATLS_EXIT_TRACE;
	}
}
