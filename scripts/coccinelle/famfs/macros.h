/* SPDX-License-Identifier: GPL-2.0 */
/* For spatch alone, which else leaves out every function with one of these. */
#define scoped_guard(lock, ...) if (1)
#define CLASS(type, name) type name = type
#define __free(name)
