/* SPDX-License-Identifier: Apache-2.0 */
/* Threads share an epoll set of one-shot fds under the bridge: no event of theirs is lost. */
// MODE bridge
// EVENTS engine_submit=0
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "pair.h"

#include <pthread.h>
#include <unistd.h>

#define FDS 4
#define THREADS 3
#define EVENTS 20000

static int epfd, fds[FDS];
static _Atomic int events;

static void arm(int op, uint32_t i)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u32 = i };

	CHECK(!epoll_ctl(epfd, op, fds[i], &event));
}

/* Each event calls forth the next. */
static void *work(void *arg)
{
	struct epoll_event event;
	eventfd_t count;

	while (atomic_load(&events) < EVENTS) {
		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1);
		CHECK(!eventfd_read(fds[event.data.u32], &count));
		atomic_fetch_add(&events, 1);
		CHECK(!eventfd_write(fds[event.data.u32], 1));
		arm(EPOLL_CTL_MOD, event.data.u32);
	}
	return NULL;
}

int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method()); /* the bridge is at work */
	pthread_t threads[THREADS];

	epfd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < FDS; i++) {
		CHECK((fds[i] = eventfd(1, EFD_NONBLOCK)) >= 0);
		arm(EPOLL_CTL_ADD, i);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	puts("no event lost");
	SSL_CTX_free(ctx);
	return 0;
}
