/* SPDX-License-Identifier: Apache-2.0 */
/* Of many handshakes at once, those beyond the limit do without the engine, and all are served. */
// MODE bridge
// ENGINE workers=1,latency=any:30ms,min_cost=0ns,max-inflight=2
// EVENTS engine_submit>=2 engine_inplace>=1
// LINE engine_inplace reason=max-inflight
#include <poll.h>

#include "loop.h"

#define N 8

static struct client clients[N];
static struct serving servings[N];

static int epfd;

/* Returns how many have come to their end. */
static int turn(void)
{
	struct epoll_event events[N];
	int n = epoll_wait(epfd, events, N, 30000), done = 0;

	CHECK(n > 0);
	for (int i = 0; i < n; i++) {
		struct serving *s = events[i].data.ptr;

		serving_go(s);
		done += s->done;
		if (s->done)
			CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, s->fd, NULL));
	}
	return done;
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX *ctx = server_context(EVP_RSA_gen(2048));
	sem_t gate;
	int ok = 0, left = N;

	sem_init(&gate, 0, 0);
	CHECK((epfd = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	for (int i = 0; i < N; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &servings[i] };
		struct pollfd p = { .events = POLLIN };

		clients[i].gate = &gate;
		p.fd = client_start(&clients[i], client_ctx);
		CHECK(poll(&p, 1, 30000) == 1); /* its hello is there */
		serving_start(&servings[i], ctx, p.fd);
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, p.fd, &event));
	}
	for (int i = 0; i < N; i++)
		sem_post(&gate);
	while (left)
		left -= turn();
	for (int i = 0; i < N; i++) {
		serving_finish(&servings[i]);
		ok += servings[i].ok && client_join(&clients[i]);
	}
	printf("served: %d of %d\n", ok, N);
	SSL_CTX_free(ctx);
	SSL_CTX_free(client_ctx);
	return 0;
}
