/* SPDX-License-Identifier: Apache-2.0 */
/* The fork counter, by which what this process made differs from what it inherited. */
#pragma once

/*
 * Counts the forks that led to this process: what bears another number is the parent's. Raised once
 * in each forked child, before it has a second thread, by the engine's handler (workers.c).
 */
extern unsigned int atls_generation;
