#!/bin/sh
# Installs in an image what fem_cell needs and its base does not have.
#
# Where python3 has DOLFINx (the official image, conda) only Python packages are added,
# and what Gmsh and off-screen rendering load. On a plain Debian sid all packages of
# packages.txt are. A base that has everything stays as it is, and needs no network.
set -eu
here=/opt/fem_cell

# Whether python3 finds all of these modules.
has() {
    python3 -c '
import sys
from importlib.util import find_spec
sys.exit(any(find_spec(name) is None for name in sys.argv[1:]))' "$@" 2>/dev/null
}

install_packages() {
    # the index of a dated snapshot is past its validity
    apt-get -o Acquire::Check-Valid-Until=false update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o 'Dpkg::Options::=--path-exclude=/usr/share/doc/*' "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/*
}

install_python_packages() {
    python3 -c '
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    print(*tomllib.load(file)["project"]["dependencies"], sep="\n")' \
        "$here/pyproject.toml" >/tmp/requirements.txt
    has gmsh || echo gmsh >>/tmp/requirements.txt
    # an image is an environment of its own, also where pip believes it is not
    PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir -r /tmp/requirements.txt
    rm /tmp/requirements.txt
}

if ! has dolfinx; then
    # shellcheck disable=SC2046 # one word per package
    install_packages $(sed 's/#.*//' "$here/packages.txt")
elif ! has gmsh numpy scipy pydantic pint rich tomli_w matplotlib pyvista; then
    install_packages libegl1 libgl1 libgl1-mesa-dri libglu1-mesa libxrender1 libxcursor1 \
        libxft2 libxinerama1
    install_python_packages
fi
