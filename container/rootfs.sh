# The root filesystem of container/fem-cell: where it is, how it is built, how a
# command gets into it. Sourced by fem-cell, which sets here, repository, settings.
# shellcheck shell=bash disable=SC2154

PATH=$PATH:/usr/sbin:/sbin # dpkg and chroot want these, su keeps them out
cache=$(realpath -m -- "${FEM_CELL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fem-cell}")

say() { printf 'fem-cell: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Path of the root filesystem that belongs to these package lists and mirror.
rootfs_path() {
    local hash
    hash=$(cat -- "$here"/packages{,_test}.txt - <<<"${FEM_CELL_MIRROR:-}" | sha256sum)
    printf '%s/rootfs-%s\n' "$cache" "${hash:0:12}"
}

# Builds the root filesystem if it is not there, and keeps a shared lock on it
# until this process and what it executes have ended.
prepare_rootfs() {
    local root=$1 lock
    mkdir -p -- "$cache"
    exec {lock}>>"$root.lock"
    flock --nonblock --shared "$lock" || {
        say "waiting for another launcher, which is building $root"
        flock --shared "$lock"
    }
    if [[ ! -d $root ]]; then
        flock --exclusive "$lock"
        [[ -d $root ]] || build_rootfs "$root"
        flock --shared "$lock"
    fi
    touch -- "$root.lock"
}

# Builds beside and renames into place, so that what has the name is complete.
build_rootfs() {
    local root=$1 new=$1.new log=$1.log packages builder
    check_tools
    check_space
    packages=$(sed 's/#.*//' "$here"/packages{,_test}.txt | xargs | tr ' ' ',')
    say "first start: building a root filesystem of about 4 GB in $root"
    say "this takes a few minutes and happens once; full log: $log"
    remove_tree "$new"
    # a process group of its own, so that a signal ends all of the build at once
    set -m
    bootstrap "$packages" "$new" 2> >(tee -- "$log" | sed -u -n 's/^I: /    /p' >&2) &
    builder=$!
    set +m
    # shellcheck disable=SC2064 # the names are local: expand them now
    trap "end_group $builder; exit 130" INT TERM HUP
    # shellcheck disable=SC2064
    trap "remove_tree '$new'" EXIT
    wait "$builder" || build_failed "$log"
    finish_tree "$new"
    (enter_rootfs "$new" / python3 -m fem_cell.environment) >>"$log" 2>&1 ||
        build_failed "$log"
    mv -- "$new" "$root"
    trap - EXIT INT TERM HUP
    say "ready"
    remove_unused "$root"
}

# Runs mmdebstrap. An ordinary user unpacks a tar archive instead of keeping the
# tree itself, whose files belong to sub-ids; so the user owns all files.
bootstrap() {
    local packages=$1 new=$2
    local options=(
        --verbose --variant=apt "--include=$packages"
        --aptopt='Acquire::Check-Valid-Until "false"'
        --aptopt='APT::Install-Recommends "false"'
        --dpkgopt='path-exclude=/usr/share/doc/*'
        --dpkgopt='path-include=/usr/share/doc/*/copyright'
        --dpkgopt='path-exclude=/usr/share/man/*'
        --dpkgopt='path-exclude=/usr/share/locale/*'
    )
    if ((EUID == 0)); then
        # what is mounted in the tree goes when the last process does, even a killed one
        unshare --mount --propagation private \
            mmdebstrap --mode=root "${options[@]}" sid "$new" ${FEM_CELL_MIRROR:+"$FEM_CELL_MIRROR"}
    else
        mkdir -- "$new"
        mmdebstrap --mode=unshare --format=tar "${options[@]}" \
            sid - ${FEM_CELL_MIRROR:+"$FEM_CELL_MIRROR"} |
            tar --extract --no-same-owner --exclude=./dev --directory="$new"
    fi
}

# Adds the fem-cell command and the files over which the machine's own are bound.
finish_tree() {
    local new=$1
    mkdir -p -- "$new/dev" "$new/proc" "$new/sys"
    touch -- "$new/etc/resolv.conf" "$new/etc/hosts"
    printf '#!/bin/sh\nexec python3 -m fem_cell "$@"\n' >"$new/usr/local/bin/fem-cell"
    chmod 755 -- "$new/usr/local/bin/fem-cell"
}

build_failed() {
    local log=$1
    sleep 0.2 # the log is written by a process of its own
    say "the root filesystem could not be built; the end of $log:"
    tail -n 15 -- "$log" | sed 's/^/    /' >&2
    die "FEM_CELL_MIRROR selects another mirror, e.g. a dated snapshot of sid with DOLFINx 0.11"
}

# Installs as root, or says in one line what to install.
check_tools() {
    local packages="mmdebstrap debian-archive-keyring" name
    name=$(id -un)
    ((EUID != 0)) || unshare --mount true 2>/dev/null ||
        die "this container may not mount; start it with --privileged or use container/Containerfile"
    ((EUID == 0)) || packages+=" uidmap"
    if command -v mmdebstrap >/dev/null && { ((EUID == 0)) || command -v newuidmap >/dev/null; }; then
        ((EUID == 0)) || grep -q "^\($name\|$EUID\):" /etc/subuid ||
            die "$name has no sub-ids; run: sudo usermod --add-subuids 200000-265535" \
                "--add-subgids 200000-265535 $name"
        return
    fi
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        die "install these first: sudo apt-get install $packages bubblewrap"
    fi
    say "installing $packages"
    # shellcheck disable=SC2086 # one word per package
    if ! { apt-get -o Acquire::Check-Valid-Until=false update &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages; } \
        >"$cache/apt.log" 2>&1; then
        tail -n 5 -- "$cache/apt.log" >&2
        die "apt-get could not install $packages; full log: $cache/apt.log"
    fi
}

# Ends a process group: asks, waits up to ten seconds, then kills.
end_group() {
    kill -TERM -- "-$1" 2>/dev/null || return 0
    for _ in {1..50}; do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.2
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

check_space() {
    check_free "$cache" FEM_CELL_CACHE
    ((EUID == 0)) || check_free "${TMPDIR:-/tmp}" TMPDIR
}

check_free() {
    local free
    free=$(df --output=avail -- "$1" | tail -n 1)
    ((free > 5000000)) ||
        die "$1 has $((free / 1000)) MB free, 5000 are needed; set $2 to a folder on another disk"
}

# Removes a tree that nobody uses; never goes into what is mounted in it.
remove_tree() {
    [[ ! -e $1 ]] || rm -rf --one-file-system -- "$1"
}

# Removes root filesystems of other package lists which no launcher holds and none
# has started for two weeks, and what was left of killed builds; names the others.
remove_unused() {
    local other lock
    for other in "$cache"/rootfs-*.lock; do
        other=${other%.lock}
        [[ $other != "$1" ]] || continue
        exec {lock}<"$other.lock"
        if flock --nonblock --exclusive "$lock"; then
            remove_tree "$other.new"
            if [[ -d $other && -n $(find "$other.lock" -mtime +14) ]]; then
                say "removing $other, unused for two weeks"
                remove_tree "$other"
            fi
        fi
        exec {lock}<&-
        [[ ! -d $other ]] ||
            say "$other belongs to another package list; remove it if nothing needs it"
    done
}

# Replaces this process by a command inside the root filesystem:
# enter_rootfs ROOT DIRECTORY COMMAND ...
enter_rootfs() {
    local root=$1 directory=$2 name inside
    shift 2
    inside=(/usr/bin/env --ignore-environment -C "$directory" "PYTHONPATH=$repository"
        PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 'PS1=(fem-cell) \w\$ '
        # compiled forms stay in the user's cache
        "XDG_CACHE_HOME=${XDG_CACHE_HOME:-$cache/user}" "MPLCONFIGDIR=$cache/user/matplotlib"
        # rendering in software and without a display, and no remarks about it
        VTK_DEFAULT_OPENGL_WINDOW=vtkEGLRenderWindow LIBGL_ALWAYS_SOFTWARE=1
        EGL_LOG_LEVEL=fatal "${settings[@]}")
    for name in $(compgen -e); do
        case $name in
            HOME | USER | LOGNAME | TERM | COLUMNS | LINES | NO_COLOR | TZ | TMPDIR | \
                FEM_CELL_* | PETSC_OPTIONS | SLURM_* | OMP_* | OMPI_* | PRTE_* | PMIX_*)
                inside+=("$name=${!name}") ;;
        esac
    done
    mkdir -p -- "$cache/user"
    exec "$here/enter.sh" "$root" "$directory" "$repository" "$cache" "${HOME:-/}" -- \
        "${inside[@]}" "$@"
}
