/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbols.h"
#include "main.h"
#include "string.h"

/* Made by tests/run/symtab.py, which describes them. */
extern const u32 symtab_count __attribute__((__visibility__("hidden")));
extern const u32 symtab_offset[] __attribute__((__visibility__("hidden")));
extern const u32 symtab_group[] __attribute__((__visibility__("hidden")));
extern const char symtab_names[] __attribute__((__visibility__("hidden")));

#define SYMTAB_GROUP 16

static const char *name_of(u32 i)
{
	const char *name = symtab_names + symtab_group[i / SYMTAB_GROUP];

	for (u32 n = i % SYMTAB_GROUP; n; n--)
		name += strlen(name) + 1;
	return name;
}

const char *symbol_name(uintptr_t pc, size_t *offset)
{
	uintptr_t start = (uintptr_t)text_start;
	u32 low = 0, high = symtab_count;

	if (pc < start || pc >= (uintptr_t)text_end)
		return NULL;
	pc -= start;
	/* Invariant: offset[low - 1] <= pc < offset[high] */
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (symtab_offset[mid] <= pc)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return NULL;
	*offset = pc - symtab_offset[low - 1];
	return name_of(low - 1);
}

static int (*windows)(uintptr_t pc);

void symbol_set_windows(int (*window)(uintptr_t pc))
{
	windows = window;
}

int symbol_window(uintptr_t pc)
{
	return windows ? windows(pc) : -1;
}

uintptr_t image_base(void)
{
	return boot->image_base;
}
