/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes tables of an SQLite file from their leaves up.
 *
 *   page   8 or 12 bytes of header | 2-byte offsets of cells, in order of key -->   <-- cells
 *   cell   table leaf: size, rowid, record       table interior: child, rowid
 *          index leaf: size, record              index interior: child, size, record
 *
 * SQLite refuses a page without cells, other than an empty root. So an interior page is never
 * closed before two more children wait for the next one, and keeps room for those until the end.
 */
#include "store/btree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/log.h"

enum { INDEX_INTERIOR = 2, TABLE_INTERIOR = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };

#define BUFFER (64 * ATLS_PAGE)

/* SQLite moves the end of a larger cell to an overflow page. */
_Static_assert(ATLS_CELL_MAX + 20 <= (ATLS_PAGE - 12) * 64 / 255 - 23, "a cell fits into its page");

/* ---- bytes ---------------------------------------------------------------------------------- */

static void put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(at, &value, sizeof(value));
}

/*
 * SQLite's variable-length integer: 7 bits a byte, most significant first; 8 bits in a ninth byte.
 */
static unsigned put_varint(uint8_t *at, uint64_t value)
{
	uint8_t bytes[10];
	unsigned n = 0;

	if (value < 0x80) {
		*at = (uint8_t)value;
		return 1;
	}
	if (value >> 56) {
		at[8] = (uint8_t)value;
		value >>= 8;
		for (int i = 7; i >= 0; i--, value >>= 7)
			at[i] = (uint8_t)(value | 0x80);
		return 9;
	}
	for (; value; value >>= 7)
		bytes[n++] = (uint8_t)(value & 0x7f) | 0x80;
	bytes[0] &= 0x7f;
	for (unsigned i = 0; i < n; i++)
		at[i] = bytes[n - 1 - i];
	return n;
}

/* The serial type of value, and its bytes at *body. */
static uint8_t put_value(uint8_t **body, int64_t value)
{
	static const uint8_t types[9] = { 0, 1, 2, 3, 4, 5, 5, 6, 6 };
	static const uint8_t sizes[7] = { 0, 1, 2, 3, 4, 6, 8 };
	uint64_t magnitude, bytes;
	uint8_t type;

	if (value == ATLS_NULL)
		return 0;
	if (value == 0 || value == 1)
		return (uint8_t)(8 + value);
	magnitude = (uint64_t)(value < 0 ? ~value : value) << 1 | 1;
	type = types[(64 - (unsigned)__builtin_clzll(magnitude) + 7) / 8];
	bytes = __builtin_bswap64((uint64_t)value << (64 - 8 * sizes[type]));
	memcpy(*body, &bytes, sizeof(bytes)); /* there is room for 8 */
	*body += sizes[type];
	return type;
}

/* A record of integers; fewer than 127 of them, so that its header's size is one byte. */
static unsigned put_record(uint8_t *at, const int64_t *values, unsigned n)
{
	uint8_t *body = at + n + 1;

	at[0] = (uint8_t)(n + 1);
	for (unsigned i = 0; i < n; i++)
		at[i + 1] = put_value(&body, values[i]);
	return (unsigned)(body - at);
}

/* ---- pages ---------------------------------------------------------------------------------- */

int atls_pages_open(struct atls_pages *p, const char *path, uint32_t lock_page)
{
	struct stat st;

	*p = (struct atls_pages){ .fd = open(path, O_RDWR | O_CLOEXEC), .lock = lock_page };
	p->buffer = malloc(BUFFER);
	if (!p->buffer || p->fd < 0 || fstat(p->fd, &st)) {
		p->error = p->buffer ? -errno : -ENOMEM;
		if (p->buffer)
			atls_error("%s: %s", path, strerror(-p->error));
		return p->error;
	}
	p->next = p->first = (uint32_t)(st.st_size / ATLS_PAGE) + 1;
	return 0;
}

static void write_at(struct atls_pages *p, const uint8_t *bytes, size_t size, uint32_t page)
{
	off_t at = (off_t)(page - 1) * ATLS_PAGE;

	while (size && !p->error) {
		ssize_t n = pwrite(p->fd, bytes, size, at);

		if (n <= 0) {
			p->error = n ? -errno : -EIO;
			return;
		}
		bytes += n;
		at += n;
		size -= (size_t)n;
	}
}

