/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printf.h"
#include "string.h"

/* Where characters go; counts also those that find no room. */
struct sink {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, alt, upper;
	int width, precision; /* precision -1: none */
	int longs;	      /* number of 'l' */
	bool size_type;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void put_repeated(struct sink *s, char c, int n)
{
	while (n-- > 0)
		put(s, c);
}

static void put_string(struct sink *s, const struct spec *f, const char *str)
{
	int len;

	if (!str)
		str = "(null)";
	len = f->precision < 0 ? (int)strlen(str) : (int)strnlen(str, f->precision);
	if (!f->left)
		put_repeated(s, ' ', f->width - len);
	for (int i = 0; i < len; i++)
		put(s, str[i]);
	if (f->left)
		put_repeated(s, ' ', f->width - len);
}

static void put_number(struct sink *s, const struct spec *f, u64 v, unsigned int base,
		       const char *prefix)
{
	const char *digits = f->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24];
	int n = 0, len;

	do {
		tmp[n++] = digits[v % base];
		v /= base;
	} while (v);
	len = n + (int)strlen(prefix);

	if (!f->left && !f->zero)
		put_repeated(s, ' ', f->width - len);
	while (*prefix)
		put(s, *prefix++);
	if (!f->left && f->zero)
		put_repeated(s, '0', f->width - len);
	while (n)
		put(s, tmp[--n]);
	if (f->left)
		put_repeated(s, ' ', f->width - len);
}

static int parse_number(const char **fmt, va_list *ap)
{
	int n = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(*ap, int);
	}
	while (**fmt >= '0' && **fmt <= '9')
		n = n * 10 + (*(*fmt)++ - '0');
	return n;
}

/* Flags, width, precision and length of one conversion; leaves *fmt at its letter. */
static struct spec parse_spec(const char **fmt, va_list *ap)
{
	struct spec f = {.precision = -1};

	for (;; (*fmt)++) {
		if (**fmt == '-')
			f.left = true;
		else if (**fmt == '0')
			f.zero = true;
		else if (**fmt == '#')
			f.alt = true;
		else
			break;
	}
	f.width = parse_number(fmt, ap);
	if (f.width < 0) {
		f.left = true;
		f.width = -f.width;
	}
	if (**fmt == '.') {
		(*fmt)++;
		f.precision = parse_number(fmt, ap);
	}
	for (; **fmt == 'l' || **fmt == 'z'; (*fmt)++) {
		if (**fmt == 'z')
			f.size_type = true;
		else
			f.longs++;
	}
	return f;
}

static u64 unsigned_arg(const struct spec *f, va_list *ap)
{
	if (f->longs >= 2)
		return va_arg(*ap, unsigned long long);
	if (f->longs == 1)
		return va_arg(*ap, unsigned long);
	return f->size_type ? va_arg(*ap, size_t) : va_arg(*ap, unsigned int);
}

static s64 signed_arg(const struct spec *f, va_list *ap)
{
	if (f->longs >= 2)
		return va_arg(*ap, long long);
	if (f->longs == 1)
		return va_arg(*ap, long);
	return f->size_type ? (s64)va_arg(*ap, size_t) : va_arg(*ap, int);
}

static void put_conversion(struct sink *s, struct spec *f, char letter, va_list *ap)
{
	u64 u;
	s64 d;

	switch (letter) {
	case 'd':
	case 'i':
		d = signed_arg(f, ap);
		put_number(s, f, d < 0 ? -(u64)d : (u64)d, 10, d < 0 ? "-" : "");
		break;
	case 'u':
		put_number(s, f, unsigned_arg(f, ap), 10, "");
		break;
	case 'X':
		f->upper = true;
		__attribute__((__fallthrough__));
	case 'x':
		u = unsigned_arg(f, ap);
		put_number(s, f, u, 16, f->alt && u ? (f->upper ? "0X" : "0x") : "");
		break;
	case 'p':
		put_number(s, f, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		break;
	case 'c':
		put_string(s, f, (char[]){(char)va_arg(*ap, int), '\0'});
		break;
	case 's':
		put_string(s, f, va_arg(*ap, const char *));
		break;
	default: /* '%', and what we do not know shows up as it is */
		put(s, letter);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink s = {.buf = buf, .size = size};
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		struct spec f;

		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		fmt++;
		f = parse_spec(&fmt, &ap);
		if (!*fmt)
			break;
		put_conversion(&s, &f, *fmt, &ap);
	}
	va_end(ap);
	if (size)
		buf[MIN(s.len, size - 1)] = '\0';
	return (int)s.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->buf + t->len, room, fmt, ap);

	if ((size_t)n < room) {
		t->len += n;
	} else {
		t->full = true;
		t->len = t->size ? t->size - 1 : 0;
	}
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}
