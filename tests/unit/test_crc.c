/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 against published check values.
 * unit: kernel/crc32.c kernel/string.c
 */
#include "unit.h"

#include "../../kernel/crc32.h"
#include "../../kernel/string.h"

static u32 crc_of(const char *s)
{
	return crc32_update(0, s, strlen(s));
}

/* The "check" value of every CRC catalogue, then values made with zlib. */
TEST(crc_known_values)
{
	EXPECT_EQ(crc_of("123456789"), 0xcbf43926);
	EXPECT_EQ(crc_of(""), 0);
	EXPECT_EQ(crc_of("a"), 0xe8b7be43);
	EXPECT_EQ(crc_of("KTAP version 1\n"), 0x0874fc0a);
}

TEST(crc_in_portions)
{
	const char *s = "The quick brown fox jumps over the lazy dog";

	EXPECT_EQ(crc_of(s), 0x414fa339);
	for (size_t i = 0; i <= strlen(s); i++)
		EXPECT_EQ(crc32_update(crc32_update(0, s, i), s + i, strlen(s) - i), 0x414fa339);
}

TEST(crc_sees_every_bit)
{
	u8 data[64] = {0};
	u32 clean = crc32_update(0, data, sizeof(data));

	for (u32 bit = 0; bit < 8 * sizeof(data); bit++) {
		data[bit / 8] ^= 1u << bit % 8;
		EXPECT(crc32_update(0, data, sizeof(data)) != clean);
		data[bit / 8] ^= 1u << bit % 8;
	}
}
