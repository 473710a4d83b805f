// SPDX-License-Identifier: GPL-2.0
/*
 * tsc-khz: print the frequency of this machine's time stamp counter.
 *
 * An emulated CPU shows its guest the machine's counter.  A guest finds out the
 * frequency by itself, but is far off when it gets no CPU in that moment, and
 * then sees hours pass; so it is told.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define MEASURE_NS 200000000LL

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(void)
{
	int64_t start = now_ns(), elapsed;
	uint64_t tsc = __rdtsc();

	do {
		elapsed = now_ns() - start;
	} while (elapsed < MEASURE_NS);
	tsc = __rdtsc() - tsc;
	printf("%llu\n", (unsigned long long)(tsc * 1000000.0 / elapsed));
	return 0;
}
