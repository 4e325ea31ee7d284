/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: which connections it takes on. */
#include "bridge/choice.h"

#include "conn.h"
#include "shim.h"

static bool sets_async_mode(SSL *ssl)
{
	static _Atomic bool told;

	if (!(REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, 0, NULL) & SSL_MODE_ASYNC))
		return false;
	if (!atomic_exchange(&told, true))
		atls_complain(
			"this program sets SSL_MODE_ASYNC itself: its connections are not bridged");
	return true;
}

static bool on_our_side(const SSL *ssl)
{
	return atls_config.bridge_sides &
	       (REAL(SSL_is_server)(ssl) ? ATLS_BRIDGE_SERVERS : ATLS_BRIDGE_CLIENTS);
}

void atls_bridge_choose(SSL *ssl, struct atls_conn *conn)
{
	conn->bridging = ATLS_BRIDGE_OFF;
	if (!on_our_side(ssl) || sets_async_mode(ssl))
		return;
	REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridging = ATLS_BRIDGE_ON;
}
