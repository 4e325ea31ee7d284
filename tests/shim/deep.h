/* SPDX-License-Identifier: Apache-2.0 */
/* Servers whose callbacks use much stack, several of them at a time behind poll. */
#pragma once

#include <poll.h>

#include "loop.h"

enum { DEEP_STEP = 1024, DEEP_CLIENTS = 3 };

/* Use kib KiB of stack, each byte of it; returns kib. */
static __attribute__((noinline, unused)) int deep_use(int kib)
{
	volatile char step[DEEP_STEP];
	int below;

	memset((char *)step, kib, sizeof(step));
	below = kib > 1 ? deep_use(kib - 1) : 0;
	for (size_t i = 0; i < sizeof(step); i++)
		CHECK(step[i] == (char)kib);
	return below + 1;
}

/* Wait once for what the servers wait for, and let them go on; returns how many are done. */
static inline int deep_turn(struct serving *servings)
{
	struct pollfd fds[DEEP_CLIENTS];
	int done = 0;

	for (int i = 0; i < DEEP_CLIENTS; i++)
		fds[i] = (struct pollfd){ servings[i].done ? -1 : servings[i].fd,
					  servings[i].out ? POLLOUT : POLLIN };
	CHECK(poll(fds, DEEP_CLIENTS, 30000) > 0);
	for (int i = 0; i < DEEP_CLIENTS; i++) {
		if (fds[i].revents)
			serving_go(&servings[i]);
		done += servings[i].done;
	}
	return done;
}

/* Serve the clients at the same time, each on a connection of its own; returns how many were. */
static inline int deep_serve(SSL_CTX *server_ctx, SSL_CTX *client_ctx)
{
	struct client clients[DEEP_CLIENTS] = { 0 };
	struct serving servings[DEEP_CLIENTS];
	int served = 0;

	for (int i = 0; i < DEEP_CLIENTS; i++)
		serving_start(&servings[i], server_ctx, client_start(&clients[i], client_ctx));
	while (deep_turn(servings) < DEEP_CLIENTS)
		;
	for (int i = 0; i < DEEP_CLIENTS; i++) {
		served += servings[i].ok;
		serving_finish(&servings[i]);
		CHECK(client_join(&clients[i]));
	}
	return served;
}
