/* SPDX-License-Identifier: Apache-2.0 */
/* The process ends while operations are queued: whoever waits for them then is not left waiting. */
// MODE bridge
// ENGINE workers=1,latency=any:1m,min_cost=0ns
// EVENTS engine_submit=3
#include <ctype.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#include "loop.h"

#define N 3

struct server {
	SSL *ssl;
	pthread_t thread;
	_Atomic pid_t tid;
	_Atomic bool over;
	bool ok;
};

static struct server servers[N];
static struct client clients[N];

static void *serve(void *arg)
{
	struct server *s = arg;

	s->tid = (pid_t)syscall(SYS_gettid);
	s->ok = SSL_accept(s->ssl) == 1;
	s->over = true;
	return NULL;
}

/* What the kernel has the thread do: "202 0x55..." in a wait for that futex. */
static void look(const struct server *s, char *text, int size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", s->tid);
	file = fopen(path, "r");
	if (!file || !fgets(text, size, file))
		text[0] = '\0';
	if (file)
		fclose(file);
}

/*
 * Whether all that are not done wait for a futex, each for the same one as at the look before: a
 * lock that somebody holds for a moment would be another one by then, or free.
 */
static bool all_wait(char before[N][128])
{
	bool all = true;

	for (int i = 0; i < N; i++) {
		char now[128] = "";

		if (servers[i].over)
			continue;
		look(&servers[i], now, sizeof(now));
		all = all && isdigit((unsigned char)now[0]) && atoi(now) == SYS_futex &&
		      !strcmp(now, before[i]);
		memcpy(before[i], now, sizeof(now));
	}
	return all;
}

/* All are done, or wait for the engine. */
static void settle(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	char before[N][128] = { "" };

	for (int in_a_row = 0; in_a_row < 20; nanosleep(&moment, NULL))
		in_a_row = all_wait(before) ? in_a_row + 1 : 0;
}

static void finish(void)
{
	int ok = 0;

	for (int i = 0; i < N; i++) {
		pthread_join(servers[i].thread, NULL);
		ok += servers[i].ok;
	}
	printf("joined at the end: %d of %d served\n", ok, N);
	fflush(stdout);
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX *ctx = server_context(EVP_RSA_gen(2048));

	atexit(finish);
	for (int i = 0; i < N; i++) {
		int fd = client_start(&clients[i], client_ctx);

		fcntl(fd, F_SETFL, 0);
		servers[i].ssl = SSL_new(ctx);
		CHECK(SSL_set_fd(servers[i].ssl, fd));
		CHECK(!pthread_create(&servers[i].thread, NULL, serve, &servers[i]));
	}
	settle();
	exit(0);
}
