/* SPDX-License-Identifier: Apache-2.0 */
/* Words, numbers and signs of CTF 1.8's description language. */
#include "read/ctf/token.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts(const struct atls_ctf_lexer *l, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(l->end - l->at) >= n && !memcmp(l->at, text, n);
}

static void skip_to(struct atls_ctf_lexer *l, const char *text)
{
	while (l->at < l->end && !starts(l, text))
		l->line += *l->at++ == '\n';
}

static void skip_blanks(struct atls_ctf_lexer *l)
{
	for (; l->at < l->end; l->at++) {
		if (starts(l, "/*")) {
			l->at += 2;
			skip_to(l, "*/");
			l->at += l->at < l->end;
		} else if (starts(l, "//")) {
			skip_to(l, "\n");
		}
		if (l->at == l->end)
			break;
		if (*l->at == '\n')
			l->line++;
		else if (*l->at != ' ' && *l->at != '\t' && *l->at != '\r' && *l->at != '/')
			break;
	}
}

static int digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* The text need not be terminated, so that strtoll will not do. */
static void take_number(struct atls_ctf_lexer *l)
{
	bool minus = *l->at == '-';
	uint64_t value = 0;
	int base = 10;

	l->at += minus;
	if (starts(l, "0x") || starts(l, "0X")) {
		base = 16;
		l->at += 2;
	} else if (l->at < l->end && *l->at == '0') {
		base = 8;
	}
	for (; l->at < l->end && digit(*l->at) < base; l->at++)
		value = value * (uint64_t)base + (uint64_t)digit(*l->at);
	while (l->at < l->end && (is_letter(*l->at))) /* a suffix such as ULL */
		l->at++;
	l->number = (int64_t)(minus ? -value : value);
	l->kind = ATLS_CTF_NUMBER;
}

static void take_word(struct atls_ctf_lexer *l)
{
	l->text = l->at;
	while (l->at < l->end && (is_letter(*l->at) || is_digit(*l->at) || *l->at == '.'))
		l->at++;
	l->length = (size_t)(l->at - l->text);
	l->kind = ATLS_CTF_WORD;
}

static void take_text(struct atls_ctf_lexer *l)
{
	l->text = ++l->at;
	while (l->at < l->end && *l->at != '"') {
		l->line += *l->at == '\n';
		l->at += *l->at == '\\' && l->at + 1 < l->end ? 2 : 1;
	}
	l->length = (size_t)(l->at - l->text);
	l->at += l->at < l->end;
	l->kind = ATLS_CTF_TEXT;
}

static void take_sign(struct atls_ctf_lexer *l)
{
	l->kind = ATLS_CTF_SIGN;
	l->sign = *l->at;
	l->at += starts(l, ":=") ? 2 : starts(l, "...") ? 3 : 1;
}

void atls_ctf_next(struct atls_ctf_lexer *l)
{
	skip_blanks(l);
	l->sign = 0;
	l->length = 0;
	if (l->at >= l->end)
		l->kind = ATLS_CTF_END;
	else if (is_letter(*l->at))
		take_word(l);
	else if (is_digit(*l->at) || (*l->at == '-' && l->end - l->at > 1 && is_digit(l->at[1])))
		take_number(l);
	else if (*l->at == '"')
		take_text(l);
	else
		take_sign(l);
}

bool atls_ctf_is(const struct atls_ctf_lexer *l, const char *word)
{
	return l->kind == ATLS_CTF_WORD && l->length == strlen(word) &&
	       !memcmp(l->text, word, l->length);
}
