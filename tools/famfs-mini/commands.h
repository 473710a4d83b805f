/* SPDX-License-Identifier: GPL-2.0 */
/* The commands, each in its own file, called with its own argv. */
#ifndef FAMFS_MINI_COMMANDS_H
#define FAMFS_MINI_COMMANDS_H

int cmd_mapfile(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif /* FAMFS_MINI_COMMANDS_H */
