/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a recording back, to know that it can be read and what is in it. */
#include "record/verify.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "read/reader.h"

#define ALWAYS_READ 500000 /* events that are read however long it takes */
#define READ_NS 400000000LL
#define LOOK_AT_CLOCK 65536 /* events from one look to the next; a power of two */

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* --- what is seen --------------------------------------------------------- */

struct reading {
	struct atls_seen *seen;
	int64_t limit; /* CLOCK_MONOTONIC */
};

static struct atls_seen_process *process(struct atls_seen *seen, int64_t pid)
{
	struct atls_seen_process *grown;

	/* The latest first: events of one process come in runs. */
	for (size_t i = seen->nprocesses; i-- > 0;)
		if (seen->processes[i].pid == pid)
			return &seen->processes[i];
	grown = realloc(seen->processes, (seen->nprocesses + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	seen->processes = grown;
	grown[seen->nprocesses] = (struct atls_seen_process){ .pid = pid };
	return &grown[seen->nprocesses++];
}

static int take_event(void *ctx, const struct atls_event *e)
{
	struct reading *r = ctx;
	struct atls_seen_process *p = process(r->seen, e->pid);

	r->seen->events++;
	if (p) {
		p->events++;
		if (e->id == ATLS_EV_thread && !*p->name)
			snprintf(p->name, sizeof(p->name), "%.*s", (int)sizeof(e->thread.comm),
				 e->thread.comm);
		if (e->id == ATLS_EV_thread && !p->openssl)
			p->openssl = e->thread.openssl;
	}
	if (r->seen->events > ALWAYS_READ && !(r->seen->events & (LOOK_AT_CLOCK - 1)) &&
	    now() > r->limit)
		return -ECANCELED;
	return 0;
}

static int take_lost(void *ctx, const struct atls_lost *l)
{
	struct reading *r = ctx;

	r->seen->lost += l->events;
	return 0;
}

/* --- the traces of a recording -------------------------------------------- */

static unsigned int traces; /* for nftw, which has no place for data of the caller's */

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	traces += type == FTW_F && !strcmp(path + ftw->base, "metadata");
	return 0;
}

static int read_all(const char *ctf_dir, struct atls_seen *seen)
{
	struct reading reading = { seen, now() + READ_NS };
	const struct atls_handler handler = { take_event, take_lost, &reading };
	struct atls_reader *reader;
	int err = atls_reader_open(ctf_dir, &reader);

	if (err)
		return err;
	err = atls_reader_run(reader, &handler);
	if (err == -ECANCELED) {
		seen->complete = false;
		err = 0;
	}
	if (!err && reader->damaged) {
		atls_error("%s", reader->damage);
		err = -EIO;
	}
	atls_reader_destroy(reader);
	return err;
}

int atls_verify(const char *ctf_dir, struct atls_seen *seen)
{
	*seen = (struct atls_seen){ .complete = true };
	traces = 0;
	nftw(ctf_dir, visit, 16, FTW_PHYS);
	seen->traces = traces;
	return traces ? read_all(ctf_dir, seen) : -ENOENT;
}

void atls_seen_finish(struct atls_seen *seen)
{
	free(seen->processes);
	*seen = (struct atls_seen){ 0 };
}
