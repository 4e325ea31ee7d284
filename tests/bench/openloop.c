/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open-loop TLS client: small requests on connections that stay open, sent at times that are
 * fixed in advance. Latency counts from the intended time, so that a server which stalls is charged
 * for all that it kept waiting, not only for what was under way.
 *
 * usage: openloop PORT CONNECTIONS REQUESTS_PER_SECOND SECONDS [FILE]
 *
 * Connects, prints "ready", waits for a line on stdin, then measures; prints JSON, times in
 * microseconds. FILE gets a line for each answer: when the request was due (ns), and its latency
 * (ns).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define MAX_PENDING 4096 /* requests of one connection that are unanswered */

struct connection {
	SSL *ssl;
	int fd;
	/* Intended times of the unanswered requests, oldest first; a ring. */
	int64_t due_ns[MAX_PENDING];
	unsigned int first, pending;
	unsigned int unsent; /* of those, the last ones */
	/* Of the answers: how much of the current one's end was seen. */
	unsigned int matched;
};

static int64_t *latencies;
static FILE *samples;

/*
 * Requests that are due in the first second are sent but not counted: others' load is just
 * beginning.
 */
#define ONSET_NS 1000000000
static int64_t counted_from_ns;
static size_t answered, lost;

static void fail(const char *what)
{
	fprintf(stderr, "openloop: %s: %s\n", what, errno ? strerror(errno) : "TLS");
	ERR_print_errors_fp(stderr);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void open_connection(struct connection *c, SSL_CTX *ctx, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(ctx);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd) || SSL_connect(c->ssl) != 1)
		fail("handshake");
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

/* Every answer of the server ends with this body. */
static const char body_end[] = "\r\n\r\nasynctls\n";

static void answer(struct connection *c)
{
	if (!c->pending)
		fail("an answer to nothing");
	latencies[answered] = now_ns() - c->due_ns[c->first];
	if (samples)
		fprintf(samples, "%" PRId64 " %" PRId64 "\n", c->due_ns[c->first],
			latencies[answered]);
	if (c->due_ns[c->first] >= counted_from_ns)
		answered++;
	c->first = (c->first + 1) % MAX_PENDING;
	c->pending--;
}

static void scan(struct connection *c, const char *data, int size)
{
	for (int i = 0; i < size; i++) {
		if (data[i] == body_end[c->matched])
			c->matched++;
		else
			c->matched = data[i] == body_end[0];
		if (!body_end[c->matched]) {
			c->matched = 0;
			answer(c);
		}
	}
}

static void receive(struct connection *c)
{
	char buf[4096];
	int n;

	ERR_clear_error();
	while ((n = SSL_read(c->ssl, buf, sizeof(buf))) > 0)
		scan(c, buf, n);
	if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ)
		fail("read");
}

static void transmit(struct connection *c)
{
	int n;

	while (c->unsent) {
		ERR_clear_error();
		n = SSL_write(c->ssl, REQUEST, sizeof(REQUEST) - 1);
		if (n <= 0 && SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE)
			return;
		if (n <= 0)
			fail("write");
		c->unsent--;
	}
}

static void request(struct connection *c, int64_t due_ns)
{
	if (c->pending == MAX_PENDING) {
		lost++;
		return;
	}
	c->due_ns[(c->first + c->pending) % MAX_PENDING] = due_ns;
	c->pending++;
	c->unsent++;
	transmit(c);
}

/* Exponential gaps, from a fixed seed: each run sends at the same times. */
static int64_t gap_ns(double rate)
{
	static uint64_t state = 88172645463325252u;
	double u, log_u = 0, term;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	u = (double)(state >> 11) / (1ull << 53);
	/* -log(1 - u), as a series after halving the range, to do without libm. */
	for (u = 1 - u; u < 0.5 && u > 0; u *= 2)
		log_u += 0.69314718055994531;
	term = 1 - u;
	for (int k = 1; k < 40; k++, term *= 1 - u)
		log_u += term / k;
	return (int64_t)(log_u * 1e9 / rate);
}

static size_t pending(const struct connection *conns, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += conns[i].pending;
	return sum;
}

static void measure(struct connection *conns, int n, double rate, double seconds)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC), ready, turn = 0;
	int64_t due = now_ns(), end = due + ONSET_NS + (int64_t)(seconds * 1e9);
	struct epoll_event events[64];

	counted_from_ns = due + ONSET_NS;
	for (int i = 0; i < n; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &conns[i] };

		if (epoll_ctl(epfd, EPOLL_CTL_ADD, conns[i].fd, &event))
			fail("epoll_ctl");
	}
	while (due < end || (pending(conns, n) && now_ns() < end + 20000000000)) {
		for (; due < end && due <= now_ns(); due += gap_ns(rate))
			request(&conns[turn++ % n], due);
		struct timespec t = { 0 };
		int64_t left = due < end ? due - now_ns() : 100000000;

		t.tv_nsec = left > 0 ? left % 1000000000 : 0;
		t.tv_sec = left > 0 ? left / 1000000000 : 0;
		ready = epoll_pwait2(epfd, events, 64, &t, NULL);
		for (int i = 0; i < ready; i++) {
			receive(events[i].data.ptr);
			transmit(events[i].data.ptr);
		}
	}
	lost += pending(conns, n);
	close(epfd);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double percentile_us(double p)
{
	size_t at = (size_t)(p / 100 * answered);

	return answered ? latencies[at < answered ? at : answered - 1] / 1e3 : -1;
}

int main(int argc, char **argv)
{
	int n = argc >= 5 ? atoi(argv[2]) : 0;
	double rate = argc >= 5 ? atof(argv[3]) : 0, seconds = argc >= 5 ? atof(argv[4]) : 0;
	struct connection *conns = calloc(n > 0 ? n : 1, sizeof(*conns));
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char line[16];

	if (n < 1 || n > 1000 || rate <= 0 || rate > 100000 || seconds <= 0 || seconds > 600) {
		fprintf(stderr,
			"usage: openloop PORT CONNECTIONS REQUESTS_PER_SECOND SECONDS [FILE]\n");
		return 2;
	}
	if (argc > 5 && !(samples = fopen(argv[5], "w")))
		fail(argv[5]);
	latencies = calloc((size_t)(rate * seconds * 2) + 10000, sizeof(*latencies));
	for (int i = 0; i < n; i++)
		open_connection(&conns[i], ctx, atoi(argv[1]));
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	measure(conns, n, rate, seconds);
	qsort(latencies, answered, sizeof(*latencies), compare);
	printf("{\"answered\": %zu, \"lost\": %zu, \"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, "
	       "\"p999\": %.0f, \"max\": %.0f}\n",
	       answered, lost, percentile_us(50), percentile_us(90), percentile_us(99),
	       percentile_us(99.9), percentile_us(100));
	return samples && fclose(samples) ? 1 : 0;
}
