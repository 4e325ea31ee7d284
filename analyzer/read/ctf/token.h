/* SPDX-License-Identifier: Apache-2.0 */
/* Words, numbers and signs of CTF 1.8's description language. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum atls_ctf_token_kind {
	ATLS_CTF_END,
	ATLS_CTF_WORD, /* dots included: packet.header */
	ATLS_CTF_NUMBER,
	ATLS_CTF_TEXT, /* between quotes, which are not part of it; escapes are kept as they are */
	ATLS_CTF_SIGN, /* one character; ":=" is ':', "..." is '.' */
};

struct atls_ctf_lexer {
	const char *at, *end;
	unsigned line;
	/* The token in hand. */
	enum atls_ctf_token_kind kind;
	const char *text; /* not terminated */
	size_t length;
	int64_t number;
	char sign; /* of a sign, else 0; '=' for "=", ':' for ":=" and ":" */
};

/* Take up the next token. */
void atls_ctf_next(struct atls_ctf_lexer *l);
/* Is the token in hand this word? */
bool atls_ctf_is(const struct atls_ctf_lexer *l, const char *word);
