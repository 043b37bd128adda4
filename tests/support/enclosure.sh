#!/bin/sh
# Namespaces of mounts and processes in which container engines find what they expect:
#
#   unshare --mount --pid --fork --kill-child --propagation private enclosure.sh FOLDER [user]
#
# The launcher's root filesystem is the root here and not a chroot, which engines refuse;
# FOLDER/tree is a leaner view of it, without what is bound into it, FOLDER/files is empty.
# With "user" there is a namespace of users as well, whose root has every capability also
# where the machine's root lacks some. Everything mounted and started here ends with the
# first process.
set -eu
folder=$1
PATH=$PATH:/usr/sbin:/sbin

if [ "${2:-}" != entered ]; then
    # joining a namespace leads out of the chroot, to the machine's own root
    exec 9</
    exec nsenter --mount=/proc/self/ns/mnt /bin/sh -c '
        PATH=$PATH:/usr/sbin:/sbin
        cd /proc/self/fd/9 && exec 9<&- && pivot_root . . && exec /bin/sh "$0" "$@"' \
        "$0" "$folder" entered "${2:-}"
fi
umount --lazy .
cd /
mount -t proc proc /proc
for path in /run /var/lib/containers /var/cache/containers; do
    mkdir -p "$path"
    mount -t tmpfs tmpfs "$path"
done

mkdir "$folder/files" "$folder/tree"
# a hundred thousand small files are written and removed: in memory, if it has room for 4 GB
if [ "$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)" -gt 10000000 ]; then
    mount -t tmpfs tmpfs "$folder/files"
fi
mount --bind -o ro / "$folder/tree"
# without device files, which only the machine's root can copy, and what no run reads
for path in dev usr/include/boost usr/lib/cni usr/libexec/podman usr/libexec/valgrind \
    usr/share/doc usr/share/javascript usr/share/opencascade usr/share/unicode; do
    [ ! -d "/$path" ] || mount -t tmpfs tmpfs "$folder/tree/$path"
done

# written by the shell itself: its process is the one that stays, "touch" would be another one
wait_in=': >"$0" && exec sleep infinity'
if [ "${3:-}" != user ]; then
    exec sh -c "$wait_in" "$folder/ready"
fi
echo root:0:65536 >"$folder/ids"
mount --bind "$folder/ids" /etc/subuid
mount --bind "$folder/ids" /etc/subgid
exec unshare --user --map-users=0:0:65536 --map-groups=0:0:65536 --mount --pid --fork \
    --kill-child --mount-proc sh -c "$wait_in" "$folder/ready"
