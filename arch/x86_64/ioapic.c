/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O APICs: everything masked but the timers that a run turns into NMIs. */
#include "internal.h"

#define IOREGSEL    0
#define IOWIN	    4 /* in words: byte 0x10 */
#define IOAPIC_VER  1
#define IOAPIC_RTE  0x10
#define RTE_NMI	    0x400 /* physical destination, edge, active high */
#define RTE_MASKED  0x10000
#define RTE_DEST(i) ((i) << 24)

static struct {
	volatile u32 *regs;
	u32 gsi_base, pins;
} ioapic[BOOT_MAX_IOAPICS];
static u32 nr_ioapics;

static u32 ioapic_read(u32 i, u32 reg)
{
	ioapic[i].regs[IOREGSEL] = reg;
	return ioapic[i].regs[IOWIN];
}

static void ioapic_write(u32 i, u32 reg, u32 v)
{
	ioapic[i].regs[IOREGSEL] = reg;
	ioapic[i].regs[IOWIN] = v;
}

/* Two 8259s are on every PC: masked, and their vectors out of the exceptions' way. */
static void pic_silence(void)
{
	static const u8 words[2][4] = {{0x11, VECTOR_PIC, 4, 1}, {0x11, VECTOR_PIC + 8, 2, 1}};
	static const u16 ports[2] = {0x20, 0xa0};

	for (u32 p = 0; p < 2; p++) {
		outb(ports[p], words[p][0]);
		for (u32 w = 1; w < 4; w++)
			outb(ports[p] + 1, words[p][w]);
		outb(ports[p] + 1, 0xff);
	}
}

void ioapic_init(const struct boot_info *bi)
{
	pic_silence();
	for (u32 n = 0; n < bi->nr_ioapics; n++) {
		volatile u32 *regs = mmu_map_device(bi->ioapic[n].base, PAGE_SIZE);
		u32 i = nr_ioapics;

		if (!regs)
			continue;
		ioapic[i].regs = regs;
		ioapic[i].gsi_base = bi->ioapic[n].gsi_base;
		ioapic[i].pins = (ioapic_read(i, IOAPIC_VER) >> 16 & 0xff) + 1;
		for (u32 pin = 0; pin < ioapic[i].pins; pin++)
			ioapic_write(i, IOAPIC_RTE + 2 * pin, RTE_MASKED);
		nr_ioapics++;
	}
}

static bool find_pin(u32 gsi, u32 *i, u32 *pin)
{
	for (*i = 0; *i < nr_ioapics; ++*i) {
		*pin = gsi - ioapic[*i].gsi_base;
		if (*pin < ioapic[*i].pins)
			return true;
	}
	return false;
}

int ioapic_route_nmi(u32 gsi, u32 apic_id)
{
	u32 i, pin;

	if (!find_pin(gsi, &i, &pin))
		return -ENODEV;
	if (apic_id > 254)
		return -EINVAL; /* eight destination bits without interrupt remapping */
	ioapic_write(i, IOAPIC_RTE + 2 * pin + 1, RTE_DEST(apic_id));
	ioapic_write(i, IOAPIC_RTE + 2 * pin, RTE_NMI);
	return 0;
}

void ioapic_mask(u32 gsi)
{
	u32 i, pin;

	if (find_pin(gsi, &i, &pin))
		ioapic_write(i, IOAPIC_RTE + 2 * pin, RTE_MASKED);
}
