// SPDX-License-Identifier: GPL-2.0
/* What people look for in a file system: each is tried and its result told. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "poke.h"

/* One entry of an access control list that is as the file's mode is. */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	4, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
};

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static void try_attributes(int fd)
{
	struct fsxattr attr;
	int flags;

	say("user.*", fsetxattr(fd, "user.x", "", 0, 0));
	say("trusted.*", fsetxattr(fd, "trusted.x", "", 0, 0));
	say("ACL", fsetxattr(fd, "system.posix_acl_access", acl, sizeof(acl), 0));
	say("listxattr", flistxattr(fd, NULL, 0));
	say("chattr", ioctl(fd, FS_IOC_GETFLAGS, &flags));
	say("project", ioctl(fd, FS_IOC_FSGETXATTR, &attr));
}

static void try_handle(int fd)
{
	struct {
		struct file_handle head;
		char room[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	say("handle", name_to_handle_at(fd, "", &handle.head, &mount,
					AT_EMPTY_PATH));
}

static void try_whole(int fd, const char *file)
{
	char info[256];

	say("freeze", ioctl(fd, FIFREEZE, 0));
	say("trim", ioctl(fd, FITRIM, info));
	say("quota", syscall(SYS_quotactl_fd, fd, QCMD(Q_GETINFO, USRQUOTA), 0,
			     info));
	say("swap", swapon(file, 0));
}

static long make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static void try_names(const char *file)
{
	say("fifo", mkfifo("fifo", 0600));
	say("socket", make_socket("socket"));
	say("device node", mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	say("open of it", open("null", O_WRONLY));
	say("whiteout node", mknod("gone", S_IFCHR, makedev(0, 0)));
	say("hard link", link(file, "link"));
	say("symlink", symlink(file, "symlink"));
	say("rename", rename("link", "other"));
	say("RENAME_NOREPLACE", renameat2(AT_FDCWD, "other", AT_FDCWD, "link",
					  RENAME_NOREPLACE));
	say("RENAME_EXCHANGE", renameat2(AT_FDCWD, "link", AT_FDCWD, "fifo",
					 RENAME_EXCHANGE));
	say("RENAME_WHITEOUT", renameat2(AT_FDCWD, "link", AT_FDCWD, "x",
					 RENAME_WHITEOUT));
	say("O_TMPFILE", open(".", O_TMPFILE | O_RDWR, 0600));
}

static void try_locks(int fd)
{
	struct flock lock = { .l_type = F_WRLCK };

	say("flock", flock(fd, LOCK_EX));
	say("record lock", fcntl(fd, F_SETLK, &lock));
	say("inotify", inotify_add_watch(inotify_init1(0), ".", IN_CREATE));
}

static void try_sizes(const char *file, int fd)
{
	off_t half = PMD_BYTES / 2;

	say("O_APPEND", write(open_file(file, O_WRONLY | O_APPEND), "", 1));
	say("O_TRUNC", open(file, O_WRONLY | O_TRUNC));
	say("truncate", truncate(file, 0));
	say("to the same size", truncate(file, PMD_BYTES));
	say("SEEK_DATA", lseek(fd, 0, SEEK_DATA));
	say("O_DIRECT", open(file, O_RDWR | O_DIRECT));
	say("reflink", ioctl(fd, FICLONE, open_file(file, O_RDONLY)));
	say("copy_file_range", copy_file_range(open_file(file, O_RDONLY), &half,
					       fd, NULL, 4096, 0));
}

static void try_memory(int fd)
{
	void *at = mmap(NULL, PMD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	say("mlock", mlock(at, PMD_BYTES));
	say("MADV_WILLNEED", madvise(at, PMD_BYTES, MADV_WILLNEED));
	say("MADV_DONTNEED", madvise(at, PMD_BYTES, MADV_DONTNEED));
	say("MADV_NOHUGEPAGE", madvise(at, PMD_BYTES, MADV_NOHUGEPAGE));
	say("MADV_HUGEPAGE", madvise(at, PMD_BYTES, MADV_HUGEPAGE));
	say("MADV_POPULATE_WRITE", madvise(at, PMD_BYTES, MADV_POPULATE_WRITE));
	say("MADV_REMOVE", madvise(at, PMD_BYTES, MADV_REMOVE));
	say("MADV_PAGEOUT", madvise(at, PMD_BYTES, MADV_PAGEOUT));
	say("msync", msync(at, PMD_BYTES, MS_SYNC));
}

static void try_birth(const char *file)
{
	struct statx st;

	if (statx(AT_FDCWD, file, 0, STATX_BTIME, &st))
		fail("statx");
	printf("birth: %s\n", (st.stx_mask & STATX_BTIME) && st.stx_btime.tv_sec ?
	       "ok" : "none");
	close(open("born", O_CREAT | O_EXCL | O_RDWR, 0600));
	if (statx(AT_FDCWD, "born", 0, STATX_BTIME | STATX_CTIME, &st) || unlink("born"))
		fail("born");
	printf("change of a new file: %s\n",
	       st.stx_btime.tv_sec == st.stx_ctime.tv_sec &&
	       st.stx_btime.tv_nsec == st.stx_ctime.tv_nsec ? "its birth" : "other");
	printf("STATX_ATTR_DAX: %s\n", st.stx_attributes & STATX_ATTR_DAX ?
	       "ok" : "none");
}

/* features DIR FILE: in DIR, where FILE has 2 MiB */
int cmd_features(int argc, char **argv)
{
	int fd;

	if (argc != 3)
		fail_say("usage: features DIR FILE");
	if (chdir(argv[1]))
		fail("chdir");
	fd = open_file(argv[2], O_RDWR);
	try_attributes(fd);
	try_handle(fd);
	try_whole(fd, argv[2]);
	try_names(argv[2]);
	try_birth(argv[2]);
	try_sizes(argv[2], fd);
	try_memory(fd);
	try_locks(fd);
	return 0;
}
