/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * famfs user ABI: how user space tells the kernel where a file lives.
 *
 * Offsets, lengths and sizes are in bytes.  The layout is that of LP64
 * machines.  A 32-bit caller can use the calls whose argument holds no
 * pointer; the others answer ENOTTY to it.
 *
 * Names, numbers and layouts are those of the header of the same name that came
 * with the first public famfs, in its version 43, so that programs which were
 * written or compiled against that one work.  Nothing of a later version is in
 * here.  The kernel cannot be asked for its version: calls that it does not know
 * answer ENOTTY, and types that it does not know EINVAL.
 */
#ifndef _UAPI_LINUX_FAMFS_IOCTL_H
#define _UAPI_LINUX_FAMFS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FAMFS_KABI_VERSION 43

/*
 * Extents that fit into the fixed-size structures.  Two, because that is what
 * the first public version of this ABI laid out.
 */
#define FAMFS_MAX_EXTENTS 2

/* Strips of one interleaved extent: the widest interleave that CXL defines. */
#define FAMFS_MAX_STRIPS 16

/* Interleaved extents that one FAMFSIOC_MAP_CREATE_V2 may list. */
#define FAMFS_IOC_MAX_INTERLEAVED_EXTENTS 4

/*
 * FIEMAP has no field for a device: fe_physical is the offset on the memory
 * device, with the device's index from this bit on.  Physical addresses have
 * 52 bits, so an offset never gets there.
 */
#define FAMFS_FIEMAP_DEVICE_SHIFT 56

/* What a file is to famfs. */
enum famfs_file_type {
	FAMFS_REG,		/* an ordinary file */
	FAMFS_SUPERBLOCK,	/* maps offset 0 of the device */
	FAMFS_LOG,		/* the log that follows the superblock */
};

/* Extent types of struct famfs_ioc_map. */
enum famfs_extent_type {
	SIMPLE_DAX_EXTENT,
	INTERLEAVED_EXTENT,
	INVALID_EXTENT_TYPE,
};

/* Extent types of struct famfs_ioc_fmap. */
enum famfs_ioc_ext_type {
	FAMFS_IOC_EXT_SIMPLE,
	FAMFS_IOC_EXT_INTERLEAVE,
};

/**
 * struct famfs_extent - a range of the first memory device
 * @offset: offset on the device, a multiple of 2 MiB
 * @len: length; a multiple of 2 MiB except in the last extent of a file
 */
struct famfs_extent {
	__u64 offset;
	__u64 len;
};

/**
 * struct famfs_ioc_map - a file's map in a structure of fixed size
 * @extent_type: SIMPLE_DAX_EXTENT; MAP_GET also answers INTERLEAVED_EXTENT, with an
 *	empty list, as there is no room for strips
 * @file_type: what the file is
 * @file_size: size of the file, at most the sum of the extents' lengths
 * @ext_list_count: entries of @ext_list in use, 1 to FAMFS_MAX_EXTENTS; 0 for
 *	INTERLEAVED_EXTENT
 * @ext_list: the extents in file order
 */
struct famfs_ioc_map {
	enum famfs_extent_type extent_type;
	enum famfs_file_type file_type;
	__u64 file_size;
	__u64 ext_list_count;
	struct famfs_extent ext_list[FAMFS_MAX_EXTENTS];
};

/**
 * struct famfs_ioc_simple_extent - a range of one memory device
 * @devindex: which device of the mount, 0 is the one that was mounted
 * @offset: offset on the device, a multiple of 2 MiB
 * @len: length; a multiple of 2 MiB except in the last extent of a file
 */
struct famfs_ioc_simple_extent {
	__u64 devindex;
	__u64 offset;
	__u64 len;
};

/**
 * struct famfs_ioc_interleaved_ext - a range of a file striped over strips
 * @ie_nstrips: number of strips, 1 to FAMFS_MAX_STRIPS
 * @ie_chunk_size: bytes on one strip before the next one is used; a power of
 *	two and a multiple of 2 MiB
 * @ie_nbytes: bytes of the file that this extent holds
 * @ie_strips: the strips, @ie_nstrips of them
 *
 * Chunk i of the extent is in strip (i mod ie_nstrips), at
 * (i div ie_nstrips) * ie_chunk_size from the strip's start.
 */
struct famfs_ioc_interleaved_ext {
	__u64 ie_nstrips;
	__u64 ie_chunk_size;
	__u64 ie_nbytes;
	struct famfs_ioc_simple_extent *ie_strips;
};

/**
 * struct famfs_ioc_fmap - a file's map as a list of any length
 * @fioc_file_size: size of the file
 * @fioc_file_type: what the file is
 * @fioc_ext_type: enum famfs_ioc_ext_type, says which list follows
 * @fioc_nextents: number of simple extents
 * @kse: the simple extents in file order
 * @fioc_niext: number of interleaved extents
 * @kie: the interleaved extents in file order
 */
struct famfs_ioc_fmap {
	__u64 fioc_file_size;
	enum famfs_file_type fioc_file_type;
	__u32 fioc_ext_type;
	union {
		struct {
			__u32 fioc_nextents;
			struct famfs_ioc_simple_extent *kse;
		};
		struct {
			__u32 fioc_niext;
			struct famfs_ioc_interleaved_ext *kie;
		};
	};
};

/**
 * struct famfs_ioc_get_fmap - answer of FAMFSIOC_MAP_GET_V2
 * @iocmap: sizes and types; the pointers in it are not set
 * @ikse: the simple extents of a file that has such
 * @ks: the interleaved extent of a file that has one
 */
struct famfs_ioc_get_fmap {
	struct famfs_ioc_fmap iocmap;
	union {
		struct famfs_ioc_simple_extent ikse[FAMFS_MAX_EXTENTS];
		struct {
			struct famfs_ioc_interleaved_ext ikie;
			struct famfs_ioc_simple_extent kie_strips[FAMFS_MAX_STRIPS];
		} ks;
	};
};

/* 'u' 0x50-0x5f */
#define FAMFSIOC_MAGIC 'u'

#define FAMFSIOC_MAP_CREATE	_IOW(FAMFSIOC_MAGIC, 0x50, struct famfs_ioc_map)
#define FAMFSIOC_MAP_GET	_IOR(FAMFSIOC_MAGIC, 0x51, struct famfs_ioc_map)
#define FAMFSIOC_MAP_GETEXT	_IOR(FAMFSIOC_MAGIC, 0x52, struct famfs_extent)
#define FAMFSIOC_NOP		_IO(FAMFSIOC_MAGIC, 0x53)
#define FAMFSIOC_MAP_CREATE_V2	_IOW(FAMFSIOC_MAGIC, 0x54, struct famfs_ioc_fmap)
#define FAMFSIOC_MAP_GET_V2	_IOR(FAMFSIOC_MAGIC, 0x55, struct famfs_ioc_get_fmap)

#endif /* _UAPI_LINUX_FAMFS_IOCTL_H */
