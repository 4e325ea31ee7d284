/* SPDX-License-Identifier: Apache-2.0 */
/* The process ends while operations are queued: whoever waits for them then is not left waiting. */
// MODE bridge
// ENGINE workers=1,latency=any:1m,min_cost=0ns
// EVENTS engine_submit=3
#include <ctype.h>
#include <stdatomic.h>
#include <sys/syscall.h>

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

/* Whether the kernel has the thread wait for a futex. */
static bool waits(const struct server *s)
{
	char path[64], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", s->tid);
	file = fopen(path, "r");
	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return isdigit((unsigned char)text[0]) && atoi(text) == SYS_futex;
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
	for (int i = 0; i < N; i++)
		while (!servers[i].over && !waits(&servers[i]))
			sched_yield();
	exit(0);
}
