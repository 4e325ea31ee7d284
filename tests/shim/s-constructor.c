/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library's constructor uses OpenSSL while another thread is at the process's first TLS call:
 * both come to their end, though the dynamic linker's lock is held by the one, and the shim starts
 * on the other.
 */
// EVENTS ssl_new>=1
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pair.h"

void constructor_runs(void);

static sem_t in_constructor;
static _Atomic int thread_id;
static _Atomic bool finished;

static void *first_call(void *args)
{
	SSL_CTX *ctx;

	thread_id = (int)syscall(SYS_gettid);
	while (sem_wait(&in_constructor))
		;
	ctx = SSL_CTX_new(TLS_client_method());
	finished = true;
	return ctx;
}

/* The state of a thread, as in /proc: S when it waits. */
static char state_of(int thread)
{
	char path[64], line[256] = "", *name_end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	f = fopen(path, "r");
	if (!f)
		return '?';
	if (!fgets(line, sizeof(line), f))
		*line = 0;
	fclose(f);
	name_end = strrchr(line, ')');
	return name_end ? name_end[2] : '?';
}

/* Called by the library: let the other thread make its call, until that ends or waits for us. */
__attribute__((visibility("default"))) void constructor_runs(void)
{
	int value = 1;

	sem_post(&in_constructor);
	while (value) { /* until it goes on */
		sched_yield();
		sem_getvalue(&in_constructor, &value);
	}
	while (!finished && state_of(thread_id) != 'S')
		sched_yield();
}

int main(void)
{
	pthread_t thread;
	void *ctx;
	SSL *ssl;

	OPENSSL_init_ssl(0, NULL); /* which is not wrapped */
	CHECK(!sem_init(&in_constructor, 0, 0));
	CHECK(!pthread_create(&thread, NULL, first_call, NULL));
	CHECK(dlopen(CONSTRUCTOR, RTLD_NOW | RTLD_LOCAL));
	CHECK(!pthread_join(thread, &ctx));
	CHECK((ssl = SSL_new(ctx)));
	puts("both have ended");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
