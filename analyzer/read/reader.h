/* SPDX-License-Identifier: Apache-2.0 */
/* Readers: where events come from. Each turns one kind of input into the same stream of records. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/events.h"

/* The latest time that an event may have, in ns: sums of two stay in range. The earliest is 0. */
#define ATLS_TIME_MAX (1ll << 61)

struct atls_reader;

struct atls_reader_ops {
	/* Read all. 0 at the end of what can be read, else -errno. See damaged. */
	int (*run)(struct atls_reader *r, const struct atls_handler *to);
	void (*destroy)(struct atls_reader *r);
};

/* An input; each reader's own structure begins with one. */
struct atls_reader {
	const struct atls_reader_ops *ops;
	int64_t utc_offset_ns; /* UTC = ts + this; ATLS_NULL if not known (yet) */
	char host[256];	       /* "" if not known (yet) */
	/* For progress, in any unit, and from any thread; total is 0 if it is not known. */
	_Atomic uint64_t done;
	uint64_t total;
	/*
	 * Set when part of the input cannot be read: what, where and why. Records of the rest are
	 * valid.
	 */
	bool damaged;
	char damage[400];
};

/*
 * A reader for path: a folder that holds CTF traces, or events as text (*.txt). Words its own error
 * message. Returns 0, or -ENOENT (nothing there), -EINVAL (no trace), -ENOMEM.
 */
int atls_reader_open(const char *path, struct atls_reader **r);
int atls_reader_run(struct atls_reader *r, const struct atls_handler *to);
/* The same with the reading in a thread of its own; the handler still runs on the caller's. */
int atls_reader_run_ahead(struct atls_reader *r, const struct atls_handler *to);
/* NULL is fine. */
void atls_reader_destroy(struct atls_reader *r);

/*
 * The single readers; path exists. The fast one may return -ENOTSUP, without a message: take bt2.
 */
int atls_reader_fast_create(const char *path, struct atls_reader **r);
int atls_reader_bt2_create(const char *path, struct atls_reader **r);
int atls_reader_text_create(const char *path, struct atls_reader **r);