static void flush(struct atls_pages *p)
{
	write_at(p, p->buffer, p->used, p->first);
	p->first = p->next;
	p->used = 0;
}

/* Append a page; returns its number. */
static uint32_t append(struct atls_pages *p, const uint8_t *page)
{
	if (p->next == p->lock) {
		memset(p->buffer + p->used, 0, ATLS_PAGE);
		p->used += ATLS_PAGE;
		p->next++;
		if (p->used == BUFFER)
			flush(p);
	}
	memcpy(p->buffer + p->used, page, ATLS_PAGE);
	p->used += ATLS_PAGE;
	p->next++;
	if (p->used == BUFFER)
		flush(p);
	return p->next - 1;
}

int atls_pages_close(struct atls_pages *p, const char *path)
{
	uint8_t pages[4];

	if (p->fd < 0)
		return p->error;
	flush(p);
	put_u32(pages, p->next - 1);
	if (!p->error && pwrite(p->fd, pages, sizeof(pages), 28) != sizeof(pages))
		p->error = -errno;
	if (close(p->fd) && !p->error)
		p->error = -errno;
	free(p->buffer);
	p->buffer = NULL;
	p->fd = -1;
	if (p->error)
		atls_error("%s: %s", path, strerror(-p->error));
	return p->error;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static unsigned head_size(unsigned level)
{
	return level ? 12 : 8;
}

static void clear(struct atls_node *n)
{
	n->cells = 0;
	n->bottom = ATLS_PAGE;
}

static struct atls_node *get_level(struct atls_tree *t, unsigned level)
{
	if (level < ATLS_TREE_LEVELS && !t->levels[level]) {
		t->levels[level] = calloc(1, sizeof(struct atls_node));
		if (t->levels[level])
			clear(t->levels[level]);
	}
	return level < ATLS_TREE_LEVELS ? t->levels[level] : NULL;
}

/* Is there room for a cell of that size, and for spare more of the largest? */
static bool has_room(const struct atls_node *n, unsigned level, unsigned size, unsigned spare)
{
	return head_size(level) + 2 * (n->cells + 1) + size + spare * (ATLS_CELL_MAX + 6) <=
	       n->bottom;
}

static uint8_t *add_cell(struct atls_node *n, unsigned level, unsigned size)
{
	n->bottom -= size;
	put_u16(n->page + head_size(level) + 2 * n->cells++, n->bottom);
	return n->page + n->bottom;
}

/* Fill in the header; right is the last child of an interior page. */
static void seal(const struct atls_tree *t, struct atls_node *n, unsigned level, uint32_t right)
{
	unsigned head = head_size(level);

	n->page[0] = t->is_index ? (level ? INDEX_INTERIOR : INDEX_LEAF)
				 : (level ? TABLE_INTERIOR : TABLE_LEAF);
	put_u16(n->page + 1, 0);
	put_u16(n->page + 3, n->cells);
	put_u16(n->page + 5, n->bottom); /* at most ATLS_PAGE, which two bytes can hold */
	n->page[7] = 0;
	if (level)
		put_u32(n->page + 8, right);
	memset(n->page + head + 2 * n->cells, 0, n->bottom - head - 2 * n->cells);
}

/* The child that waits first gets its cell. */
static void place_child(struct atls_node *n, unsigned level)
{
	uint8_t *cell = add_cell(n, level, 4 + n->waiting[0].size);

	put_u32(cell, n->waiting[0].child);
	memcpy(cell + 4, n->waiting[0].key, n->waiting[0].size);
	n->waiting[0] = n->waiting[1];
	n->nwaiting--;
}

/* Tell level of a child that is complete, and of the key between it and the next. */
static int add_child(struct atls_tree *t, unsigned level, uint32_t child, const uint8_t *key,
		     unsigned size)
{
	struct atls_node *n = get_level(t, level);
	int ret = 0;

	if (!n)
		return -ENOMEM;
	if (n->nwaiting == 2 && has_room(n, level, 4 + n->waiting[0].size, 2)) {
		place_child(n, level);
	} else if (n->nwaiting == 2) {
		/* The first is the last of this page, and its key goes up. */
		seal(t, n, level, n->waiting[0].child);
		ret = add_child(t, level + 1, append(t->pages, n->page), n->waiting[0].key,
				n->waiting[0].size);
		clear(n);
		n->waiting[0] = n->waiting[1];
		n->nwaiting--;
	}
	n->waiting[n->nwaiting].child = child;
	n->waiting[n->nwaiting].size = size;
	memcpy(n->waiting[n->nwaiting++].key, key, size);
	return ret;
}

/* ---- trees ---------------------------------------------------------------------------------- */

int atls_tree_begin(struct atls_tree *t, struct atls_pages *p, uint32_t root, bool is_index)
{
	*t = (struct atls_tree){ .pages = p, .root = root, .is_index = is_index };
	return get_level(t, 0) ? 0 : -ENOMEM;
}

static int close_leaf(struct atls_tree *t, const uint8_t *key, unsigned size)
{
	struct atls_node *leaf = t->levels[0];
	uint32_t page;

	seal(t, leaf, 0, 0);
	page = append(t->pages, leaf->page);
	clear(leaf);
	return add_child(t, 1, page, key, size);
}

static int add_to_index(struct atls_tree *t, const uint8_t *cell, unsigned size)
{
	struct atls_node *leaf = t->levels[0];
	int ret = 0;

	if (t->spare_size) {
		ret = close_leaf(t, t->spare, t->spare_size);
		t->spare_size = 0;
	}
	if (has_room(leaf, 0, size, 0)) {
		memcpy(add_cell(leaf, 0, size), cell, size);
	} else {
		memcpy(t->spare, cell, size);
		t->spare_size = size;
	}
	return ret;
}

static int add_to_table(struct atls_tree *t, int64_t rowid, const uint8_t *cell, unsigned size)
{
	struct atls_node *leaf = t->levels[0];
	uint8_t key[9];
	int ret = 0;

	if (!has_room(leaf, 0, size, 0))
		ret = close_leaf(t, key, put_varint(key, (uint64_t)t->last));
	memcpy(add_cell(leaf, 0, size), cell, size);
	t->last = rowid;
	return ret;
}

int atls_tree_add(struct atls_tree *t, int64_t rowid, const int64_t *values, unsigned n)
{
	uint8_t record[ATLS_CELL_MAX], cell[ATLS_CELL_MAX + 20];
	unsigned size = put_record(record, values, n);
	unsigned head = put_varint(cell, size);

	if (!t->is_index)
		head += put_varint(cell + head, (uint64_t)rowid);
	memcpy(cell + head, record, size);
	return t->is_index ? add_to_index(t, cell, head + size)
			   : add_to_table(t, rowid, cell, head + size);
}

/*
 * The last row found no room, and none follows that it could part from the leaf: the one before
 * does.
 */
static int place_spare(struct atls_tree *t)
{
	struct atls_node *leaf = t->levels[0];
	unsigned end = leaf->cells > 1 ? 0 : ATLS_PAGE, size;
	uint8_t key[ATLS_CELL_MAX];
	int ret;

	if (!end) /* cells are stacked downward: the last ends where the one before it begins */
		end = (unsigned)leaf->page[8 + 2 * (leaf->cells - 2)] << 8 |
		      leaf->page[8 + 2 * (leaf->cells - 2) + 1];
	size = end - leaf->bottom;
	memcpy(key, leaf->page + leaf->bottom, size);
	leaf->bottom = end;
	leaf->cells--;
	ret = close_leaf(t, key, size);
	memcpy(add_cell(leaf, 0, t->spare_size), t->spare, t->spare_size);
	t->spare_size = 0;
	return ret;
}

/* Close the levels upward. The top one is written over the root. */
static void close_levels(struct atls_tree *t)
{
	uint32_t right = 0;

	for (unsigned level = 0; level < ATLS_TREE_LEVELS && t->levels[level]; level++) {
		struct atls_node *n = t->levels[level];

		while (n->nwaiting)
			place_child(n, level);
		seal(t, n, level, right);
		if (level + 1 < ATLS_TREE_LEVELS && t->levels[level + 1])
			right = append(t->pages, n->page);
		else
			write_at(t->pages, n->page, ATLS_PAGE, t->root);
	}
}

int atls_tree_end(struct atls_tree *t)
{
	int ret = t->spare_size ? place_spare(t) : 0;

	if (!ret && t->levels[0] && t->levels[0]->cells)
		close_levels(t);
	atls_tree_free(t);
	return ret;
}

void atls_tree_free(struct atls_tree *t)
{
	for (unsigned i = 0; i < ATLS_TREE_LEVELS; i++) {
		free(t->levels[i]);
		t->levels[i] = NULL;
	}
}
