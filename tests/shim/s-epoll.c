/* SPDX-License-Identifier: Apache-2.0 */
/* Bridged servers in epoll sets of each kind: all are served, and none is told to call in vain. */
// MODE bridge
// ENGINE workers=1
// EVENTS bridge_waited=0 bridge_suppressed=0 engine_submit>=60 bridge_drained=0
#include <sys/epoll.h>

#include "loop.h"

#define N 10

enum {
	FIRST = 1, /* the socket is added before its first call */
	MOVED = 2, /* its data and interest change with each step */
};

struct kind {
	const char *name;
	uint32_t flags;
	int how;
};

static const struct kind kinds[] = {
	{ "level", 0, FIRST },
	{ "level, added late", 0, 0 },
	{ "edge", EPOLLET | EPOLLRDHUP, FIRST },
	{ "edge, added late", EPOLLET, 0 },
	{ "one-shot", EPOLLONESHOT, FIRST },
	{ "one-shot, added late", EPOLLONESHOT, 0 },
	{ "exclusive", EPOLLEXCLUSIVE, FIRST },
	{ "level, moved", 0, FIRST | MOVED },
};

struct slot {
	struct serving serving;
	struct client client;
	bool added, finished;
	uint32_t turn; /* in the epoll data: an event with an old one would be a stranger's */
};

static void watch(int epfd, const struct kind *kind, struct slot *slots, int i)
{
	struct slot *s = &slots[i];
	struct epoll_event event = { .events =
					     (s->serving.out ? EPOLLOUT : EPOLLIN) | kind->flags };
	bool again = kind->how & MOVED || kind->flags & EPOLLONESHOT;

	if (s->added && !again)
		return;
	s->turn += kind->how & MOVED ? 1 : 0;
	event.data.u64 = (uint64_t)s->turn << 32 | i;
	CHECK(!epoll_ctl(epfd, s->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s->serving.fd, &event));
	s->added = true;
}

static bool step(int epfd, const struct kind *kind, struct slot *slots, int i)
{
	struct slot *s = &slots[i];

	serving_go(&s->serving);
	if (!s->serving.done) {
		watch(epfd, kind, slots, i);
		return false;
	}
	CHECK(s->serving.ok);
	serving_finish(&s->serving);
	s->finished = true;
	return true;
}

static int start(int epfd, const struct kind *kind, struct pair *p, struct slot *slots)
{
	int done = 0;

	for (int i = 0; i < N; i++) {
		serving_start(&slots[i].serving, p->server_ctx,
			      client_start(&slots[i].client, p->client_ctx));
		if (kind->how & FIRST)
			watch(epfd, kind, slots, i);
	}
	for (int i = 0; i < N; i++)
		if (!(kind->how & FIRST))
			done += step(epfd, kind, slots, i);
	return done;
}

static void serve(const struct kind *kind, struct pair *p)
{
	struct slot slots[N] = { 0 };
	struct epoll_event events[4];
	int epfd = epoll_create1(EPOLL_CLOEXEC), done, calls = 0, n;

	CHECK(epoll_wait(epfd, events, 1, 0) == 0);
	for (done = start(epfd, kind, p, slots); done < N;) {
		CHECK((n = epoll_wait(epfd, events, 4, 10000)) > 0);
		for (int e = 0; e < n; e++) {
			int i = (int)(uint32_t)events[e].data.u64;

			CHECK(i < N && !slots[i].finished &&
			      events[e].data.u64 >> 32 == slots[i].turn);
			done += step(epfd, kind, slots, i);
		}
	}
	for (int i = 0; i < N; i++) {
		CHECK(client_join(&slots[i].client));
		calls += slots[i].serving.calls;
	}
	close(epfd);
	printf("%s: served%s\n", kind->name, calls > 8 * N ? ", with calls in vain" : "");
}

int main(void)
{
	struct pair p = { 0 };

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		serve(&kinds[i], &p);
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
