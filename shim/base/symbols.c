/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an object's dynamic symbols. */
#include "base/symbols.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HIDDEN 0x8000 /* in a symbol's version number */

struct symbols {
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Half) * versions; /* NULL if the object has none */
	const uint32_t *hash, *gnu_hash;
	const char *needed;  /* a list of Verneed, NULL if there is none */
	const char *defined; /* of Verdef */
};

/* Most machines' loaders put addresses where the file has offsets. */
static const void *address(const struct link_map *object, const ElfW(Dyn) * entry)
{
	ElfW(Addr) at = entry->d_un.d_ptr;

	return (const void *)(at < object->l_addr ? at + object->l_addr : at);
}

static void read_dynamic(struct symbols *s, const struct link_map *object)
{
	for (const ElfW(Dyn) *d = object->l_ld; d && d->d_tag != DT_NULL; d++) {
		switch (d->d_tag) {
		case DT_SYMTAB:
			s->symbols = address(object, d);
			break;
		case DT_STRTAB:
			s->names = address(object, d);
			break;
		case DT_VERSYM:
			s->versions = address(object, d);
			break;
		case DT_HASH:
			s->hash = address(object, d);
			break;
		case DT_GNU_HASH:
			s->gnu_hash = address(object, d);
			break;
		case DT_VERNEED:
			s->needed = address(object, d);
			break;
		case DT_VERDEF:
			s->defined = address(object, d);
		}
	}
}

/* The hash of the GNU table. */
static uint32_t hash_of(const char *name)
{
	uint32_t h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h;
}

/* What the object defines. Returns its number, 0 if there is none. */
static size_t find_defined(const struct symbols *s, const char *name)
{
	const uint32_t *table = s->gnu_hash;
	uint32_t n_buckets = table[0], first = table[1], hash = hash_of(name);
	const uint32_t *buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof(*table));
	const uint32_t *chains = buckets + n_buckets;
	uint32_t i = n_buckets ? buckets[hash % n_buckets] : 0;

	if (i < first)
		return 0;
	for (;; i++) {
		if ((chains[i - first] | 1) == (hash | 1) &&
		    !strcmp(s->names + s->symbols[i].st_name, name))
			return i;
		if (chains[i - first] & 1)
			return 0;
	}
}

/* The GNU table leaves out what is only referred to, which comes first in the list of symbols. */
static size_t find(const struct symbols *s, const char *name)
{
	size_t n = s->gnu_hash ? s->gnu_hash[1] : s->hash ? s->hash[1] : 0;

	for (size_t i = 1; i < n; i++)
		if (!strcmp(s->names + s->symbols[i].st_name, name))
			return i;
	return s->gnu_hash ? find_defined(s, name) : 0;
}

static const char *needed_version(const struct symbols *s, unsigned int number)
{
	const char *at = s->needed;

	while (at) {
		const ElfW(Verneed) *need = (const void *)at;
		const char *aux_at = at + need->vn_aux;

		for (unsigned int i = 0; i < need->vn_cnt; i++) {
			const ElfW(Vernaux) *aux = (const void *)aux_at;

			if ((aux->vna_other & ~HIDDEN) == number)
				return s->names + aux->vna_name;
			aux_at += aux->vna_next;
		}
		at = need->vn_next ? at + need->vn_next : NULL;
	}
	return NULL;
}

static const char *defined_version(const struct symbols *s, unsigned int number)
{
	const char *at = s->defined;

	while (at) {
		const ElfW(Verdef) *def = (const void *)at;
		const ElfW(Verdaux) *aux = (const void *)(at + def->vd_aux);

		if ((def->vd_ndx & ~HIDDEN) == number)
			return s->names + aux->vda_name;
		at = def->vd_next ? at + def->vd_next : NULL;
	}
	return NULL;
}

static const char *version_of(const struct symbols *s, size_t symbol)
{
	unsigned int number = s->versions ? s->versions[symbol] & ~HIDDEN : VER_NDX_GLOBAL;
	const char *version;

	if (number <= VER_NDX_GLOBAL)
		return NULL;
	version = needed_version(s, number);
	return version ? version : defined_version(s, number);
}

bool atls_symbol_version(const struct link_map *object, const char *name, const char **version)
{
	struct symbols s = { 0 };
	size_t found;

	read_dynamic(&s, object);
	found = s.symbols && s.names ? find(&s, name) : 0;
	if (found)
		*version = version_of(&s, found);
	return found;
}
