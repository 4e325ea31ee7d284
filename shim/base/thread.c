/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's own state. */
#include "base/thread.h"

#include <stdatomic.h>

__thread struct atls_self atls_self;

uint32_t atls_thread_number(void)
{
	static _Atomic uint32_t last;

	if (!atls_self.number)
		atls_self.number = atomic_fetch_add(&last, 1) + 1;
	return atls_self.number;
}

__attribute__((noinline)) void atls_frame_restore(const struct atls_frame *frame)
{
	atls_self.frame = *frame;
}
