/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stepping engines of the image and of the Linux program share: boundaries. */
#ifndef X86_STEP_COMMON_H
#define X86_STEP_COMMON_H

#include <arch/step.h>

#define PAUSE	   0x90f3 /* little-endian */
#define PAUSE_SIZE 2

/* entry.S, or the program's step_enter.S: where a context's function returns to. */
extern const char step_return[];

/* step_class.c: STEP_PRIVATE only where that is certain. @p: an instruction. */
enum step_class step_classify(const u8 *p);

/* The class of the instruction at @pc, remembered in s->text_class. */
static inline enum step_class step_look_up(const struct stepper *s, uintptr_t pc)
{
	u8 *class = s->text_class + (pc - s->text);

	if (pc - s->text >= s->text_size)
		return STEP_PRIVATE;
	if (!(*class & STEP_CLASS_MASK))
		*class |= step_classify((const u8 *)pc);
	return *class & STEP_CLASS_MASK;
}

/* The instruction at @pc is executed or passed over: count, mark and trace it. */
static inline void step_book(struct stepper *s, uintptr_t pc)
{
	s->taken++;
	if (s->steps)
		s->steps--;
	if (pc - s->text < s->text_size)
		s->text_class[pc - s->text] |= STEP_SEEN;
	if (!s->trace)
		return;
	if (s->trace_len < s->trace_max)
		s->trace[s->trace_len] = pc;
	s->trace_len++;
}

#endif
