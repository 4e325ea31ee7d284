/* SPDX-License-Identifier: Apache-2.0 */
/* What servers do besides plain handshakes works under the bridge as without it. */
// MODE bridge
// ENGINE workers=1
// EVENTS bridge_waited=0 engine_submit>=6 bridge_drained=0
#include <openssl/rand.h>
#include <poll.h>
#include <sys/epoll.h>

#include "loop.h"

static SSL_CTX *server_ctx, *other_ctx;
static EVP_PKEY *key;

/* A server connection that may begin with early data, or shake hands twice. */
struct server {
	SSL *ssl;
	int fd, epfd;
	bool early, again;
	bool other;  /* it ended with the other SSL_CTX */
	char got[8]; /* early data */
};

static void wait_readable(struct server *s)
{
	struct epoll_event event;

	CHECK(epoll_wait(s->epfd, &event, 1, 10000) == 1);
}

/* Repeat a call until it is over. */
#define UNTIL(s, ret, call, good)                                                                 \
	while (!((ret) = (call), good)) {                                                         \
		int error_ = SSL_get_error((s)->ssl, (ret));                                      \
                                                                                                  \
		CHECK(error_ == SSL_ERROR_WANT_READ || error_ == SSL_ERROR_WANT_CLIENT_HELLO_CB); \
		if (error_ == SSL_ERROR_WANT_READ)                                                \
			wait_readable(s);                                                         \
	}

static void read_early(struct server *s)
{
	size_t n = 0;
	int ret;

	UNTIL(s, ret, SSL_read_early_data(s->ssl, s->got, sizeof(s->got) - 1, &n),
	      ret != SSL_READ_EARLY_DATA_ERROR);
	if (ret == SSL_READ_EARLY_DATA_SUCCESS) {
		char more;

		UNTIL(s, ret, SSL_read_early_data(s->ssl, &more, 1, &n),
		      ret == SSL_READ_EARLY_DATA_FINISH);
	}
}

static void serve(struct server *s)
{
	char byte = 0;
	int ret;

	if (s->early)
		read_early(s);
	UNTIL(s, ret, SSL_accept(s->ssl), ret == 1);
	UNTIL(s, ret, SSL_read(s->ssl, &byte, 1), ret == 1);
	if (s->again) {
		CHECK(SSL_renegotiate(s->ssl));
		UNTIL(s, ret, SSL_do_handshake(s->ssl), ret == 1);
		CHECK(SSL_write(s->ssl, "r", 1) == 1);
		UNTIL(s, ret, SSL_read(s->ssl, &byte, 1), ret == 1);
	}
	CHECK(SSL_write(s->ssl, "s", 1) == 1);
}

/* The client's side, on a thread of its own. */
struct wish {
	const char *name; /* SNI */
	const char *early;
	SSL_SESSION *session; /* in and out */
	SSL_CTX *ctx;
	int fd;
	bool again, resumed;
	long stapled;
};

static void note_peer(SSL *ssl, struct wish *w)
{
	const unsigned char *response;

	w->stapled = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
	w->resumed = SSL_session_reused(ssl);
}

static void *client(void *arg)
{
	struct wish *w = arg;
	SSL *ssl = SSL_new(w->ctx);
	char byte = 'c';
	size_t n;

	SSL_set_fd(ssl, w->fd);
	if (w->name)
		SSL_set_tlsext_host_name(ssl, w->name);
	SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
	if (w->session)
		CHECK(SSL_set_session(ssl, w->session));
	if (w->early) {
		SSL_set_connect_state(ssl);
		CHECK(SSL_write_early_data(ssl, w->early, strlen(w->early), &n));
	}
	CHECK(SSL_connect(ssl) == 1);
	note_peer(ssl, w);
	CHECK(SSL_write(ssl, &byte, 1) == 1);
	if (w->again) /* reading answers the request to shake hands again */
		CHECK(SSL_read(ssl, &byte, 1) == 1 && SSL_write(ssl, "c", 1) == 1);
	CHECK(SSL_read(ssl, &byte, 1) == 1 && byte == 's');
	SSL_SESSION_free(w->session);
	w->session = SSL_get1_session(ssl);
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(w->fd);
	return NULL;
}

/* One connection; returns what became of its server's side. */
static const struct server *connect_both(struct wish *w)
{
	static struct server s;
	struct epoll_event event = { .events = EPOLLIN };
	int sockets[2];
	pthread_t thread;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	fcntl(sockets[1], F_SETFL, O_NONBLOCK);
	w->fd = sockets[0];
	s = (struct server){
		.ssl = SSL_new(server_ctx), .fd = sockets[1], .early = w->early, .again = w->again
	};
	s.epfd = epoll_create1(EPOLL_CLOEXEC);
	CHECK(!epoll_ctl(s.epfd, EPOLL_CTL_ADD, s.fd, &event));
	SSL_set_fd(s.ssl, s.fd);
	SSL_set_accept_state(s.ssl);
	CHECK(!pthread_create(&thread, NULL, client, w));
	wait_readable(&s);
	serve(&s);
	CHECK(!pthread_join(thread, NULL));
	s.other = SSL_get_SSL_CTX(s.ssl) == other_ctx;
	SSL_shutdown(s.ssl);
	SSL_free(s.ssl);
	close(s.fd);
	close(s.epfd);
	return &s;
}

