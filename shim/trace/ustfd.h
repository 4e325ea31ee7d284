/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LTTng's file descriptors, kept apart from the program's: out of the way of the numbers that the
 * program is given, and open when it closes all that it does not know.
 *
 * LTTng registers each fd that it opens by lttng_ust_add_fd_to_tracker, which may answer with
 * another number for it. The shim wraps that call, moves the fd up and remembers its number.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#define ATLS_UST_FDS 65536

extern _Atomic unsigned long atls_ust_fd_bits[ATLS_UST_FDS / (8 * sizeof(unsigned long))];

/* True if fd is one of LTTng's. One load. */
static inline bool atls_ust_fd(unsigned int fd)
{
	const unsigned int bits = 8 * sizeof(unsigned long);

	return fd < ATLS_UST_FDS &&
	       atomic_load_explicit(&atls_ust_fd_bits[fd / bits], memory_order_relaxed) >>
			       fd % bits &
		       1;
}

/*
 * Find LTTng's functions. To be called before LTTng starts, whose threads must not wait for the
 * linker.
 */
void atls_ust_fd_init(void);
/*
 * close on behalf of whoever calls it: LTTng closes its own fd; for the program there is no such
 * fd.
 */
int atls_ust_fd_close(int fd);
/* The lowest fd of LTTng's in first..last; last + 1 if there is none. last < ATLS_UST_FDS. */
unsigned int atls_ust_fd_next(unsigned int first, unsigned int last);
