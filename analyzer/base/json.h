/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON to a stream, for meta.json and for --json. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ATLS_JSON_DEPTH 32

/*
 * A document in the making, on the caller's memory. Commas, line breaks and indentation are put in
 * as needed. Only the order of the calls matters: in an object, each value or begin follows a key.
 * Write errors stay with the stream; the caller checks ferror() or fclose().
 */
struct atls_json {
	FILE *out;
	int depth;
	bool keyed;		      /* a key was written and waits for its value */
	bool filled[ATLS_JSON_DEPTH]; /* that level has a member already */
};

void atls_json_init(struct atls_json *j, FILE *out);
/* Ends the document with a newline. All that was begun must have been ended. */
void atls_json_finish(struct atls_json *j);

void atls_json_begin_object(struct atls_json *j);
void atls_json_end_object(struct atls_json *j);
void atls_json_begin_array(struct atls_json *j);
void atls_json_end_array(struct atls_json *j);

/* The name of the value that follows. */
void atls_json_key(struct atls_json *j, const char *name);

/*
 * Values. Strings may hold any bytes: what is not UTF-8 becomes U+FFFD, as JSON cannot carry it;
 * NULL is written as null. A number that JSON lacks (infinity, NaN) is written as null.
 */
void atls_json_string(struct atls_json *j, const char *text);
void atls_json_int(struct atls_json *j, int64_t number);
void atls_json_double(struct atls_json *j, double number);
void atls_json_bool(struct atls_json *j, bool truth);
void atls_json_null(struct atls_json *j);

/* A key and its value in one call. */
void atls_json_pair_string(struct atls_json *j, const char *name, const char *text);
void atls_json_pair_int(struct atls_json *j, const char *name, int64_t number);
void atls_json_pair_double(struct atls_json *j, const char *name, double number);
void atls_json_pair_bool(struct atls_json *j, const char *name, bool truth);
