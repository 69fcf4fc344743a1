/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen's typeface, drawn for this project: printable ASCII in a cell of 8 x 16.
 */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include <arch/types.h>

#define FONT_FIRST 0x20
#define FONT_LAST  0x7e

/* The cell, and where the drawn part lies in it. */
#define FONT_WIDTH	 8
#define FONT_HEIGHT	 16
#define FONT_GLYPH_TOP	 2
#define FONT_GLYPH_LINES 12

/*
 * One glyph: FONT_GLYPH_LINES lines from the top, nine of capital height and three below
 * the baseline; bit 6 is the leftmost pixel, column 7 of the cell stays empty.
 */
extern const u8 font_glyph[FONT_LAST - FONT_FIRST + 1][FONT_GLYPH_LINES];

#endif
