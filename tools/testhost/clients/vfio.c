// SPDX-License-Identifier: GPL-2.0
/*
 * A device that reads and writes a mapping by itself: QEMU's edu, whose memory of 4 KiB
 * it fills from there, and copies there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

#define LENGTH (2 * PMD_BYTES)
#define IOVA 0x1000000UL	/* edu has 28 bits of addresses */
#define PART 2048UL

/* Registers of edu, and where its memory is for them. */
#define EDU_FROM 0x80
#define EDU_TO 0x88
#define EDU_COUNT 0x90
#define EDU_COMMAND 0x98
#define EDU_START 1
#define EDU_TO_MEMORY 2
#define EDU_BUFFER 0x40000UL

static int open_container(const char *group_path, int *group)
{
	int container = open_file("/dev/vfio/vfio", O_RDWR);

	*group = open_file(group_path, O_RDWR);
	if (ioctl(*group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		fail("container");
	return container;
}

static void map_dma(int container, void *p)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)p,
		.iova = IOVA,
		.size = LENGTH,
	};

	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		fail("VFIO_IOMMU_MAP_DMA");
}

static uint64_t region_offset(int device, unsigned int index)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = index,
	};

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		fail("region");
	return info.offset;
}

static volatile uint8_t *start_device(int group, const char *name)
{
	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	void *registers;

	if (device < 0)
		fail("device");
	if (pwrite(device, &command, sizeof(command), PCI_COMMAND +
		   region_offset(device, VFIO_PCI_CONFIG_REGION_INDEX)) !=
	    sizeof(command))
		fail("configuration");
	registers = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, device,
			 region_offset(device, VFIO_PCI_BAR0_REGION_INDEX));
	if (registers == MAP_FAILED)
		fail("mmap of the device");
	return registers;
}

static void transfer(volatile uint8_t *registers, uint64_t from, uint64_t to,
		     uint32_t command)
{
	*(volatile uint64_t *)(registers + EDU_FROM) = from;
	*(volatile uint64_t *)(registers + EDU_TO) = to;
	*(volatile uint64_t *)(registers + EDU_COUNT) = PART;
	*(volatile uint64_t *)(registers + EDU_COMMAND) = command;
	while (*(volatile uint64_t *)(registers + EDU_COMMAND) & EDU_START)
		usleep(1000);
}

/*
 * vfio GROUP DEVICE FILE: the device copies the first 2 KiB of the file behind its
 * first 2 MiB
 */
int cmd_vfio(int argc, char **argv)
{
	volatile uint8_t *registers;
	int container, group;
	uint8_t *p;

	if (argc != 4)
		fail_say("usage: vfio GROUP DEVICE FILE");
	container = open_container(argv[1], &group);
	p = map_range(open_file(argv[3], O_RDWR), 0, LENGTH,
		      PROT_READ | PROT_WRITE, MAP_SHARED);
	map_dma(container, p);
	registers = start_device(group, argv[2]);
	transfer(registers, IOVA, EDU_BUFFER, EDU_START);
	transfer(registers, EDU_BUFFER, IOVA + PMD_BYTES,
		 EDU_START | EDU_TO_MEMORY);
	puts(memcmp(p, p + PMD_BYTES, PART) ? "differs" : "copied");
	return 0;
}
