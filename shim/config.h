/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the shim, read once when the process first uses OpenSSL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "events/trace.h"

/* The sides of a handshake that the bridge takes on. */
enum { ATLS_BRIDGE_SERVERS = 1, ATLS_BRIDGE_CLIENTS = 2 };

struct atls_config {
	enum atls_mode mode;
	unsigned int bridge_sides; /* ATLS_BRIDGE_SERVERS, ATLS_BRIDGE_CLIENTS */
	/* Another provider library than the one beside the shim; NULL for that. The environment's. */
	const char *provider;
};

/* Written by atls_config_read, constant afterwards. Without it: observe. */
extern struct atls_config atls_config;

/*
 * Read ASYNCTLS_MODE, ASYNCTLS_ENGINE and ASYNCTLS_PROVIDER. A word that is not understood costs one line on stderr and
 * leaves the mode at observe, in which nothing of the program changes.
 */
void atls_config_read(void);

/* One line on stderr, "asynctls: ...". Keeps errno. For failures that turn something of ours off. */
void atls_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
