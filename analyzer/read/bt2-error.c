/* SPDX-License-Identifier: Apache-2.0 */
/* libbabeltrace2's errors in one line. */
#include "read/bt2-error.h"

#include <babeltrace2/babeltrace.h>
#include <stdio.h>
#include <string.h>

/* Causes come innermost first: the first has the reason, a later one names the file. */
static const char *cause_message(const bt_error *error, uint64_t i)
{
	return bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, i));
}

static const char *cause_with_file(const bt_error *error)
{
	uint64_t n = bt_error_get_cause_count(error);

	for (uint64_t i = 1; i < n; i++)
		if (strstr(cause_message(error, i), "file '/"))
			return cause_message(error, i);
	return NULL;
}

/* Addresses say nothing to people. */
static void drop_addresses(char *text)
{
	char *address, *end;

	while ((address = strstr(text, "addr=0x"))) {
		while (address > text && address[-1] != ' ')
			address--;
		end = address + strcspn(address, " ");
		memmove(address, end + (*end == ' '), strlen(end + (*end == ' ')) + 1);
	}
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

void atls_bt2_take_error(char *buf, size_t size)
{
	const bt_error *error = bt_current_thread_take_error();
	const char *file;

	snprintf(buf, size, "unknown error");
	if (!error)
		return;
	file = cause_with_file(error);
	if (file)
		snprintf(buf, size, "%s: %s", file, cause_message(error, 0));
	else if (bt_error_get_cause_count(error))
		snprintf(buf, size, "%s", cause_message(error, 0));
	bt_error_release(error);
	drop_addresses(buf);
}
