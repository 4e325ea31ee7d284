/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridged servers behind poll, ppoll, select and pselect: all are served, and none is told to call
 * in vain.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS bridge_waited=0 bridge_suppressed=0 engine_submit>=30 fd_ready>=1
#include <poll.h>
#include <sys/select.h>
#include <time.h>

#include "loop.h"

#define N 10

struct set {
	struct serving servings[N];
	struct client clients[N];
};

static int wait_poll(struct pollfd *fds)
{
	return poll(fds, N, 10000);
}

static int wait_ppoll(struct pollfd *fds)
{
	return ppoll(fds, N, &(struct timespec){ 10, 0 }, NULL);
}

/* Waits by select, or by pselect if precise, for what the list says. */
static int wait_sets(struct pollfd *fds, bool precise)
{
	fd_set in, out;
	int most = 0, n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	for (int i = 0; i < N; i++) {
		if (fds[i].fd >= 0 && fds[i].events & POLLIN)
			FD_SET(fds[i].fd, &in);
		if (fds[i].fd >= 0 && fds[i].events & POLLOUT)
			FD_SET(fds[i].fd, &out);
		most = fds[i].fd > most ? fds[i].fd : most;
	}
	if (precise)
		n = pselect(most + 1, &in, &out, NULL, &(struct timespec){ 10, 0 }, NULL);
	else
		n = select(most + 1, &in, &out, NULL, &(struct timeval){ 10, 0 });
	for (int i = 0; i < N; i++)
		fds[i].revents = fds[i].fd >= 0 ? (FD_ISSET(fds[i].fd, &in) ? POLLIN : 0) |
							  (FD_ISSET(fds[i].fd, &out) ? POLLOUT : 0)
						: 0;
	return n;
}

static int wait_select(struct pollfd *fds)
{
	return wait_sets(fds, false);
}

static int wait_pselect(struct pollfd *fds)
{
	return wait_sets(fds, true);
}

static int serve_ready(struct set *s, const struct pollfd *fds, int n)
{
	int done = 0;

	for (int i = 0; i < N; i++) {
		if (!fds[i].revents)
			continue;
		n--;
		serving_go(&s->servings[i]);
		done += s->servings[i].done;
	}
	CHECK(!n);
	return done;
}

static void serve(const char *name, int (*wait)(struct pollfd *), struct pair *p)
{
	struct set s = { 0 };
	struct pollfd fds[N];
	int done = 0, calls = 0;

	for (int i = 0; i < N; i++)
		serving_start(&s.servings[i], p->server_ctx,
			      client_start(&s.clients[i], p->client_ctx));
	while (done < N) {
		int n;

		for (int i = 0; i < N; i++)
			fds[i] = (struct pollfd){ .fd = s.servings[i].done ? -1 : s.servings[i].fd,
						  .events = s.servings[i].out ? POLLOUT : POLLIN };
		CHECK((n = wait(fds)) > 0);
		done += serve_ready(&s, fds, n);
	}
	for (int i = 0; i < N; i++) {
		CHECK(s.servings[i].ok);
		serving_finish(&s.servings[i]);
		CHECK(client_join(&s.clients[i]));
		calls += s.servings[i].calls;
	}
	printf("%s: served%s\n", name, calls > 8 * N ? ", with calls in vain" : "");
}

int main(void)
{
	struct pair p = { 0 };

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	serve("poll", wait_poll, &p);
	serve("ppoll", wait_ppoll, &p);
	serve("select", wait_select, &p);
	serve("pselect", wait_pselect, &p);
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
