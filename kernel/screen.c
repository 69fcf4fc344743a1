/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report on a linear framebuffer. Most PCs have no serial port; there this is all
 * that a person sees.
 *
 * A framebuffer is slow to write and far slower to read, so the text lives in ordinary
 * memory, next to a copy of what the screen shows, and only cells that differ are drawn.
 * A full page moves up by half its height at once: scrolling by single lines would draw
 * every line as often as the screen has rows.
 */
#include <arch/mmu.h>
#include "../boot/boot_info.h"
#include "console.h"
#include "font.h"
#include "string.h"

#define MAX_COLUMNS 256
#define MAX_ROWS    128

/* The figures that the report's closing table is laid out for. */
#define WANT_COLUMNS 100
#define WANT_ROWS    37

/* A longer line is cut with a mark: histograms must not push the verdicts off. */
#define MAX_ROWS_PER_LINE 3
#define CUT_MARK	  '>'

#define TAB_WIDTH	  8

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, NR_TONES };

/* Red, green, blue of each tone on black. */
static const u8 tone_rgb[NR_TONES][3] = {
	[TONE_PLAIN] = {0xff, 0xff, 0xff},
	[TONE_GOOD] = {0x60, 0xff, 0x60},
	[TONE_BAD] = {0xff, 0x60, 0x60},
};

/* One row of text: the characters, and one tone for all of them. */
struct row {
	char text[MAX_COLUMNS];
	u8 tone;
};

static struct {
	volatile u32 *pixels;
	u32 stride, scale, columns, rows;
	u32 ink[NR_TONES];
	u32 row, column, line_row; /* where the next character goes; where its line began */
	bool cut;		   /* the rest of this line is dropped */
	struct row want[MAX_ROWS], shown[MAX_ROWS];
} screen;

static u32 pixel_of(enum boot_pixel format, const u8 rgb[3])
{
	if (format == PIXEL_RGBX)
		return rgb[0] | rgb[1] << 8 | (u32)rgb[2] << 16;
	return rgb[2] | rgb[1] << 8 | (u32)rgb[0] << 16;
}

static void clear_row(struct row *row)
{
	memset(row->text, ' ', sizeof(row->text));
	row->tone = TONE_PLAIN;
}

/* The largest whole factor that leaves room for the report's lines, 1 on small screens. */
static u32 choose_scale(u32 width, u32 height)
{
	u32 across = width / (FONT_WIDTH * WANT_COLUMNS);
	u32 down = height / (FONT_HEIGHT * WANT_ROWS);

	return MAX(MIN(across, down), 1u);
}

static void blank(const struct boot_framebuffer *fb)
{
	for (u32 y = 0; y < fb->height; y++) {
		for (u32 x = 0; x < fb->width; x++)
			screen.pixels[(size_t)y * fb->stride + x] = 0;
	}
}

int screen_init(const struct boot_info *bi)
{
	const struct boot_framebuffer *fb = &bi->fb;

	screen.pixels = NULL;
	if (!fb->base || fb->stride < fb->width || fb->stride > 1 << 16 || fb->height > 1 << 16 ||
	    fb->width < FONT_WIDTH || fb->height < FONT_HEIGHT)
		return -ENODEV;
	screen.pixels = mmu_map_framebuffer(fb->base, (u64)fb->stride * fb->height * 4);
	if (!screen.pixels)
		return -ENODEV;

	screen.stride = fb->stride;
	screen.scale = choose_scale(fb->width, fb->height);
	screen.columns = MIN(fb->width / (FONT_WIDTH * screen.scale), MAX_COLUMNS);
	screen.rows = MIN(fb->height / (FONT_HEIGHT * screen.scale), MAX_ROWS);
	for (u32 i = 0; i < NR_TONES; i++)
		screen.ink[i] = pixel_of(fb->format, tone_rgb[i]);
	blank(fb);
	for (u32 i = 0; i < screen.rows; i++)
		clear_row(&screen.shown[i]);
	screen_clear();
	return 0;
}

void screen_size(u32 *columns, u32 *rows)
{
	*columns = screen.pixels ? screen.columns : 0;
	*rows = screen.pixels ? screen.rows : 0;
}

