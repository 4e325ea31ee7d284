/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the shim, read once when the process first uses OpenSSL. */
#pragma once

#include "events/trace.h"

struct atls_config {
	enum atls_mode mode;
	unsigned int bridge_sides; /* ATLS_BRIDGE_SERVERS, ATLS_BRIDGE_CLIENTS */
	enum atls_bridge_rule
		bridge_rule; /* the rule for this program, where the bridge is asked for */
	/*
	 * The engine's specification, not parsed yet; NULL if nothing is said. The environment's.
	 */
	const char *engine;
	/*
	 * Another provider library than the one beside the shim; NULL for that. The environment's.
	 */
	const char *provider;
};

/* Written while the shim makes itself ready, constant afterwards. Without that: observe. */
extern struct atls_config atls_config;

/*
 * Read ASYNCTLS_MODE, ASYNCTLS_ENGINE, ASYNCTLS_BRIDGE, ASYNCTLS_BRIDGE_ONLY and ASYNCTLS_PROVIDER.
 * A word that is not understood costs one line on stderr and leaves the mode at observe, in which
 * nothing of the program changes.
 */
void atls_config_read(void);
