/* SPDX-License-Identifier: Apache-2.0 */
/* The four-phase accounting of one wait. See phases.h for the picture. */
#include "model/phases.h"

#include <stdbool.h>

static bool seen(int64_t ts)
{
	return ts != ATLS_NULL;
}

/* The earlier of two times that may not have been seen. */
static int64_t earlier(int64_t a, int64_t b)
{
	if (!seen(a) || !seen(b))
		return seen(a) ? a : b;
	return a < b ? a : b;
}

static int64_t clamp(int64_t ts, int64_t low, int64_t high)
{
	if (ts < low)
		return low;
	return ts > high ? high : ts;
}

void atls_wait_init(struct atls_wait *w)
{
	*w = (struct atls_wait){
		.pause = ATLS_NULL,
		.resume = ATLS_NULL,
		.done = ATLS_NULL,
		.wake = ATLS_NULL,
		.fire = ATLS_NULL,
		.ready = ATLS_NULL,
		.turn = ATLS_NULL,
	};
}

/* D of a foreign engine: what it did stands for what it did not say. */
static int64_t foreign_done(const struct atls_wait *w, struct atls_cut *cut)
{
	int64_t d = earlier(w->wake, w->fire);

	if (!seen(d)) {
		cut->evidence |= seen(w->ready) ? ATLS_EVIDENCE_READY : ATLS_EVIDENCE_MERGED;
		return seen(w->ready) ? w->ready : w->resume;
	}
	cut->evidence |= d == w->wake ? ATLS_EVIDENCE_WAKE : ATLS_EVIDENCE_CALLBACK;
	cut->notifier = d == w->wake ? w->waker : w->firer;
	return earlier(d, w->ready);
}

static int64_t find_done(const struct atls_wait *w, struct atls_cut *cut)
{
	if (w->tasks_open) {
		cut->evidence |= ATLS_EVIDENCE_SPURIOUS;
		return w->resume;
	}
	if (!seen(w->done))
		return foreign_done(w, cut);
	cut->evidence |= ATLS_EVIDENCE_DONE;
	cut->notifier = w->waker ? w->waker : w->doner;
	return w->done;
}

static int64_t find_told(const struct atls_wait *w, int64_t d, struct atls_cut *cut)
{
	int64_t ready = seen(w->ready) && w->ready >= d ? w->ready : ATLS_NULL;
	int64_t fire = seen(w->fire) && w->fire >= d ? w->fire : ATLS_NULL;
	int64_t l = earlier(ready, fire);

	if (seen(l)) {
		cut->evidence |= l == ready ? ATLS_EVIDENCE_READY : ATLS_EVIDENCE_CALLBACK;
		return l;
	}
	if (seen(w->turn) && w->turn >= d && w->turn >= w->pause) {
		cut->evidence |= ATLS_EVIDENCE_TURN;
		return w->turn;
	}
	cut->evidence |= ATLS_EVIDENCE_UNTOLD;
	return w->resume;
}

void atls_wait_cut(const struct atls_wait *w, struct atls_cut *cut)
{
	int64_t d, l;

	*cut = (struct atls_cut){ 0 };
	d = find_done(w, cut);
	if (cut->evidence & (ATLS_EVIDENCE_SPURIOUS | ATLS_EVIDENCE_MERGED))
		l = w->resume;
	else
		l = find_told(w, d, cut);
	cut->d = clamp(d, w->pause, w->resume);
	cut->l = clamp(l, cut->d, w->resume);
}
