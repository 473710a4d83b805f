/* SPDX-License-Identifier: GPL-2.0 */
/* First pass over a map file: is it YAML, and does it fit the schema? */
#ifndef FAMFS_MINI_SYNTAX_H
#define FAMFS_MINI_SYNTAX_H

#include <cyaml/cyaml.h>

#include "utils.h"

/* A document of a YAML stream.  @start and @end are in bytes. */
struct yaml_slice {
	size_t start;
	size_t end;
	bool good;		/* fits the schema */
};

struct yaml_slices {
	struct yaml_slice *slice;
	size_t nr;
	size_t errors;		/* problems that were reported */
};

void syntax_check(const char *name, const char *text, size_t size,
		  const cyaml_schema_value_t *schema,
		  struct yaml_slices *slices);

#endif /* FAMFS_MINI_SYNTAX_H */
