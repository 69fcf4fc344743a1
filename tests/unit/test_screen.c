/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen, on a framebuffer in ordinary memory. Text is read back from its pixels.
 * unit: kernel/screen.c kernel/font.c kernel/string.c
 */
#include "unit.h"

#include <arch/mmu.h>
#include "../../boot/boot_info.h"
#include "../../kernel/console.h"
#include "../../kernel/font.h"
#include "../../kernel/string.h"

#define WHITE 0xffffffu
#define GREEN 0x60ff60u
#define RED   0xff6060u

static u32 *pixels;
static struct boot_framebuffer fb;

volatile void *mmu_map_framebuffer(u64 base, u64 size)
{
	unit_free(pixels);
	pixels = unit_alloc(size);
	memset(pixels, 0x55, size);
	return pixels;
}

static int start(u32 width, u32 height, u32 stride)
{
	static struct boot_info bi;

	fb = (struct boot_framebuffer){0x1000, width, height, stride, PIXEL_BGRX};
	bi.fb = fb;
	return screen_init(&bi);
}

static void write(const char *s)
{
	screen_write(s, strlen(s));
}

static u32 at(u32 x, u32 y)
{
	return pixels[(size_t)y * fb.stride + x];
}

/* Does the cell show this glyph in exactly this colour, magnified @scale times? */
static bool shows(u32 column, u32 row, u32 scale, char c, u32 colour)
{
	for (u32 y = 0; y < FONT_HEIGHT * scale; y++) {
		u32 line = y / scale - FONT_GLYPH_TOP;
		u8 bits = line < FONT_GLYPH_LINES ? font_glyph[c - FONT_FIRST][line] : 0;

		for (u32 x = 0; x < FONT_WIDTH * scale; x++) {
			bool ink = bits & (0x40u >> (x / scale));

			if (at(column * FONT_WIDTH * scale + x, row * FONT_HEIGHT * scale + y) !=
			    (ink ? colour : 0))
				return false;
		}
	}
	return true;
}

/* The row's text, read from the pixels; "" at the end of what is there. */
static const char *row_text(u32 row)
{
	static char text[260];
	u32 n = 0, columns, rows;

	screen_size(&columns, &rows);
	for (u32 c = 0; c < columns; c++) {
		char found = 0;

		for (char ch = FONT_FIRST; ch <= FONT_LAST && !found; ch++) {
			if (shows(c, row, 1, ch, WHITE) || shows(c, row, 1, ch, GREEN) ||
			    shows(c, row, 1, ch, RED))
				found = ch;
		}
		text[c] = found ? found : '~';
		if (text[c] != ' ')
			n = c + 1;
	}
	text[n] = '\0';
	return text;
}

