/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS client for soak tests: many full handshakes with one request each, of which a share is
 * aborted at a random point: before, within or after the hello, while the server signs, in the
 * midst of its answer, or after the handshake; by FIN or by RST.
 *
 * usage: soak PORT CONNECTIONS CLIENTS ABORTS_PER_MILLE SEED
 *
 * Prints JSON: how many were served, aborted on purpose, and failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
#define PATIENCE_NS 60000000000 /* a connection without an answer for that long has failed */

struct client {
	SSL *ssl; /* NULL: one that only sends part of a hello */
	int fd;	  /* -1: idle */
	bool aborts, requested, answered;
	int steps_left;	  /* aborts: events until then */
	int64_t abort_ns; /* aborts without ssl: when */
	int64_t began_ns;
};

static struct {
	SSL_CTX *ctx;
	int port, epfd;
	unsigned int per_mille;
	long wanted, begun, served, aborted, failed;
} run;

static uint64_t chance_state;

static unsigned int chance(unsigned int below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (chance_state >> 33) % below;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_socket(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(run.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("soak: connect");
		exit(1);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void end(struct client *c, long *count)
{
	struct linger reset = { .l_onoff = 1 };

	if (c->aborts && chance(2))
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
	(*count)++;
}

/* Send a random part of a hello, often all of it, and close a little later. */
static void begin_partial(struct client *c)
{
	SSL *ssl = SSL_new(run.ctx);
	char hello[4096];
	int n;

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_read(SSL_get_wbio(ssl), hello, sizeof(hello));
	SSL_free(ssl);
	if (n > 0 && chance(2))
		n = chance(n + 1);
	if (n > 0 && send(c->fd, hello, n, MSG_NOSIGNAL) != n)
		fprintf(stderr, "soak: a hello was not sent\n");
	c->abort_ns = c->began_ns + chance(8) * 1000000;
}

static void begin(struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	*c = (struct client){ .fd = open_socket(), .began_ns = now_ns() };
	run.begun++;
	c->aborts = chance(1000) < run.per_mille;
	c->steps_left = 1 + chance(3);
	if (c->aborts && chance(3)) {
		begin_partial(c);
		return;
	}
	c->ssl = SSL_new(run.ctx);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_connect_state(c->ssl);
	SSL_do_handshake(c->ssl);
	epoll_ctl(run.epfd, EPOLL_CTL_ADD, c->fd, &event);
}

/* Returns 1 to go on waiting, 0 when served, -1 when failed. */
static int step(struct client *c)
{
	char buf[4096];
	int ret, error;

	ERR_clear_error();
	if (!c->requested) {
		ret = SSL_do_handshake(c->ssl);
		if (ret == 1) {
			c->requested = true;
			ret = SSL_write(c->ssl, REQUEST, sizeof(REQUEST) - 1) > 0 ? 1 : -1;
		}
		if (ret == 1)
			return 1;
		error = SSL_get_error(c->ssl, ret);
		return error == SSL_ERROR_WANT_READ ? 1 : -1;
	}
	while ((ret = SSL_read(c->ssl, buf, sizeof(buf))) > 0)
		c->answered = c->answered || !strncmp(buf, "HTTP/1.1 200", 12);
	error = SSL_get_error(c->ssl, ret);
	if (error == SSL_ERROR_WANT_READ)
		return 1;
	return c->answered ? 0 : -1;
}

static void proceed(struct client *c)
{
	int ret = step(c);

	if (ret < 0) {
		fprintf(stderr, "soak: a connection failed after %lld ms, %s request:\n",
			(long long)(now_ns() - c->began_ns) / 1000000,
			c->requested ? "with its" : "before its");
		ERR_print_errors_fp(stderr);
		end(c, &run.failed);
	} else if (!ret) {
		end(c, &run.served);
	} else if (c->aborts && !--c->steps_left) {
		end(c, &run.aborted);
	}
}

/* End those whose time has come; begin others in their place. Returns how many are open. */
static int tend(struct client *clients, int n)
{
	int64_t now = now_ns();
	int open = 0;

	for (int i = 0; i < n; i++) {
		struct client *c = &clients[i];

		if (c->fd >= 0 && !c->ssl && now >= c->abort_ns)
			end(c, &run.aborted);
		if (c->fd >= 0 && now - c->began_ns > PATIENCE_NS) {
			fprintf(stderr, "soak: a connection hangs\n");
			end(c, &run.failed);
		}
		if (c->fd < 0 && run.begun < run.wanted)
			begin(c);
		open += c->fd >= 0;
	}
	return open;
}

int main(int argc, char **argv)
{
	int n = argc == 6 ? atoi(argv[3]) : 0;
	struct client *clients = calloc(n > 0 ? n : 1, sizeof(*clients));
	struct epoll_event events[256];

	if (n < 1 || n > 1000) {
		fprintf(stderr, "usage: soak PORT CONNECTIONS CLIENTS ABORTS_PER_MILLE SEED\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	run.port = atoi(argv[1]);
	run.wanted = atol(argv[2]);
	run.per_mille = atoi(argv[4]);
	chance_state = 88172645463325252u + strtoull(argv[5], NULL, 10) * 2654435761u;
	run.ctx = SSL_CTX_new(TLS_client_method());
	run.epfd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < n; i++)
		clients[i].fd = -1;
	while (tend(clients, n)) {
		int ready = epoll_wait(run.epfd, events, 256, 1);

		for (int i = 0; i < ready; i++)
			proceed(events[i].data.ptr);
	}
	printf("{\"begun\": %ld, \"served\": %ld, \"aborted\": %ld, \"failed\": %ld}\n", run.begun,
	       run.served, run.aborted, run.failed);
	return run.failed > 0;
}
