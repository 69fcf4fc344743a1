/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the files that make a lock of ours from one of a Linux tree. The build gives LINUX_ID
 * (an identifier), LINUX_NAME and LINUX_VERSION (strings).
 */
#ifndef LOCK_LINUX_GLUE_H
#define LOCK_LINUX_GLUE_H

#include "../hot.h"
#include "standin/kernel.h"

/* Macros that join or quote their argument get it expanded. */
#define LINUX_EXPAND(macro, ...) macro(__VA_ARGS__)
#define LINUX_TEXT		 LINUX_EXPAND(LOCK_TEXT, LINUX_ID)
#define LINUX_TEXT_BOUNDS(id)	 .text_start = id##_text_start, .text_end = id##_text_end

#endif
