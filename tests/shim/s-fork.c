/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine has worked in the parent; a forked child has its own and does not touch the parent's.
 */
// MODE engine
// ENGINE workers=2
// EVENTS engine_submit=2 engine_done=2 handshake=4 thread>=4
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

static int step(SSL *ssl)
{
	OSSL_ASYNC_FD fd;
	size_t n = 1;
	struct pollfd p = { .events = POLLIN };
	int ret;

	while ((ret = SSL_do_handshake(ssl)) <= 0 &&
	       SSL_get_error(ssl, ret) == SSL_ERROR_WANT_ASYNC) {
		CHECK(SSL_get_all_async_fds(ssl, &fd, &n) && n == 1);
		p.fd = fd;
		CHECK(poll(&p, 1, 10000) == 1);
	}
	return ret;
}

static void handshake(void)
{
	struct pair p;
	int client = 0, server = 0;

	pair_init(&p, EVP_RSA_gen(2048));
	SSL_set_mode(p.server, SSL_MODE_ASYNC);
	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = step(p.client);
		server = step(p.server);
	}
	CHECK(client == 1 && server == 1);
	pair_finish(&p);
}

int main(void)
{
	int status;
	pid_t child;

	handshake();
	child = fork();
	if (!child) {
		handshake();
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	printf("child: %d\n", WEXITSTATUS(status));
	return 0;
}