static int pick_context(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (name && !strcmp(name, "other"))
		SSL_set_SSL_CTX(ssl, other_ctx);
	return SSL_TLSEXT_ERR_OK;
}

/* Asks for time at first. */
static int at_client_hello(SSL *ssl, int *alert, void *arg)
{
	int *calls = arg;

	return ++*calls == 1 ? SSL_CLIENT_HELLO_RETRY : SSL_CLIENT_HELLO_SUCCESS;
}

static int staple(SSL *ssl, void *arg)
{
	unsigned char *response = OPENSSL_malloc(5);

	memcpy(response, "ocsp!", 5);
	SSL_set_tlsext_status_ocsp_resp(ssl, response, 5);
	return SSL_TLSEXT_ERR_OK;
}

static int accept_any(int ok, X509_STORE_CTX *ctx)
{
	return 1;
}

static int any_ticket(SSL *ssl, void *arg)
{
	return 1;
}

static SSL_CTX *new_server(void)
{
	SSL_CTX *ctx;

	EVP_PKEY_up_ref(key);
	ctx = server_context(key);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"s", 1);
	return ctx;
}

static void sni_and_stapling(SSL_CTX *client_ctx)
{
	struct wish w = { .name = "other", .ctx = client_ctx };
	int calls = 0;

	other_ctx = new_server();
	SSL_CTX_set_tlsext_servername_callback(server_ctx, pick_context);
	SSL_CTX_set_tlsext_status_cb(server_ctx, staple);
	SSL_CTX_set_tlsext_status_cb(other_ctx, staple);
	SSL_CTX_set_client_hello_cb(server_ctx, at_client_hello, &calls);
	printf("server name: %s context", connect_both(&w)->other ? "other" : "same");
	printf(", client hello retried (%d calls), %ld bytes stapled\n", calls, w.stapled);
	SSL_CTX_set_client_hello_cb(server_ctx, NULL, NULL);
	SSL_CTX_free(other_ctx);
	SSL_SESSION_free(w.session);
}

static void resumption(SSL_CTX *client_ctx, const char *name)
{
	unsigned char keys[80];
	struct wish w = { .ctx = client_ctx };

	RAND_bytes(keys, sizeof(keys));
	CHECK(SSL_CTX_set_tlsext_ticket_keys(server_ctx, keys, sizeof(keys)) == 1);
	connect_both(&w);
	CHECK(!w.resumed);
	connect_both(&w);
	printf("%s: %s\n", name, w.resumed ? "resumed" : "not resumed");
	SSL_SESSION_free(w.session);
}

static void early_data(SSL_CTX *client_ctx)
{
	struct wish w = { .ctx = client_ctx };

	SSL_CTX_set_max_early_data(server_ctx, 1000);
	SSL_CTX_set_allow_early_data_cb(server_ctx, any_ticket, NULL);
	SSL_CTX_set_options(server_ctx, SSL_OP_NO_ANTI_REPLAY);
	connect_both(&w);
	w.early = "0rtt";
	printf("early data: %s\n", connect_both(&w)->got);
	SSL_SESSION_free(w.session);
}

static void client_certificate(SSL_CTX *client_ctx)
{
	struct wish w = { .ctx = client_ctx };

	SSL_CTX_use_certificate(client_ctx, SSL_CTX_get0_certificate(server_ctx));
	SSL_CTX_use_PrivateKey(client_ctx, key);
	SSL_CTX_set_verify(server_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   accept_any);
	connect_both(&w);
	SSL_CTX_set_verify(server_ctx, SSL_VERIFY_NONE, NULL);
	puts("client certificate: accepted");
	SSL_SESSION_free(w.session);
}

static void renegotiation(SSL_CTX *client_ctx)
{
	struct wish w = { .ctx = client_ctx, .again = true };

	SSL_CTX_set_max_proto_version(client_ctx, TLS1_2_VERSION);
	connect_both(&w);
	puts("renegotiated");
	SSL_SESSION_free(w.session);
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());

	signal(SIGPIPE, SIG_IGN);
	key = EVP_RSA_gen(2048);
	server_ctx = new_server();
	sni_and_stapling(client_ctx);
	resumption(client_ctx, "TLS 1.3");
	early_data(client_ctx);
	client_certificate(client_ctx);
	renegotiation(client_ctx);
	resumption(client_ctx, "TLS 1.2");
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	EVP_PKEY_free(key);
	return 0;
}
