/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what this process made from what it inherited by a fork. */
#include "base/generation.h"

unsigned int atls_generation;
