/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial ids of jobs and wait contexts. OpenSSL pools and reuses both, so a pointer names one only
 * while it lives. Ids are given on first sight while somebody records, and only then.
 */
#pragma once

#include <openssl/async.h>
#include <stdint.h>

/* The id of a job that is about to start; it has no pointer yet. */
uint32_t atls_job_new(void);
/* A job paused: from now on its pointer names it. */
void atls_job_remember(const ASYNC_JOB *job, uint32_t id);
/* The id of a paused job; one that was never seen, or not since recording began, gets a new one. */
uint32_t atls_job_id(const ASYNC_JOB *job);
/* The pointer is about to lose its meaning. */
void atls_job_forget(const ASYNC_JOB *job);

/* The id of a wait context, with its wait fds noted on first sight. 0 for NULL. */
uint32_t atls_waitctx_id(ASYNC_WAIT_CTX *ctx);
/* The wait context is about to be freed, and its wait fds with it. */
void atls_waitctx_forget(ASYNC_WAIT_CTX *ctx);
/* Note that fd belongs to the wait context with that id. */
void atls_waitctx_add_fd(uint32_t id, int fd);
/* Note that fd belongs to it no more. */
void atls_waitctx_drop_fd(uint32_t id, int fd);
