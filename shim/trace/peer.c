/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a connection is with, for recordings that ask for addresses. */
#include "trace/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/conn.h"
#include "trace/tracer.h"

void atls_peer_note(struct atls_conn *conn)
{
	struct atls_peer e = { .conn = conn->id };
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int saved = errno, fd = conn->trace.socket;

	conn->trace.peer_noted = true;
	if (fd >= 0 && !getpeername(fd, (struct sockaddr *)&peer, &length)) {
		if (peer.ss_family == AF_INET) {
			struct sockaddr_in *in = (struct sockaddr_in *)&peer;

			e.port = ntohs(in->sin_port);
			inet_ntop(AF_INET, &in->sin_addr, e.address, sizeof(e.address));
		} else if (peer.ss_family == AF_INET6) {
			struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer;

			e.port = ntohs(in6->sin6_port);
			inet_ntop(AF_INET6, &in6->sin6_addr, e.address, sizeof(e.address));
		}
		if (*e.address)
			atls_emit(ATLS_EV_peer, &e);
	}
	errno = saved;
}
