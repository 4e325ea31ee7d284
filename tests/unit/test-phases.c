/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phases.c: whatever was seen of a wait, and in whatever order, the cut is inside it and in order.
 */
#include "model/phases.h"
#include "test.h"

static struct atls_wait wait_of(int64_t pause, int64_t resume)
{
	struct atls_wait w;

	atls_wait_init(&w);
	w.pause = pause;
	w.resume = resume;
	return w;
}

static void cuts(const char *what, const struct atls_wait *w, int64_t d, int64_t l,
		 uint32_t evidence)
{
	struct atls_cut cut;

	atls_wait_cut(w, &cut);
	printf("# %s\n", what);
	is(cut.d, d, "done");
	is(cut.l, l, "told");
	is(cut.evidence, evidence, "evidence");
}

/* All combinations of six times for five observations, seen or not. */
static int disorderly(void)
{
	static const int64_t times[] = { ATLS_NULL, 50, 100, 150, 200, 250 };
	int bad = 0;

	for (int i = 0; i < 6 * 6 * 6 * 6 * 6 * 2; i++) {
		struct atls_wait w = wait_of(100, 200);
		struct atls_cut cut;

		w.done = times[i % 6];
		w.wake = times[i / 6 % 6];
		w.fire = times[i / 36 % 6];
		w.ready = times[i / 216 % 6];
		w.turn = times[i / 1296 % 6];
		w.tasks_open = (uint32_t)(i / 7776);
		atls_wait_cut(&w, &cut);
		bad += cut.d < 100 || cut.l < cut.d || cut.l > 200 || !cut.evidence;
	}
	return bad;
}

int main(void)
{
	struct atls_wait w = wait_of(100, 200);

	cuts("nothing seen", &w, 200, 200, ATLS_EVIDENCE_MERGED);
	w.ready = 150;
	cuts("only ready", &w, 150, 150, ATLS_EVIDENCE_READY);
	w.wake = 130;
	cuts("wake and ready", &w, 130, 150, ATLS_EVIDENCE_WAKE | ATLS_EVIDENCE_READY);
	w.done = 120;
	cuts("done is better than wake", &w, 120, 150, ATLS_EVIDENCE_DONE | ATLS_EVIDENCE_READY);
	w.fire = 140;
	cuts("the first that tells counts", &w, 120, 140,
	     ATLS_EVIDENCE_DONE | ATLS_EVIDENCE_CALLBACK);
	w.tasks_open = 1;
	cuts("a task is open", &w, 200, 200, ATLS_EVIDENCE_SPURIOUS);
	w = wait_of(100, 200);
	w.done = 50;
	w.ready = 60;
	cuts("all before the pause", &w, 100, 100, ATLS_EVIDENCE_DONE | ATLS_EVIDENCE_READY);
	w.ready = 40;
	w.turn = 90;
	cuts("what came before done does not tell", &w, 100, 200,
	     ATLS_EVIDENCE_DONE | ATLS_EVIDENCE_UNTOLD);
	w.turn = 170;
	cuts("the turn tells", &w, 100, 170, ATLS_EVIDENCE_DONE | ATLS_EVIDENCE_TURN);
	is(disorderly(), 0, "every cut lies in its wait, in order, and says what it rests on");
	return done();
}
