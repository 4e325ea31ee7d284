/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections are handed to another thread in the midst of their handshakes: all are served, and no
 * job moves. Each kind in a process of its own, as the bridge learns.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:20ms
// EVENTS bridge_suppressed>=1 engine_submit>=1 engine_inplace>=1 ssl_new=144 ssl_free=144
// LINE engine_inplace reason=loop-not-own
// JOBS yes
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "loop.h"

#define N 12

enum { BY_EPOLL, BY_EDGE, BY_POLL };

struct kind {
	const char *name;
	bool paused; /* handed on while its own loop waits for the job; else after the first call */
	int loop;    /* the other thread's */
};

static const struct kind kinds[] = {
	{ "paused, to poll", true, BY_POLL },  { "paused, to epoll", true, BY_EPOLL },
	{ "paused, to edges", true, BY_EDGE }, { "new, to epoll", false, BY_EPOLL },
	{ "new, to edges", false, BY_EDGE },   { "new, to poll", false, BY_POLL },
};

static struct serving servings[N];
static int queue[2];   /* of indices, to the other thread */
static int over[2];    /* the other thread is done */
static sem_t gates[N]; /* a client may take the server's answer */

static void watch(int epfd, int fd, uint32_t flags, uint32_t data)
{
	struct epoll_event event = { .events = EPOLLIN | flags, .data.u32 = data };

	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event));
}

static int step(struct serving *s)
{
	serving_go(s);
	return s->done;
}

static int take(void)
{
	unsigned char i;

	CHECK(read(queue[0], &i, 1) == 1 && i < N);
	return i;
}

static void serve_by_epoll(uint32_t flags)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	watch(epfd, queue[0], 0, N);
	for (int done = 0; done < N;) {
		uint32_t i;

		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1);
		i = event.data.u32;
		if (i == N) {
			i = take();
			watch(epfd, servings[i].fd, flags, i);
		}
		done += step(&servings[i]);
		if (servings[i].done)
			epoll_ctl(epfd, EPOLL_CTL_DEL, servings[i].fd, NULL);
	}
	close(epfd);
}

static void serve_by_poll(void)
{
	struct pollfd fds[N + 1] = { [N] = { .fd = queue[0], .events = POLLIN } };

	for (int i = 0; i < N; i++)
		fds[i].fd = -1;
	for (int done = 0; done < N;) {
		CHECK(poll(fds, N + 1, 30000) > 0);
		for (int i = 0; i < N; i++)
			if (fds[i].fd >= 0 && fds[i].revents && step(&servings[i])) {
				fds[i].fd = -1;
				done++;
			}
		if (fds[N].revents) {
			int i = take();

			fds[i] = (struct pollfd){ .fd = servings[i].fd, .events = POLLIN };
			if (step(&servings[i])) {
				fds[i].fd = -1;
				done++;
			}
		}
	}
}

static void *other(void *arg)
{
	const struct kind *kind = arg;

	if (kind->loop == BY_POLL)
		serve_by_poll();
	else
		serve_by_epoll(kind->loop == BY_EDGE ? EPOLLET : 0);
	CHECK(write(over[1], "", 1) == 1);
	return NULL;
}

/* The first call, when the client's hello is there; then it is the other thread's. */
static void hand_on(int epfd, const struct kind *kind, unsigned char i)
{
	struct pollfd hello = { .fd = servings[i].fd, .events = POLLIN };

	CHECK(poll(&hello, 1, 30000) == 1);
	if (kind->paused)
		watch(epfd, servings[i].fd, 0, i);
	serving_go(&servings[i]);
	CHECK(!servings[i].done);
	if (kind->paused)
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, servings[i].fd, NULL));
	CHECK(write(queue[1], &i, 1) == 1);
	sem_post(&gates[i]);
}

/* This thread goes on with a loop of its own, as one that accepts does. */
static void wait_for_other(int epfd)
{
	struct epoll_event event;
	char byte;

	CHECK(epoll_wait(epfd, &event, 1, 30000) == 1 && event.data.u32 == N);
	CHECK(read(over[0], &byte, 1) == 1);
}

static void serve(const struct kind *kind, const struct pair *p)
{
	struct client clients[N];
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	pthread_t thread;

	CHECK(!pipe(queue) && !pipe(over));
	watch(epfd, over[0], 0, N);
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	CHECK(!pthread_create(&thread, NULL, other, (void *)kind));
	for (int i = 0; i < N; i++) {
		sem_init(&gates[i], 0, 0);
		clients[i].gate = &gates[i];
		serving_start(&servings[i], p->server_ctx,
			      client_start(&clients[i], p->client_ctx));
	}
	for (int i = 0; i < N; i++)
		hand_on(epfd, kind, i);
	wait_for_other(epfd);
	CHECK(!pthread_join(thread, NULL));
	for (int i = 0; i < N; i++) {
		CHECK(servings[i].ok);
		serving_finish(&servings[i]);
		CHECK(client_join(&clients[i]));
	}
	for (int i = 0; i < 2; i++) {
		close(queue[i]);
		close(over[i]);
	}
	close(epfd);
	printf("%s: served\n", kind->name);
}

static void serve_apart(const struct kind *kind, const struct pair *p)
{
	pid_t child = fork();
	int status;

	if (!child) {
		serve(kind, p);
		fflush(stdout);
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(void)
{
	struct pair p = { 0 };

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		serve_apart(&kinds[i], &p);
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
