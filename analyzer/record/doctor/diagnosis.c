/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a diagnosis. */
#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "record/doctor/doctor.h"

void atls_diagnose(struct atls_diagnosis *d, enum atls_health health, const char *name,
		   const char *format, ...)
{
	struct atls_check *check = &d->checks[d->n];
	va_list args;

	if (d->n == ATLS_CHECKS)
		return;
	d->n++;
	check->health = health;
	snprintf(check->name, sizeof(check->name), "%s", name);
	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
}

static const char *const health_names[] = { "ok", "warning", "error" };

enum atls_health atls_diagnosis_worst(const struct atls_diagnosis *d)
{
	enum atls_health health = ATLS_FINE;

	for (int i = 0; i < d->n; i++)
		if (d->checks[i].health > health)
			health = d->checks[i].health;
	return health;
}

static void print_json(const struct atls_diagnosis *d, const char *subject)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_string(&j, "subject", subject);
	atls_json_pair_bool(&j, "can_record", atls_diagnosis_worst(d) != ATLS_BROKEN);
	atls_json_key(&j, "checks");
	atls_json_begin_array(&j);
	for (int i = 0; i < d->n; i++) {
		atls_json_begin_object(&j);
		atls_json_pair_string(&j, "name", d->checks[i].name);
		atls_json_pair_string(&j, "status", health_names[d->checks[i].health]);
		atls_json_pair_string(&j, "text", d->checks[i].text);
		atls_json_end_object(&j);
	}
	atls_json_end_array(&j);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

static void print_text(const struct atls_diagnosis *d)
{
	static const char *const conclusions[] = {
		"Recording works.",
		"Recording works; mind the warnings.",
		"Recording cannot work, for the errors above.",
	};

	for (int i = 0; i < d->n; i++)
		printf("%-8s %-14s %s\n", health_names[d->checks[i].health], d->checks[i].name,
		       d->checks[i].text);
	puts(conclusions[atls_diagnosis_worst(d)]);
}

void atls_diagnosis_print(const struct atls_diagnosis *d, const char *subject, bool json)
{
	if (json)
		print_json(d, subject);
	else
		print_text(d);
}
