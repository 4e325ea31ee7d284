/* SPDX-License-Identifier: Apache-2.0 */
/* 800 jobs at a time leave no more memory and mappings behind than OpenSSL's own stacks do. */
// MODE engine
// ENGINE workers=1
// EVENTS job_start=2432 job_finish=2432
// JOBS yes
#include <limits.h>

#include "deep.h"

enum { JOBS = 800, FEW = 16, USED_KIB = 24 };

/* OpenSSL keeps 32 KiB for each, and that is all. Sanitizers keep more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MOST_LEFT_KIB LONG_MAX
#else
#define MOST_LEFT_KIB (JOBS * 40)
#endif
#define MOST_LEFT_MAPS 120

static int pause_deep(void *arg)
{
	int used = deep_use(USED_KIB);

	ASYNC_pause_job();
	return used;
}

static void go_on(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int wanted)
{
	int ret = 0;

	CHECK(ASYNC_start_job(job, ctx, &ret, pause_deep, NULL, 0) == wanted);
	CHECK(wanted == ASYNC_PAUSE || ret == USED_KIB);
}

static void run_jobs(int n)
{
	static ASYNC_JOB *jobs[JOBS];
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();

	memset(jobs, 0, sizeof(jobs));
	for (int i = 0; i < n; i++)
		go_on(&jobs[i], ctx, ASYNC_PAUSE);
	for (int i = 0; i < n; i++)
		go_on(&jobs[i], ctx, ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
}

static void *run_few(void *arg)
{
	run_jobs(FEW);
	ASYNC_cleanup_thread();
	return NULL;
}

static long resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, resident;

	CHECK(f && fscanf(f, "%ld %ld", &size, &resident) == 2);
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	int n = 0, c;

	CHECK(f);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

int main(void)
{
	pthread_t thread;
	long kib;
	int maps;

	run_jobs(FEW);
	kib = resident_kib();
	maps = mappings();
	for (int i = 0; i < 3; i++)
		run_jobs(JOBS);
	CHECK(resident_kib() - kib < MOST_LEFT_KIB);
	CHECK(mappings() - maps < MOST_LEFT_MAPS);
	CHECK(!pthread_create(&thread, NULL, run_few, NULL) && !pthread_join(thread, NULL));
	CHECK(mappings() - maps < MOST_LEFT_MAPS);
	puts("done");
	return 0;
}
