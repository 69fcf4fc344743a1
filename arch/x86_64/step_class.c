/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instructions touch nothing but the registers and the own stack? Only those known to
 * say so: whatever is not listed counts as shared. The image is compiled with frame
 * pointers, so memory at RBP and RSP is the stack. SDM volume 2, appendix A.
 */
#include "step_common.h"

#define REX_B 1
#define REX_X 2

/* What an opcode does beyond the general registers. */
enum form {
	UNKNOWN,
	NO_MEMORY, /* none, or only a push or pop */
	MODRM,	   /* what its ModRM byte names */
	MODRM_REG, /* MODRM, but shared if that is memory at all */
};

/* Memory operands: the stack only by RBP or RSP plus a constant. */
static enum step_class operand(const u8 *p, u8 rex, enum form form)
{
	u8 mod = p[0] >> 6, rm = p[0] & 7;

	if (mod == 3)
		return STEP_PRIVATE;
	if (form == MODRM_REG || rex & REX_B)
		return STEP_SHARED;
	if (rm == 5)
		return mod ? STEP_PRIVATE : STEP_SHARED; /* mod 0: at RIP */
	if (rm != 4)
		return STEP_SHARED;
	/* SIB byte: no index, base RSP, or RBP where it is not "none". */
	if (rex & REX_X || (p[1] >> 3 & 7) != 4)
		return STEP_SHARED;
	if ((p[1] & 7) == 4)
		return STEP_PRIVATE;
	return (p[1] & 7) == 5 && mod ? STEP_PRIVATE : STEP_SHARED;
}

static enum form form_of(u8 op)
{
	switch (op) {
	case 0x00 ... 0x3f:
		return (op & 7) < 4 ? MODRM : (op & 7) < 6 ? NO_MEMORY : UNKNOWN;
	case 0x50 ... 0x5f: /* PUSH, POP */
	case 0x68:
	case 0x6a:
	case 0x70 ... 0x7f: /* Jcc */
	case 0x8d:	    /* LEA */
	case 0x90 ... 0x99: /* NOP, XCHG, CDQE, CDQ */
	case 0xa8 ... 0xa9: /* TEST */
	case 0xb0 ... 0xbf: /* MOV */
	case 0xc2 ... 0xc3: /* RET */
	case 0xc9:	    /* LEAVE */
	case 0xe0 ... 0xe3: /* LOOP, JRCXZ */
	case 0xe8 ... 0xe9: /* CALL, JMP */
	case 0xeb:
		return NO_MEMORY;
	case 0x63: /* MOVSXD */
	case 0x69:
	case 0x6b: /* IMUL */
	case 0x80 ... 0x81:
	case 0x83 ... 0x85: /* ALU, TEST */
	case 0x88 ... 0x8b: /* MOV */
	case 0xc0 ... 0xc1:
	case 0xc6 ... 0xc7:
	case 0xd0 ... 0xd3:
	case 0xf6 ... 0xf7:
	case 0xfe ... 0xff:
		return MODRM;
	case 0x86 ... 0x87: /* XCHG locks memory */
		return MODRM_REG;
	default:
		return UNKNOWN;
	}
}

static enum form form_of_0f(u8 op)
{
	switch (op) {
	case 0x1f:	    /* NOP */
	case 0x80 ... 0x8f: /* Jcc */
	case 0xc8 ... 0xcf: /* BSWAP */
		return NO_MEMORY;
	case 0x40 ... 0x4f: /* CMOVcc */
	case 0x90 ... 0x9f: /* SETcc */
	case 0xaf:	    /* IMUL */
	case 0xb6 ... 0xb7:
	case 0xbe ... 0xbf: /* MOVZX, MOVSX */
	case 0xba:	    /* BT by a constant */
	case 0xb8:
	case 0xbc ... 0xbd: /* POPCNT, BSF, BSR */
		return MODRM;
	case 0xa3:
	case 0xab:
	case 0xb3:
	case 0xbb: /* BT by a register reaches beyond its operand */
	case 0xb0 ... 0xb1:
	case 0xc0 ... 0xc1: /* CMPXCHG, XADD */
		return MODRM_REG;
	default:
		return UNKNOWN;
	}
}

enum step_class step_classify(const u8 *p)
{
	bool repeat = false;
	enum form form;
	u8 rex = 0;

	while (*p == 0x66 || *p == 0xf2 || *p == 0xf3)
		repeat |= *p++ == 0xf3;
	if (*p >> 4 == 4)
		rex = *p++;
	if (repeat && *p == 0x90)
		return STEP_WAIT;
	form = *p == 0x0f ? form_of_0f(*++p) : form_of(*p);
	switch (form) {
	case NO_MEMORY:
		return STEP_PRIVATE;
	case MODRM:
	case MODRM_REG:
		return operand(p + 1, rex, form);
	default:
		return STEP_SHARED;
	}
}
