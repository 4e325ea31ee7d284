/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says it when a job has used up its stack. The process then dies of SIGSEGV, as it would have
 * without a word. The handler is there only in programs that have none of their own, and runs on a
 * stack of its own in threads that have no alternate one; a program that sets up either replaces
 * ours.
 */
#pragma once

/* Ahead of each job; the first one of a thread counts. Keeps errno. */
void atls_overflow_arm(void);
