/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are part of the image: tests/scripts/ and tests/expected/. */
#ifndef TESTS_TEXTS_H
#define TESTS_TEXTS_H

/* Content of the file @path ("tests/expected/matrix"), or NULL: this image has no such file. */
const char *text_find(const char *path);

#endif
