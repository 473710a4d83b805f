# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Files in containers of crun, which podman runs: with a user namespace and the file
# system mounted so that its owners are seen in it; of a user who is not root; and for
# reading alone.
#
# hosts: 1
# memory: static 256M
# modules: famfs
# timeout: 180
# programs: crun

mount_famfs
run mount -t cgroup2 cgroup2 /sys/fs/cgroup
run mkdir -m 755 "$MNT/data"
for n in 1 2; do
	run create "$MNT/data/f$n" size=4M ext=$((4 * n))M:4M
	run famfs-poke fill "$MNT/data/f$n" 0 4M $n
	run chmod 600 "$MNT/data/f$n"
done

bundle=/run/bundle
mkdir -p $bundle/rootfs
for dir in usr proc dev data; do
	mkdir $bundle/rootfs/$dir
done
for dir in bin sbin lib lib64; do
	ln -s usr/$dir $bundle/rootfs/$dir
done

# container OPTIONS HOST_ID COMMAND...: run it there, where root is HOST_ID outside,
# and /data is what the options of the mount make of it
container() {
	local options=$1 id=$2 args
	shift 2

	args=$(printf ', "%s"' "$@")
	cat >$bundle/config.json <<-CONFIG
	{
	  "ociVersion": "1.0.0",
	  "process": {
	    "user": { "uid": 0, "gid": 0 },
	    "cwd": "/",
	    "env": [ "PATH=/usr/bin:/usr/sbin" ],
	    "args": [ ${args#, } ]
	  },
	  "root": { "path": "rootfs", "readonly": true },
	  "mounts": [
	    { "destination": "/proc", "type": "proc", "source": "proc" },
	    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs" },
	    { "destination": "/usr", "type": "bind", "source": "/usr",
	      "options": [ "rbind", "ro" ] },
	    { "destination": "/data", "type": "bind", "source": "$MNT/data",
	      "options": [ $options ] }
	  ],
	  "linux": {
	    "uidMappings": [ { "containerID": 0, "hostID": $id, "size": 1 } ],
	    "gidMappings": [ { "containerID": 0, "hostID": $id, "size": 1 } ],
	    "namespaces": [ { "type": "mount" }, { "type": "pid" },
	      { "type": "user" } ]
	  }
	}
	CONFIG
	mkdir -p "/run/crun-$id"
	chown "$id" "/run/crun-$id"
	# Without cgroups, and no root file system to leave: this one is the initramfs.
	$as crun --root "/run/crun-$id" --cgroup-manager disabled run \
		--no-pivot --bundle $bundle test
}

# Root starts it, its root is 100000, and the mount gives it the files of root.
as=
idmap='"rbind", "idmap"'
check "a container with an idmapped mount reads" \
	container "$idmap" 100000 famfs-poke verify /data/f1 0 4M 1 mmap
check "and stores" container "$idmap" 100000 famfs-poke fill /data/f1 0 4M 3 mmap
check "which the host sees" famfs-poke verify "$MNT/data/f1" 0 4M 3
check "and makes a file" container "$idmap" 100000 touch /data/new
gives 0:0 "that is root's" stat -c %u:%g "$MNT/data/new"
refused EPERM "but no map" \
	container "$idmap" 100000 famfs-poke map /data/new size=2M ext=64M:2M
refused EACCES "without that, it has no right to the file" \
	container '"rbind"' 100000 famfs-poke verify /data/f1 0 4M 3
refused EROFS "a mount for reading is one" \
	container "$idmap, \"ro\"" 100000 famfs-poke write /data/f1 0 4096

# A user starts it, and it has what he has.
as="setpriv --reuid 1000 --regid 1000 --clear-groups"
run chown 1000:1000 "$MNT/data/f2"
check "a user's container reads his file" \
	container '"rbind"' 1000 famfs-poke verify /data/f2 0 4M 2 mmap
check "and writes" container '"rbind"' 1000 famfs-poke fill /data/f2 0 4M 4
check "which the host sees" famfs-poke verify "$MNT/data/f2" 0 4M 4
refused EACCES "and not the file of another" \
	container '"rbind"' 1000 famfs-poke verify /data/f1 0 4M 3
