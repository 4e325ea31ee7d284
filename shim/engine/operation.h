/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine computes. */
#pragma once

#include <stdint.h>

#include "events/trace.h"

/* What an operation is: for the device model, for what it costs, and for the trace. */
struct atls_operation {
	enum atls_crypto crypto;
	enum atls_alg alg;
	uint16_t bits;
};

/* The kind of key that an EVP_PKEY_* number stands for. */
enum atls_alg atls_alg_of(int pkey_id);
