/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include "../../kernel/string.h"

#define MAX_PIECES 256
#define MAX_BLOCKS 65536

/* The C library's, under their own names: this file is part of both harnesses. */
void *malloc(size_t n);
void free(void *p);
void abort(void);

static struct piece {
	u64 pa;
	u8 *data;
	size_t len;
} pieces[MAX_PIECES];
static u32 nr_pieces;

static void *blocks[MAX_BLOCKS];
static u32 nr_blocks;

void memory_reset(void)
{
	while (nr_blocks)
		free(blocks[--nr_blocks]);
	while (nr_pieces)
		free(pieces[--nr_pieces].data);
}

void memory_put(u64 pa, const void *data, size_t len)
{
	struct piece *p = &pieces[nr_pieces];

	if (nr_pieces == MAX_PIECES)
		return;
	*p = (struct piece){pa, malloc(len + 1), len};
	if (!p->data)
		abort();
	memcpy(p->data, data, len);
	nr_pieces++;
}

static struct piece *find(u64 pa)
{
	for (u32 i = 0; i < nr_pieces; i++)
		if (pa >= pieces[i].pa && pa - pieces[i].pa < pieces[i].len)
			return &pieces[i];
	return NULL;
}

u8 *memory_at(u64 pa)
{
	struct piece *p = find(pa);

	return p ? p->data + (pa - p->pa) : NULL;
}

void memory_cut(u64 pa, size_t len)
{
	struct piece *p = find(pa);

	if (p && len < p->len)
		p->len = len;
}

static const void *map(void *ctx, u64 pa, size_t len)
{
	struct piece *p = find(pa);
	void *block;

	if (!p || len > p->len - (pa - p->pa) || nr_blocks == MAX_BLOCKS)
		return NULL;
	block = malloc(len);
	if (!block)
		abort();
	memcpy(block, p->data + (pa - p->pa), len);
	blocks[nr_blocks++] = block;
	return block;
}

const struct phys_reader *memory_reader(void)
{
	static const struct phys_reader reader = {.map = map};

	return &reader;
}

static u64 little(const u8 *p, u32 n)
{
	u64 v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* Make @n bytes at @p add up to 0 by the byte at @sum. */
static void fix_sum(u8 *p, size_t n, size_t sum)
{
	u8 s = 0;

	for (size_t i = 0; i < n; i++)
		s += p[i];
	p[sum] -= s;
}

static void fix_checksums(struct piece *p)
{
	if (p->len >= 20 && !memcmp(p->data, "RSD PTR ", 8)) {
		fix_sum(p->data, 20, 8);
		if (p->len >= 36)
			fix_sum(p->data, 36, 32);
	} else if (p->len >= 36) {
		u64 len = little(p->data + 4, 4);

		if (len >= 36 && len <= p->len)
			fix_sum(p->data, len, 9);
	}
}

u64 memory_load(const u8 *image, size_t len, bool fix)
{
	u64 rsdp = len >= 8 ? little(image, 8) : 0;
	size_t at = 8;

	while (at + 12 <= len) {
		u64 pa = little(image + at, 8);
		size_t n = little(image + at + 8, 4);

		at += 12;
		n = MIN(n, len - at);
		memory_put(pa, image + at, n);
		if (fix && nr_pieces)
			fix_checksums(&pieces[nr_pieces - 1]);
		at += n;
	}
	return rsdp;
}
