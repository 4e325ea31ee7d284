/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs the bridge takes on: those known good, and those that are asked for by
 * ASYNCTLS_BRIDGE (`record --bridge=`) and ASYNCTLS_BRIDGE_ONLY (`record --bridge-only=`).
 */
#pragma once

#include <stdbool.h>

#include "events/trace.h"

/* The sides of a handshake that the bridge takes on. */
enum { ATLS_BRIDGE_SERVERS = 1, ATLS_BRIDGE_CLIENTS = 2 };

/* What is asked of the bridge. Zeroed, with sides: the default. */
struct atls_bridge_wish {
	unsigned int sides; /* ATLS_BRIDGE_SERVERS, ATLS_BRIDGE_CLIENTS */
	bool force;	    /* whatever the program */
	const char *only;   /* names of programs joined by commas, the caller's; NULL for all */
};

/*
 * Read words joined by commas: server, client or both, and force. NULL and "" say nothing. Returns
 * 0, or -EINVAL, and the wish is as it was.
 */
int atls_bridge_wish_read(struct atls_bridge_wish *wish, const char *words);

/*
 * The rule for a program: name is that of its command, file that of its file without folders, or
 * NULL. Never ATLS_BRIDGE_RULE_NONE.
 */
enum atls_bridge_rule atls_bridge_rule(const struct atls_bridge_wish *wish, const char *name,
				       const char *file);

/* Whether a program of that rule is bridged. */
bool atls_bridge_rule_takes(enum atls_bridge_rule rule);

/* What is known against a program, as what follows "it "; NULL if nothing. */
const char *atls_bridge_flaw(const char *name);
