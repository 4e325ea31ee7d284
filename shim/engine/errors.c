/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL errors carried from thread to thread. */
#include "engine/errors.h"

#include <openssl/asyncerr.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/real.h"

static char *copy(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

/* Take the oldest error off this thread's queue. False if there is none. */
static bool take_one(struct atls_error *error)
{
	const char *file = NULL, *func = NULL, *data = NULL;
	int flags = 0;

	*error = (struct atls_error){ 0 };
	if (REAL(ERR_get_error_all))
		error->code = REAL(ERR_get_error_all)(&file, &error->line, &func, &data, &flags);
	else if (REAL(ERR_get_error_line_data)) /* 1.1.1 */
		error->code = REAL(ERR_get_error_line_data)(&file, &error->line, &data, &flags);
	if (!error->code)
		return false;
	error->file = copy(file);
	error->func = copy(func);
	error->data = flags & ERR_TXT_STRING ? copy(data) : NULL;
	return true;
}

static void finish_one(struct atls_error *error)
{
	free(error->file);
	free(error->func);
	free(error->data);
}

void atls_errors_finish(struct atls_errors *e)
{
	for (int i = 0; i < e->n; i++)
		finish_one(&e->list[i]);
	free(e->list);
	*e = (struct atls_errors){ 0 };
}

void atls_errors_take(struct atls_errors *e)
{
	struct atls_error error;

	atls_errors_finish(e);
	while (take_one(&error)) {
		if (!e->list)
			e->list = calloc(ATLS_MAX_ERRORS, sizeof(*e->list));
		if (e->list && e->n < ATLS_MAX_ERRORS)
			e->list[e->n++] = error;
		else
			finish_one(&error);
	}
}

static void raise_one(const struct atls_error *error)
{
	int lib = ERR_GET_LIB(error->code), reason = ERR_GET_REASON(error->code);

	if (!REAL(ERR_new)) { /* 1.1.1, where a code also holds a function's number */
		if (REAL(ERR_put_error))
			REAL(ERR_put_error)
		(error->code >> 24 & 0xff, error->code >> 12 & 0xfff, error->code & 0xfff,
		 error->file, error->line);
		if (error->data && REAL(ERR_add_error_data))
			REAL(ERR_add_error_data)(1, error->data);
		return;
	}
	REAL(ERR_new)();
	REAL(ERR_set_debug)(error->file, error->line, error->func);
	REAL(ERR_set_error)(lib, reason, error->data ? "%s" : NULL, error->data);
}

void atls_errors_raise(const struct atls_errors *e)
{
	for (int i = 0; i < e->n; i++)
		raise_one(&e->list[i]);
}

void atls_errors_raise_fault(const char *fault)
{
	struct atls_error error = {
		.code = ERR_PACK(ERR_LIB_ASYNC, 0, ERR_R_OPERATION_FAIL),
		.file = (char *)__FILE__,
		.func = (char *)__func__,
		.line = __LINE__,
		.data = (char *)fault,
	};

	raise_one(&error);
}
