// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the tracepoints.  All layers have them, so this is below all.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
