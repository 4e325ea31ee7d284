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

/* Returns how many are done. */
static int turn(void)
{
	struct pollfd polls[N];
	int done = 0;

	for (int i = 0; i < N; i++)
		polls[i] = (struct pollfd){ .fd = servings[i].done ? -1 : servings[i].fd,
					    .events = POLLIN };
	CHECK(poll(polls, N, 30000) > 0);
	for (int i = 0; i < N; i++) {
		if (polls[i].revents)
			serving_go(&servings[i]);
		done += servings[i].done;
	}
	return done;
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX *ctx = server_context(EVP_RSA_gen(2048));
	sem_t gate;
	int ok = 0;

	sem_init(&gate, 0, 0);
	for (int i = 0; i < N; i++) {
		clients[i].gate = &gate;
		serving_start(&servings[i], ctx, client_start(&clients[i], client_ctx));
	}
	for (int i = 0; i < N; i++) {
		struct pollfd p = { .fd = servings[i].fd, .events = POLLIN };

		CHECK(poll(&p, 1, 30000) == 1); /* its hello is there */
	}
	for (int i = 0; i < N; i++)
		sem_post(&gate);
	while (turn() < N)
		;
	for (int i = 0; i < N; i++) {
		serving_finish(&servings[i]);
		ok += servings[i].ok && client_join(&clients[i]);
	}
	printf("served: %d of %d\n", ok, N);
	SSL_CTX_free(ctx);
	SSL_CTX_free(client_ctx);
	return 0;
}
