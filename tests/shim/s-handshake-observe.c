/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes of an ordinary program: nothing is a job, the signature is seen to be done in place.
 */
// EVENTS job_start=0 engine_submit=0 engine_inplace=1 ssl_new=2 ssl_free=2 handshake=2
// EVENTS ssl_begin>=4
// ORDER ssl_new ssl_begin engine_inplace ssl_end handshake ssl_free
#include "pair.h"

int main(void)
{
	struct pair p;
	int client = 0, server = 0;

	pair_init(&p, EVP_RSA_gen(2048));
	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = SSL_do_handshake(p.client);
		server = SSL_do_handshake(p.server);
		printf("%d %d %d %d\n", client, SSL_get_error(p.client, client), server,
		       SSL_get_error(p.server, server));
	}
	CHECK(client == 1 && server == 1);
	pair_finish(&p);
	return 0;
}
