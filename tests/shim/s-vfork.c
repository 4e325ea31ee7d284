/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children of vfork close all fds while bridged jobs are paused, in the parent's memory: it goes on
 * as before.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:20ms
// EVENTS engine_submit>=10 ssl_new=20 ssl_free=20
// JOBS yes
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop.h"

#define N 10

/* As Python's subprocess does. */
static void spawn(void)
{
	char *const argv[] = { "true", NULL };
	pid_t child = vfork();
	int status;

	if (!child) {
		dup2(1, 2);
		close_range(3, ~0U, 0);
		for (int fd = 3; fd < 100; fd++)
			close(fd);
		execv("/bin/true", argv);
		_exit(1);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(void)
{
	struct serving servings[N];
	struct client clients[N] = { 0 };
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	struct pair p = { 0 };

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	for (uint32_t i = 0; i < N; i++) {
		struct pollfd hello = { .events = POLLIN };

		hello.fd = client_start(&clients[i], p.client_ctx);
		serving_start(&servings[i], p.server_ctx, hello.fd);
		event = (struct epoll_event){ .events = EPOLLIN, .data.u32 = i };
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, hello.fd, &event));
		CHECK(poll(&hello, 1, 30000) == 1);
		serving_go(&servings[i]);
		spawn();
	}
	for (int done = 0; done < N;) {
		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1 && event.data.u32 < N);
		serving_go(&servings[event.data.u32]);
		if (!servings[event.data.u32].done)
			continue;
		CHECK(servings[event.data.u32].ok);
		serving_finish(&servings[event.data.u32]);
		CHECK(client_join(&clients[event.data.u32]));
		done++;
	}
	close(epfd);
	puts("served");
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
