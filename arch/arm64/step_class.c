/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What A64 instructions are to the stepper, and those it performs (Arm ARM, C4.1). */
#include "internal.h"

#define FIELD(insn, from, bits) ((insn) >> (from) & ((1u << (bits)) - 1))
#define RN(insn)		FIELD(insn, 5, 5)
#define NR_FP			29
#define NR_SP			31

/* YIELD to DGH: they do nothing that a sequential engine could show. The rest is PAC, BTI... */
#define HINT_YIELD 1
#define HINT_DGH   6

/* Between an exclusive load and its store there are a few instructions (Arm ARM, B2.9.5). */
#define PAIR_MAX 32

static bool is_clrex(u32 insn)
{
	return (insn & 0xfffff0ff) == 0xd503305f;
}

static u8 classify_system(u32 insn)
{
	if ((insn & 0xfffff01f) == 0xd503201f) {
		u32 hint = FIELD(insn, 5, 7);

		return hint >= HINT_YIELD && hint <= HINT_DGH ? STEP_WAIT | STEP_PERFORMED
							      : STEP_PRIVATE;
	}
	if ((insn & 0xffffffc0) == 0xd5031000) /* WFET, WFIT */
		return STEP_WAIT | STEP_PERFORMED;
	if (is_clrex(insn))
		return STEP_PRIVATE | STEP_PERFORMED;
	/* SYS: DC ZVA writes memory. */
	return (insn & 0xfff80000) == 0xd5080000 ? STEP_SHARED : STEP_PRIVATE;
}

static bool is_prefetch(u32 insn)
{
	return (insn & 0xffc00000) == 0xf9800000 || (insn & 0xffe00c00) == 0xf8a00800 ||
	       (insn & 0xffe00c00) == 0xf8800000;
}

static u8 classify_access(u32 insn)
{
	if ((insn & 0x3f000000) == 0x08000000) {
		bool exclusive = !FIELD(insn, 23, 1);
		/* CAS of a pair has the place of exclusive pairs of bytes. */
		bool casp = FIELD(insn, 21, 1) && insn >> 30 < 2;

		return STEP_SHARED | (exclusive && !casp ? STEP_PERFORMED : 0);
	}
	/* A literal is text; a prefetch shows nothing. */
	if ((insn & 0x3b000000) == 0x18000000 || is_prefetch(insn))
		return STEP_PRIVATE;
	if ((insn & 0x3b200c00) == 0x38200000) /* LDADD and its like */
		return STEP_SHARED;
	return RN(insn) == NR_SP || RN(insn) == NR_FP ? STEP_PRIVATE : STEP_SHARED;
}

u8 step_classify(u32 insn)
{
	switch (FIELD(insn, 25, 4)) {
	case 0x4:
	case 0x6:
	case 0xc:
	case 0xe:
		return classify_access(insn);
	case 0xa:
	case 0xb:
		return (insn & 0xffc00000) == 0xd5000000 ? classify_system(insn) : STEP_PRIVATE;
	case 0x5:
	case 0x7:
	case 0x8:
	case 0x9:
	case 0xd:
	case 0xf:
		return STEP_PRIVATE;
	default:
		return STEP_SHARED; /* SVE, SME, not allocated */
	}
}

/* B, BL, BR, BLR, RET: what lies before is not what runs before. */
static bool goes_away(u32 insn)
{
	return (insn & 0x7c000000) == 0x14000000 || (insn & 0xfe000000) == 0xd6000000;
}

bool step_in_pair(uintptr_t pc)
{
	const u32 *p = (const u32 *)pc;

	for (u32 i = 0; i < PAIR_MAX; i++) {
		u32 insn = *--p;
		u8 class = step_classify(insn);

		if (class & STEP_PERFORMED)
			return (class & STEP_CLASS_MASK) == STEP_SHARED && FIELD(insn, 22, 1);
		if (goes_away(insn))
			return false;
	}
	return false;
}

static u64 load(uintptr_t address, u32 size)
{
	switch (size) {
	case 1:
		return READ_ONCE(*(u8 *)address);
	case 2:
		return READ_ONCE(*(u16 *)address);
	case 4:
		return READ_ONCE(*(u32 *)address);
	default:
		return READ_ONCE(*(u64 *)address);
	}
}

static void store(uintptr_t address, u32 size, u64 value)
{
	switch (size) {
	case 1:
		WRITE_ONCE(*(u8 *)address, value);
		break;
	case 2:
		WRITE_ONCE(*(u16 *)address, value);
		break;
	case 4:
		WRITE_ONCE(*(u32 *)address, value);
		break;
	default:
		WRITE_ONCE(*(u64 *)address, value);
	}
}

/* Register 31 is zero here. */
static u64 get(const struct trap_frame *f, u32 n)
{
	return n == 31 ? 0 : f->x[n];
}

static void set(struct trap_frame *f, u32 n, u64 value)
{
	if (n != 31)
		f->x[n] = value;
}

/*
 * The order of the steps is the order of memory, so acquire and release add nothing. The
 * store may succeed though memory has been away and back: the monitor is weaker than that
 * (Arm ARM, B2.9), code must not rely on it either way, but a repeat of the run must do the same.
 */
static void perform_exclusive(struct trap_frame *f, struct step_exclusive *x, u32 insn)
{
	u32 size = 1 << (insn >> 30), rt = FIELD(insn, 0, 5);
	uintptr_t address = RN(insn) == NR_SP ? f->sp : f->x[RN(insn)];
	bool is_load = FIELD(insn, 22, 1), kept;

	if (is_load) {
		*x = (struct step_exclusive){address, size, load(address, size)};
		set(f, rt, x->value);
		return;
	}
	kept = x->address == address && x->size == size && load(address, size) == x->value;
	if (kept)
		store(address, size, get(f, rt));
	*x = (struct step_exclusive){0};
	set(f, FIELD(insn, 16, 5), !kept);
}

bool step_perform(struct trap_frame *f, struct step_exclusive *x, u32 insn)
{
	if ((insn & 0x3f000000) == 0x08000000) {
		if (FIELD(insn, 21, 1))
			return false; /* a pair of registers */
		perform_exclusive(f, x, insn);
	} else if (is_clrex(insn)) {
		*x = (struct step_exclusive){0};
	}
	f->pc += 4;
	return true;
}