TEST(screen_size_and_scale)
{
	static const struct {
		u32 width, height, columns, rows;
	} sizes[] = {
		{800, 600, 100, 37},   {640, 480, 80, 30},    {1024, 768, 128, 48},
		{1280, 800, 160, 50},  {1920, 1080, 240, 67}, {1600, 1200, 100, 37},
		{2560, 1440, 160, 45}, {3840, 2160, 160, 45}, {3840, 1080, 256, 67},
		{8, 16, 1, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 columns, rows;

		EXPECT_EQ(start(sizes[i].width, sizes[i].height, sizes[i].width), 0);
		screen_size(&columns, &rows);
		EXPECT_EQ(columns, sizes[i].columns);
		EXPECT_EQ(rows, sizes[i].rows);
		EXPECT_EQ(at(sizes[i].width - 1, sizes[i].height - 1), 0);
	}
}

TEST(screen_refuses_bad_framebuffers)
{
	u32 columns, rows;

	EXPECT_EQ(start(800, 600, 799), -ENODEV);
	EXPECT_EQ(start(7, 600, 800), -ENODEV);
	EXPECT_EQ(start(800, 15, 800), -ENODEV);
	EXPECT_EQ(start(800, 0xffffffff, 800), -ENODEV);
	EXPECT_EQ(start(800, 600, 0xffffffff), -ENODEV);
	screen_size(&columns, &rows);
	EXPECT_EQ(columns, 0);
	EXPECT_EQ(rows, 0);
	write("nobody sees this\n");
	screen_clear();
}

TEST(screen_shows_text)
{
	start(800, 600, 800);
	write("@@BEGIN barelock\n# sum {x} \"y\" ~");
	EXPECT_STR(row_text(0), "@@BEGIN barelock");
	EXPECT_STR(row_text(1), "# sum {x} \"y\" ~");
	write(" and on\r\na\tb\x01\xff\n");
	EXPECT_STR(row_text(1), "# sum {x} \"y\" ~ and on");
	EXPECT_STR(row_text(2), "a       b??");
	EXPECT_STR(row_text(3), "");
}

TEST(screen_glyphs_are_all_different)
{
	for (u32 a = 0; a < ARRAY_SIZE(font_glyph); a++) {
		for (u32 b = 0; b < a; b++)
			EXPECT(memcmp(font_glyph[a], font_glyph[b], FONT_GLYPH_LINES) != 0);
		for (u32 i = 0; i < FONT_GLYPH_LINES; i++)
			EXPECT(font_glyph[a][i] < 0x80);
	}
}

TEST(screen_magnifies)
{
	start(1600, 1200, 1664);
	write("ok 1 x\nQ");
	EXPECT(shows(0, 0, 2, 'o', GREEN));
	EXPECT(shows(5, 0, 2, 'x', GREEN));
	EXPECT(shows(0, 1, 2, 'Q', WHITE));
	/* What the stride holds beyond the width is not ours. */
	EXPECT_EQ(at(1600, 0), 0x55555555);
	EXPECT_EQ(at(1663, 1199), 0x55555555);
}

TEST(screen_colours_verdicts)
{
	start(800, 600, 800);
	write("ok 1 a\nnot ok 2 b\nBail out! c\nokay\n# hang cpu=1\n# | pass: 1\n# | fail: 1\n# | "
	      "1\n");
	EXPECT(shows(3, 0, 1, '1', GREEN));
	EXPECT(shows(9, 1, 1, 'b', RED));
	EXPECT(shows(10, 2, 1, 'c', RED));
	EXPECT(shows(0, 3, 1, 'o', WHITE));
	EXPECT(shows(2, 4, 1, 'h', RED));
	EXPECT(shows(4, 5, 1, 'p', GREEN));
	EXPECT(shows(4, 6, 1, 'f', RED));
	EXPECT(shows(4, 7, 1, '1', WHITE));
}

TEST(screen_knows_pixel_formats)
{
	struct boot_info bi = {.fb = {0x1000, 800, 600, 800, PIXEL_RGBX}};

	screen_init(&bi);
	write("not ok 1 a\n");
	EXPECT(shows(0, 0, 1, 'n', 0x6060ff));
}

TEST(screen_wraps_and_cuts_long_lines)
{
	char line[420];

	start(800, 600, 800);
	memset(line, 'a', sizeof(line));
	memcpy(line, "not ok ", 7);
	line[100] = 'b';
	line[299] = 'c';
	line[300] = '\n';
	screen_write(line, 301);
	write("next\n");
	EXPECT_EQ(strlen(row_text(0)), 100);
	EXPECT(shows(0, 1, 1, 'b', RED));
	EXPECT(shows(99, 2, 1, 'c', RED));
	EXPECT_STR(row_text(3), "next");

	line[300] = 'd';
	line[419] = '\n';
	screen_write(line, 420);
	write("next\n");
	EXPECT(shows(99, 6, 1, '>', RED));
	EXPECT_STR(row_text(7), "next");
}

TEST(screen_scrolls_by_half)
{
	char line[8] = "line AA";

	start(800, 600, 800);
	for (u32 i = 0; i < 37 * 3; i++) {
		line[5] = 'A' + i / 26;
		line[6] = 'A' + i % 26;
		write(line);
		if (i == 36)
			EXPECT_STR(row_text(36), "line BK");
		write("\n");
		if (i == 36) {
			EXPECT_STR(row_text(0), "line AS");
			EXPECT_STR(row_text(18), "line BK");
			EXPECT_STR(row_text(19), "");
		}
	}
	EXPECT_STR(row_text(0), "line DM");
	EXPECT_STR(row_text(20), "line EG");
	EXPECT_STR(row_text(21), "");
	screen_clear();
	EXPECT_STR(row_text(0), "");
	EXPECT_STR(row_text(18), "");
	write("table\n");
	EXPECT_STR(row_text(0), "table");
}

/* A line that wraps while the page scrolls stays in one piece, and is cut all the same. */
TEST(screen_scrolls_within_a_line)
{
	char line[400];

	start(800, 600, 800);
	for (u32 i = 0; i < 36; i++)
		write("x\n");
	memset(line, 'y', sizeof(line));
	screen_write(line, sizeof(line));
	EXPECT_STR(row_text(17), "x");
	for (u32 i = 18; i < 21; i++)
		EXPECT(shows(0, i, 1, 'y', WHITE));
	EXPECT(shows(99, 20, 1, '>', WHITE));
	EXPECT_STR(row_text(21), "");
}

TEST(screen_survives_one_cell)
{
	start(8, 16, 8);
	write("ok 1 on a very small screen\nA\nB");
	EXPECT_STR(row_text(0), "B");
}

/* The framebuffer is slow: a cell that does not change is not drawn again. */
TEST(screen_draws_only_changes)
{
	start(800, 600, 800);
	write("same\nother\n");
	pixels[5 * 800] = 0x123456;
	write("more\n");
	EXPECT_EQ(at(0, 5), 0x123456);
	screen_clear();
	EXPECT_EQ(at(0, 5), 0);
}
