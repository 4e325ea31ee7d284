/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop watches duplicates of its bridged sockets, beside others that it watches themselves: all
 * are served.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:5ms
// EVENTS engine_submit>=1 ssl_new=24 ssl_free=24
// JOBS yes
#include <sys/epoll.h>

#include "loop.h"

#define N 12

static void watch(int epfd, int fd, uint32_t data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = data };

	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event));
}

int main(void)
{
	struct serving servings[N];
	struct client clients[N] = { 0 };
	struct epoll_event event;
	int epfd = epoll_create1(EPOLL_CLOEXEC), copies[N];
	struct pair p = { 0 };

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	for (int i = 0; i < N; i++) {
		serving_start(&servings[i], p.server_ctx, client_start(&clients[i], p.client_ctx));
		serving_go(&servings[i]);
		copies[i] = i % 2 ? dup(servings[i].fd) : servings[i].fd;
		watch(epfd, copies[i], i);
	}
	for (int done = 0; done < N;) {
		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1 && event.data.u32 < N);
		serving_go(&servings[event.data.u32]);
		if (!servings[event.data.u32].done)
			continue;
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, copies[event.data.u32], NULL));
		done++;
	}
	for (int i = 0; i < N; i++) {
		CHECK(servings[i].ok);
		if (copies[i] != servings[i].fd)
			close(copies[i]);
		serving_finish(&servings[i]);
		CHECK(client_join(&clients[i]));
	}
	close(epfd);
	puts("served");
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
