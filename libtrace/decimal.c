/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with a fraction as text. */
#include "decimal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool atls_decimal_parse(const char *text, double *value, const char **end)
{
	double number = 0, scale = 1;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++)
		number = number * 10 + (*text - '0');
	if (*text == '.' && is_digit(text[1]))
		for (text++; is_digit(*text); text++, scale *= 10)
			number = number * 10 + (*text - '0');
	*value = number / scale;
	*end = text;
	return true;
}
