/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS server on libevent's buffered events, which answers each connection once. usage: evserver
 * PORT CERT KEY
 */
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

static const char answer[] =
	"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nasynctls\n";

static void written(struct bufferevent *bev, void *arg)
{
	bufferevent_free(bev);
}

static void happened(struct bufferevent *bev, short what, void *arg)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(bev);
}

static void readable(struct bufferevent *bev, void *arg)
{
	bufferevent_setcb(bev, NULL, written, happened, NULL);
	bufferevent_write(bev, answer, sizeof(answer) - 1);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		     int size, void *ctx)
{
	struct bufferevent *bev =
		bufferevent_openssl_socket_new(evconnlistener_get_base(listener), fd, SSL_new(ctx),
					       BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_setcb(bev, readable, NULL, happened, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct event_base *base = event_base_new();
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (argc != 4 || SSL_CTX_use_certificate_chain_file(ctx, argv[2]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1)
		return 2;
	SSL_CTX_set_num_tickets(ctx, 0);
	at.sin_port = htons(atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!evconnlistener_new_bind(base, accepted, ctx, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
				     128, (struct sockaddr *)&at, sizeof(at)))
		return 1;
	return event_base_dispatch(base) < 0;
}
