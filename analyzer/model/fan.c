/* SPDX-License-Identifier: Apache-2.0 */
/* One sink in front of several: each row goes to all of them, in the order of the list. */
#include "model/fan.h"

#define ATLS_ROW(name, table, fields)                                         \
	static int take_##name(void *ctx, const struct atls_row_##name *row)  \
	{                                                                     \
		const struct atls_fan *f = ctx;                               \
		int ret = 0;                                                  \
		for (unsigned i = 0; i < f->n && !ret; i++)                   \
			if (f->to[i].sink->name)                              \
				ret = f->to[i].sink->name(f->to[i].ctx, row); \
		return ret;                                                   \
	}
#include "model/rows.def"

static int take_turn(void *ctx, uint32_t utid, int64_t ts, int64_t dur, bool wait)
{
	const struct atls_fan *f = ctx;
	int ret = 0;

	for (unsigned i = 0; i < f->n && !ret; i++)
		if (f->to[i].sink->turn)
			ret = f->to[i].sink->turn(f->to[i].ctx, utid, ts, dur, wait);
	return ret;
}

static int take_open(void *ctx, enum atls_level level, int64_t ts, int delta)
{
	const struct atls_fan *f = ctx;
	int ret = 0;

	for (unsigned i = 0; i < f->n && !ret; i++)
		if (f->to[i].sink->open)
			ret = f->to[i].sink->open(f->to[i].ctx, level, ts, delta);
	return ret;
}

void atls_fan_add(struct atls_fan *f, const struct atls_sink *sink, void *ctx)
{
	f->to[f->n].sink = sink;
	f->to[f->n++].ctx = ctx;
#define ATLS_ROW(name, table, fields) \
	if (sink->name)               \
		f->sink.name = take_##name;
#include "model/rows.def"
	if (sink->turn)
		f->sink.turn = take_turn;
	if (sink->open)
		f->sink.open = take_open;
}