/* Eight pixels of a glyph, each @scale wide and high. */
static void draw_line(volatile u32 *at, u8 bits, u32 ink)
{
	for (u32 sy = 0; sy < screen.scale; sy++, at += screen.stride) {
		volatile u32 *p = at;

		for (u32 x = 0; x < FONT_WIDTH; x++) {
			u32 pixel = bits & (0x40u >> x) ? ink : 0;

			for (u32 sx = 0; sx < screen.scale; sx++)
				*p++ = pixel;
		}
	}
}

static void draw_cell(u32 row, u32 column, char c, u32 ink)
{
	const u8 *glyph = font_glyph[c - FONT_FIRST];
	u32 step = screen.scale * screen.stride;
	volatile u32 *at = screen.pixels + (size_t)row * FONT_HEIGHT * step +
			   column * FONT_WIDTH * screen.scale;

	at += FONT_GLYPH_TOP * step;
	for (u32 i = 0; i < FONT_GLYPH_LINES; i++, at += step)
		draw_line(at, glyph[i], ink);
}

static void show_row(u32 i)
{
	const struct row *want = &screen.want[i];
	struct row *shown = &screen.shown[i];
	bool recolour = want->tone != shown->tone;

	for (u32 c = 0; c < screen.columns; c++) {
		char ch = want->text[c];

		if (ch == shown->text[c] && (!recolour || ch == ' '))
			continue;
		draw_cell(i, c, ch, screen.ink[want->tone]);
		shown->text[c] = ch;
	}
	shown->tone = want->tone;
}

static void show_all(void)
{
	for (u32 i = 0; i < screen.rows; i++)
		show_row(i);
}

void screen_clear(void)
{
	if (!screen.pixels)
		return;
	for (u32 i = 0; i < screen.rows; i++)
		clear_row(&screen.want[i]);
	screen.row = screen.column = screen.line_row = 0;
	screen.cut = false;
	show_all();
}

static void scroll(void)
{
	u32 up = MAX(screen.rows / 2, 1u);

	memmove(screen.want, screen.want + up, (screen.rows - up) * sizeof(struct row));
	for (u32 i = screen.rows - up; i < screen.rows; i++)
		clear_row(&screen.want[i]);
	screen.row -= up;
	screen.line_row -= MIN(up, screen.line_row);
	show_all();
}

/* Move to the next row; a row keeps the tone of the line that it continues. */
static void next_row(enum tone tone)
{
	screen.column = 0;
	if (++screen.row == screen.rows)
		scroll();
	screen.want[screen.row].tone = tone;
}

/* Verdicts stand out: of cases, of the run in its closing table, and of one that died. */
static enum tone tone_of(const char *text)
{
	static const struct {
		const char *begins;
		enum tone tone;
	} tones[] = {
		{"ok ", TONE_GOOD},	  {"not ok ", TONE_BAD},     {"Bail out!", TONE_BAD},
		{"# error", TONE_BAD},	  {"# hang", TONE_BAD},	     {"# | pass: ", TONE_GOOD},
		{"# | fail: ", TONE_BAD}, {"# | error: ", TONE_BAD},
	};

	for (u32 i = 0; i < ARRAY_SIZE(tones); i++) {
		if (!strncmp(text, tones[i].begins, strlen(tones[i].begins)))
			return tones[i].tone;
	}
	return TONE_PLAIN;
}

static void end_line(void)
{
	show_row(screen.row);
	next_row(TONE_PLAIN);
	screen.line_row = screen.row;
	screen.cut = false;
}

static void put(char c)
{
	struct row *row = &screen.want[screen.row];

	if (screen.cut)
		return;
	if (screen.column == screen.columns) {
		if (screen.row - screen.line_row + 1 >= MAX_ROWS_PER_LINE) {
			row->text[screen.columns - 1] = CUT_MARK;
			screen.cut = true;
			return;
		}
		show_row(screen.row);
		next_row(row->tone);
		row = &screen.want[screen.row];
	}
	row->text[screen.column++] = c;
	if (screen.row == screen.line_row)
		row->tone = tone_of(row->text);
}

void screen_write(const char *s, size_t len)
{
	if (!screen.pixels)
		return;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n') {
			end_line();
		} else if (s[i] == '\t') {
			do
				put(' ');
			while (screen.column % TAB_WIDTH && !screen.cut);
		} else if (s[i] != '\r') {
			put(s[i] >= FONT_FIRST && s[i] <= FONT_LAST ? s[i] : '?');
		}
	}
	show_row(screen.row);
}
