/* SPDX-License-Identifier: Apache-2.0 */
/* A write that pauses is resumed by the same call, by one with another buffer, and by a read. */
// EVENTS resume_differs=2 handshake=2
// LINE resume_differs was=write now=write buffer=1 length=1
// LINE resume_differs was=write now=read
#include <openssl/async.h>
#include <sys/eventfd.h>

#include "pair.h"

static int pauses;

/* The part of an engine: a job pauses wherever libssl sends something. */
static void pause_sometimes(int write_p, int version, int type, const void *buf, size_t len,
			    SSL *ssl, void *arg)
{
	for (; pauses && ASYNC_get_current_job(); pauses--)
		ASYNC_pause_job();
}

static void handshake(struct pair *p)
{
	int client = 0, server = 0;

	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = SSL_do_handshake(p->client);
		server = SSL_do_handshake(p->server);
	}
	CHECK(client == 1 && server == 1);
}

int main(void)
{
	struct pair p;
	char a[] = "first", b[] = "second buffer", c[16];

	pair_init(&p, EVP_RSA_gen(2048));
	handshake(&p);
	SSL_set_mode(p.server, SSL_MODE_ASYNC);
	SSL_set_msg_callback(p.server, pause_sometimes);
	pauses = 1;
	printf("write %d %d\n", SSL_write(p.server, a, 5), SSL_get_error(p.server, -1));
	printf("repeated %d\n", SSL_write(p.server, a, 5));
	pauses = 1;
	printf("write %d %d\n", SSL_write(p.server, a, 5), SSL_get_error(p.server, -1));
	printf("moved %d\n", SSL_write(p.server, b, 13));
	pauses = 1;
	printf("write %d %d\n", SSL_write(p.server, a, 5), SSL_get_error(p.server, -1));
	printf("read %d\n", SSL_read(p.server, c, sizeof(c)));
	pair_finish(&p);
	return 0;
}
