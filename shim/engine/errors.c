/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL errors carried from thread to thread. */
#include "engine/errors.h"

#include <stdio.h>

#include "real.h"

void atls_errors_take(struct atls_errors *e)
{
	const char *file, *func, *data;
	unsigned long code;
	int line, flags;

	e->n = 0;
	if (!REAL(ERR_get_error_all))
		return;
	while ((code = REAL(ERR_get_error_all)(&file, &line, &func, &data, &flags)))
		if (e->n < ATLS_MAX_ERRORS) {
			e->list[e->n].code = code;
			e->list[e->n].file = file;
			e->list[e->n].func = func;
			e->list[e->n].line = line;
			snprintf(e->list[e->n].data, ATLS_ERROR_TEXT, "%s", flags & ERR_TXT_STRING ? data : "");
			e->n++;
		}
}

void atls_errors_raise(const struct atls_errors *e)
{
	for (int i = 0; i < e->n; i++) {
		REAL(ERR_new)();
		REAL(ERR_set_debug)(e->list[i].file, e->list[i].line, e->list[i].func);
		REAL(ERR_set_error)
		(ERR_GET_LIB(e->list[i].code), ERR_GET_REASON(e->list[i].code),
		 *e->list[i].data ? "%s" : NULL, e->list[i].data);
	}
}
