/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: which connections it takes on. */
#include "bridge/choice.h"

#include "base/complain.h"
#include "base/config.h"
#include "base/conn.h"
#include "base/real.h"
#include "bridge/runtime.h"
#include "spec/bridge-rule.h"

static bool sets_async_mode(SSL *ssl)
{
	static _Atomic bool warned;

	if (!(REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, 0, NULL) & SSL_MODE_ASYNC))
		return false;
	if (!atomic_exchange(&warned, true))
		atls_complain(
			"this program sets SSL_MODE_ASYNC itself: its connections are not bridged");
	return true;
}

static bool on_our_side(const SSL *ssl)
{
	return atls_config.bridge_sides &
	       (REAL(SSL_is_server)(ssl) ? ATLS_BRIDGE_SERVERS : ATLS_BRIDGE_CLIENTS);
}

/*
 * How many connections in a row had cheap operations, by SSL_CTX. One that is pushed out by
 * another, or whose address is another's by now, is counted again over a few connections.
 */
#define MAX_CONTEXTS 256
#define ENOUGH 4

static struct {
	_Atomic(const SSL_CTX *) ctx;
	_Atomic unsigned int cheap;
} contexts[MAX_CONTEXTS];

static size_t slot_of(const SSL_CTX *ctx)
{
	return ((uintptr_t)ctx * UINT64_C(0x9E3779B97F4A7C15)) >> 56;
}

static bool is_cheap(const SSL_CTX *ctx)
{
	size_t at = slot_of(ctx);

	return atomic_load_explicit(&contexts[at].ctx, memory_order_relaxed) == ctx &&
	       atomic_load_explicit(&contexts[at].cheap, memory_order_relaxed) >= ENOUGH;
}

void atls_bridge_note_cost(struct atls_conn *conn)
{
	size_t at = slot_of(conn->bridge.ctx);

	conn->engine.key_op_fresh = false;
	if (atomic_exchange_explicit(&contexts[at].ctx, conn->bridge.ctx, memory_order_relaxed) !=
	    conn->bridge.ctx)
		atomic_store_explicit(&contexts[at].cheap, 0, memory_order_relaxed);
	if (!conn->engine.key_op_cheap)
		atomic_store_explicit(&contexts[at].cheap, 0, memory_order_relaxed);
	else if (!is_cheap(conn->bridge.ctx))
		atomic_fetch_add_explicit(&contexts[at].cheap, 1, memory_order_relaxed);
}

void atls_bridge_choose(SSL *ssl, struct atls_conn *conn)
{
	conn->bridge.state = ATLS_BRIDGE_OFF;
	conn->bridge.ctx = REAL(SSL_get_SSL_CTX)(ssl);
	if (!on_our_side(ssl) || sets_async_mode(ssl))
		return;
	if (atls_runtime_name()) {
		conn->engine.no_job = ATLS_REASON_RUNTIME;
		return;
	}
	conn->engine.key_op_cheap = is_cheap(conn->bridge.ctx);
	if (conn->engine.key_op_cheap)
		return;
	REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridge.state = ATLS_BRIDGE_ON;
}
