/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 'asynctls stop', 'snapshot' and 'status', as a recorder serves them. */
#pragma once

#include "record/recorder-state.h"

/* When r->socket is readable: serve one request. */
void atls_requests_serve(struct recorder *r);
