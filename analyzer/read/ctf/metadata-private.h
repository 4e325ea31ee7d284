/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata's parser, which has two parts. All of its functions do nothing after a failure. */
#pragma once

#include "read/ctf/metadata.h"
#include "read/ctf/token.h"

/* Memory goes as a whole with the metadata. */
struct atls_ctf_chunk {
	struct atls_ctf_chunk *next;
	_Alignas(16) char bytes[];
};

/* A type with a name: typealias or struct NAME. */
struct atls_ctf_alias {
	const char *name;
	size_t length;
	bool is_struct;
	struct atls_ctf_type *type;
};

struct atls_ctf_parser {
	struct atls_ctf_lexer l;
	struct atls_ctf_metadata *m;
	struct atls_ctf_alias *aliases;
	size_t naliases;
	unsigned depth;
	char *why;
	size_t why_size;
	int error;
};

/* Note a failure, if it is the first, and where it is. Returns the first one's error. */
int atls_ctf_fail(struct atls_ctf_parser *p, int error, const char *what);
/* Zeroed memory that goes with the metadata, or NULL. */
void *atls_ctf_memory(struct atls_ctf_parser *p, size_t size);
/* Room for one more at the end of an array whose sizes are powers of two; the array, or NULL. */
void *atls_ctf_add(struct atls_ctf_parser *p, void *array, size_t *n, size_t size);
/* The pointer to one more, or NULL. */
#define ADD(p, array, n) \
	(((array) = atls_ctf_add(p, array, &(n), sizeof(*(array)))) ? &(array)[(n)-1] : NULL)

/* A word or text, without a leading underscore. */
char *atls_ctf_take_name(struct atls_ctf_parser *p);
int64_t atls_ctf_take_number(struct atls_ctf_parser *p);
/* Is that the token in hand? Then pass over it. */
bool atls_ctf_accept_sign(struct atls_ctf_parser *p, char sign);
bool atls_ctf_accept_word(struct atls_ctf_parser *p, const char *word);
void atls_ctf_expect(struct atls_ctf_parser *p, char sign);

/* A type; NULL after a failure. */
struct atls_ctf_type *atls_ctf_parse_type(struct atls_ctf_parser *p);
/* Parse a type after the word struct. */
struct atls_ctf_type *atls_ctf_parse_struct(struct atls_ctf_parser *p);
/* Parse an alias after the word typealias: TYPE := NAME */
void atls_ctf_parse_alias(struct atls_ctf_parser *p);
