#!/bin/bash
# Runs a command inside a root filesystem, with the machine's own folders in it:
#
#   enter.sh ROOT DIRECTORY ... -- COMMAND ...
#
# The machine's top-level folders (/home, /work, /scratch, ...) and the given
# directories keep their paths there, so that any path in an argument works.
#
# With unshare everything up to the command is a chain of exec without a fork:
# SIGTERM, SIGINT and SIGUSR1 reach the command itself, which then writes its checkpoint.
# With bubblewrap, which stays in between, they are handed on.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # chroot, also where an ordinary PATH lacks these

# Fills the arrays folders and files with what is bound: all top-level folders
# but the system's own, which come from the root filesystem.
find_bindings() {
    local path
    folders=(/var/tmp)
    files=()
    for path in /*; do
        case $path in
            /bin | /boot | /etc | /lib* | /lost+found | /run | /sbin | /usr | /var) ;;
            *) [[ ! -d $path ]] || folders+=("$path") ;;
        esac
    done
    for path in "$@"; do
        case $path in /var/* | /run/* | /usr/src/*) folders+=("$path") ;; esac
    done
    for path in /etc/resolv.conf /etc/hosts /etc/passwd /etc/group; do
        [[ ! -f $path ]] || files+=("$path")
    done
}

# In a mount namespace of its own: binds, then becomes the command as USER:GROUP.
enter_mounted() {
    local user=$1 group=$2 root=$3 path
    shift 3
    # a root that is a mount itself lets a launcher in it make namespaces in turn
    mount --bind -- "$root" "$root"
    for path in "${folders[@]}"; do
        mkdir -p -- "$root$path"
        mount --rbind -- "$path" "$root$path"
    done
    for path in "${files[@]}"; do
        mount --bind -- "$path" "$root$path"
        # an ordinary user can neither write these files nor always remount them
        mount -o remount,bind,ro -- "$root$path" 2>/dev/null || true
    done
    if ((user == 0)); then
        exec chroot "$root" "$@"
    fi
    exec unshare --user --map-user="$user" --map-group="$group" --root="$root" "$@"
}

enter_with_bubblewrap() {
    local root=$1 path pid code=0
    local options=(--bind "$root" / --dev-bind /dev /dev --bind /proc /proc)
    shift
    for path in "${folders[@]}"; do
        [[ $path == /dev || $path == /proc ]] || options+=(--bind "$path" "$path")
    done
    for path in "${files[@]}"; do
        options+=(--ro-bind "$path" "$path")
    done
    # a command in the background would ignore SIGINT and read nothing
    bwrap "${options[@]}" /usr/bin/env --default-signal=INT "$@" <&0 &
    pid=$!
    trap 'pkill -TERM -P "$pid"' TERM
    trap 'pkill -USR1 -P "$pid"' USR1
    # the terminal sends SIGINT to the command as well
    trap '[[ -t 0 ]] || pkill -INT -P "$pid"' INT
    while kill -0 "$pid" 2>/dev/null; do
        code=0
        wait "$pid" || code=$?
    done
    exit "$code"
}

user=$EUID
group=$(id -g)
if [[ $1 == --mounted ]]; then
    user=$2 group=$3
    shift 3
    mounted=yes
fi
arguments=("$@")
root=$1
shift
directories=()
while [[ $1 != -- ]]; do
    directories+=("$1")
    shift
done
shift
find_bindings "${directories[@]}"
namespace=(unshare --mount --propagation private)
((EUID == 0)) || namespace=(unshare --user --map-root-user --mount)

if [[ ${mounted:-} ]]; then
    enter_mounted "$user" "$group" "$root" "$@"
elif "${namespace[@]}" true 2>/dev/null; then
    exec "${namespace[@]}" "$0" --mounted "$user" "$group" "${arguments[@]}"
elif command -v bwrap >/dev/null; then
    enter_with_bubblewrap "$root" "$@"
fi
echo "fem-cell: this machine allows neither mount namespaces nor bubblewrap;" \
    "install bubblewrap (sudo apt-get install bubblewrap) or use container/Containerfile" >&2
exit 1
