/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's own state. */
#include "base/thread.h"

__thread struct atls_self atls_self;

__attribute__((noinline)) void atls_frame_restore(const struct atls_frame *frame)
{
	atls_self.frame = *frame;
}
