/* SPDX-License-Identifier: Apache-2.0 */
/* Are the files of a CTF trace whole? The library fails on some damage, and ignores other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True if the file metadata in folder can be read to its end: it is text, or whole packets.
 * Otherwise why says what is wrong, and where.
 */
bool atls_ctf_metadata_whole(const char *folder, char *why, size_t size);
/*
 * True unless LTTng's index of the stream file name, index/NAME.idx, lists a packet that goes past
 * the end of that file. Without an index it is not known. Adds the number of its packets to
 * *packets.
 */
bool atls_ctf_stream_whole(const char *folder, const char *name, uint64_t *packets, char *why,
			   size_t size);
