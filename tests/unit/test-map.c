/* SPDX-License-Identifier: Apache-2.0 */
/* map.c: what is put is found, what is taken is gone, whatever collides. */
#include <stdlib.h>

#include "base/map.h"
#include "test.h"

#define N 20000

static int values[N + 1];

/* Keys as the model makes them: serials of a few processes. */
static uint64_t key(uint32_t i)
{
	return (uint64_t)(i % 3 + 1) << 32 | i;
}

static int wrong(const struct atls_map *m, uint32_t taken_every)
{
	int n = 0;

	for (uint32_t i = 1; i <= N; i++)
		n += atls_map_get(m, key(i)) != (i % taken_every ? (void *)&values[i] : NULL);
	return n;
}

int main(void)
{
	struct atls_map m = { 0 };
	size_t cursor = 0, seen = 0;
	int lost = 0;

	ok(!atls_map_get(&m, 1) && !atls_map_take(&m, 1), "an empty map has nothing");
	for (uint32_t i = 1; i <= N; i++)
		lost += atls_map_put(&m, key(i), &values[i]);
	is(lost, 0, "all were put");
	is(wrong(&m, N + 1), 0, "all are found");
	for (uint32_t i = 7; i <= N; i += 7)
		lost += atls_map_take(&m, key(i)) != &values[i];
	is(lost, 0, "what is taken is what was put");
	is(wrong(&m, 7), 0, "only what was taken is gone");
	while (atls_map_next(&m, &cursor))
		seen++;
	is(seen, N - N / 7, "a walk sees all");
	atls_map_put(&m, key(1), &values[2]);
	ok(atls_map_get(&m, key(1)) == &values[2] && m.used == seen, "a second put replaces");
	atls_map_finish(&m);
	return done();
}
