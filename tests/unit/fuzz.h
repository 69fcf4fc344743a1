/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold for boot_info after a parser, whatever it was given. */
#ifndef UNIT_FUZZ_H
#define UNIT_FUZZ_H

#include "../../boot/boot_info.h"
#include "../../kernel/string.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static inline void must(bool true_here)
{
	if (!true_here)
		__builtin_trap();
}

static inline void must_be_text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	must(n < size);
	for (size_t i = 0; i < n; i++)
		must(s[i] >= ' ' && s[i] <= '~');
}

static inline void must_be_sound(const struct boot_info *bi, int rc)
{
	must(rc == 0 || rc == -EINVAL);
	must(rc ? bi->nr_notes > 0 : bi->nr_cpus > 0);
	must(bi->nr_cpus <= BOOT_MAX_CPUS && bi->nr_cpus <= bi->nr_cpus_listed);
	must(bi->nr_mem <= BOOT_MAX_MEM && bi->nr_ioapics <= BOOT_MAX_IOAPICS);
	must(bi->nr_gicrs <= BOOT_MAX_GICRS && bi->nr_notes <= BOOT_MAX_NOTES);
	must(bi->gic_version == 0 || (bi->gic_version >= 2 && bi->gic_version <= 4));
	must(bi->pm_timer <= 0xffff && bi->pm1a_control <= 0xffff);
	must(bi->uart.type == UART_NONE || bi->uart.stride == 1 || bi->uart.stride == 4);
	for (u32 i = 1; i < bi->nr_cpus; i++)
		must(bi->cpu[i - 1].hwid < bi->cpu[i].hwid);
	for (u32 i = 0; i < bi->nr_notes; i++)
		must_be_text(bi->note[i], sizeof(bi->note[i]));
	for (u32 i = 0; i < bi->nr_mem; i++) {
		must(bi->mem[i].size > 0 && !(bi->mem[i].base % 4096) && !(bi->mem[i].size % 4096));
		must(bi->mem[i].base + (bi->mem[i].size - 1) > bi->mem[i].base);
		for (u32 k = 0; k < i; k++)
			must(bi->mem[k].base + (bi->mem[k].size - 1) < bi->mem[i].base ||
			     bi->mem[i].base + (bi->mem[i].size - 1) < bi->mem[k].base);
	}
}

#endif
