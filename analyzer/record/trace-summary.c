/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a recorded trace. */
#include "record/trace-summary.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "read/reader.h"

#define ALWAYS_READ 500000 /* events that are read however long it takes */
#define READ_NS 400000000LL
#define CLOCK_EVERY 65536 /* events; a power of two */

/* --- what is in it -------------------------------------------------------- */

struct reading {
	struct atls_trace_summary *trace;
	int64_t limit; /* CLOCK_MONOTONIC */
};

static struct atls_traced_process *process(struct atls_trace_summary *trace, int64_t pid)
{
	struct atls_traced_process *grown;

	/* The latest first: events of one process come in runs. */
	for (size_t i = trace->nprocesses; i-- > 0;)
		if (trace->processes[i].pid == pid)
			return &trace->processes[i];
	grown = realloc(trace->processes, (trace->nprocesses + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	trace->processes = grown;
	grown[trace->nprocesses] = (struct atls_traced_process){ .pid = pid };
	return &grown[trace->nprocesses++];
}

static int take_event(void *ctx, const struct atls_event *e)
{
	struct reading *r = ctx;
	struct atls_traced_process *p = process(r->trace, e->pid);

	r->trace->events++;
	if (p) {
		p->events++;
		if (e->id == ATLS_EV_thread && !*p->name)
			snprintf(p->name, sizeof(p->name), "%.*s", (int)sizeof(e->thread.comm),
				 e->thread.comm);
		if (e->id == ATLS_EV_thread && !p->openssl)
			p->openssl = e->thread.openssl;
	}
	if (r->trace->events > ALWAYS_READ && !(r->trace->events & (CLOCK_EVERY - 1)) &&
	    atls_clock_now() > r->limit)
		return -ECANCELED;
	return 0;
}

static int take_lost(void *ctx, const struct atls_lost *l)
{
	struct reading *r = ctx;

	r->trace->lost += l->events;
	return 0;
}

/* --- the traces of a recording -------------------------------------------- */

static unsigned int traces; /* for nftw, which gives its callback no data of the caller's */

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	traces += type == FTW_F && !strcmp(path + ftw->base, "metadata");
	return 0;
}

static int read_all(const char *ctf_dir, struct atls_trace_summary *trace)
{
	struct reading reading = { trace, atls_clock_now() + READ_NS };
	const struct atls_handler handler = { take_event, take_lost, &reading };
	struct atls_reader *reader;
	int err = atls_reader_open(ctf_dir, &reader);

	if (err)
		return err;
	err = atls_reader_run(reader, &handler);
	if (err == -ECANCELED) {
		trace->complete = false;
		err = 0;
	}
	if (!err && reader->damaged) {
		atls_error("%s", reader->damage);
		err = -EIO;
	}
	atls_reader_destroy(reader);
	return err;
}

int atls_trace_summarize(const char *ctf_dir, struct atls_trace_summary *trace)
{
	*trace = (struct atls_trace_summary){ .complete = true };
	traces = 0;
	nftw(ctf_dir, visit, 16, FTW_PHYS);
	trace->traces = traces;
	return traces ? read_all(ctf_dir, trace) : -ENOENT;
}

void atls_trace_summary_finish(struct atls_trace_summary *trace)
{
	free(trace->processes);
	*trace = (struct atls_trace_summary){ 0 };
}
