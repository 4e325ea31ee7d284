/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on stderr. */
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define WIDTH 40

static double since(const struct timespec *then, const struct timespec *now)
{
	return (double)(now->tv_sec - then->tv_sec) + 1e-9 * (double)(now->tv_nsec - then->tv_nsec);
}

void atls_progress_begin(struct atls_progress *p)
{
	*p = (struct atls_progress){ .enabled = isatty(STDERR_FILENO) };
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
}

static void draw(uint64_t done, uint64_t total, int64_t events)
{
	double share = total ? (double)done / (double)total : 0;
	int full;

	if (share > 1)
		share = 1;
	full = (int)(share * WIDTH);
	fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %.1f M events", full,
		"########################################", WIDTH - full, "", share * 100,
		(double)events / 1e6);
}

void atls_progress_show(struct atls_progress *p, uint64_t done, uint64_t total, int64_t events)
{
	struct timespec now;

	if (!p->enabled)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (since(&p->begun, &now) < 1 || since(&p->drawn, &now) < 0.2)
		return;
	p->drawn = now;
	p->shown = true;
	draw(done, total, events);
}

void atls_progress_end(struct atls_progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%*s\r", WIDTH + 30, "");
	p->shown = false;
}
