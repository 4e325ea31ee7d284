/* SPDX-License-Identifier: Apache-2.0 */
/* Prints asynctls-events(7) for scdoc, made from the catalogue. */
#include <stdio.h>

#include "events/trace.h"

/* scdoc gives these a meaning. */
static void put_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '_' || *text == '*' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static const char *type_of(const struct atls_field_desc *f)
{
	static const char *const integers[2][9] = {
		{ [1] = "u8", [2] = "u16", [4] = "u32", [8] = "u64" },
		{ [1] = "s8", [2] = "s16", [4] = "s32", [8] = "s64" },
	};

	return f->kind == ATLS_FIELD_TEXT ? "text" : integers[f->is_signed][f->size];
}

static void put_field(const struct atls_field_desc *f)
{
	fputs("\t- *", stdout);
	put_text(f->name);
	printf("* (%s", type_of(f));
	if (f->enumeration) {
		fputs(", see ", stdout);
		put_text(f->enumeration);
	}
	fputs("): ", stdout);
	put_text(f->doc);
	putchar('\n');
}

static void put_event(const struct atls_event_desc *d)
{
	putchar('*');
	put_text(d->name);
	fputs("*\n\t", stdout);
	put_text(d->doc);
	fputs(".\n\n", stdout);
	for (size_t i = 0; i < d->nfields; i++)
		put_field(&d->fields[i]);
	putchar('\n');
}

static void put_enumeration(const struct atls_enum_desc *e)
{
	putchar('*');
	put_text(e->name);
	fputs("*\n\t", stdout);
	for (size_t i = 0; i < e->nvalues; i++) {
		printf("%s%d ", i ? ", " : "", e->values[i].number);
		put_text(e->values[i].text);
	}
	fputs("\n\n", stdout);
}

int main(void)
{
	puts("asynctls-events(7)\n\n# NAME\n\nasynctls-events - the events that asynctls records\n\n"
	     "# DESCRIPTION\n\n"
	     "The shim emits these events as LTTng-UST tracepoints of the provider *asynctls*. Each event has the\n"
	     "time (CLOCK\\_MONOTONIC, ns), and the contexts vpid and vtid. Serial ids (job, conn, wctx, task) count\n"
	     "from 1 in each process and are never reused; 0 means none, or not known. No event carries payload, keys,\n"
	     "secrets or tickets.\n\n"
	     "This page is made from the catalogue that the tracepoints themselves are made from.\n\n"
	     "# EVENTS\n");
	for (int id = 0; id < ATLS_EV_COUNT; id++)
		put_event(atls_event_describe(id));
	puts("# ENUMERATIONS\n");
	for (size_t i = 0; i < atls_nenums; i++)
		put_enumeration(&atls_enums[i]);
	puts("# SEE ALSO\n\n*asynctls-shim*(7)");
	return 0;
}
