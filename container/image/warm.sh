#!/bin/sh
# Finishes an image: fem_cell on Python's path, checked and compiled, and the forms of
# some ready cases, so that a container does not begin with a minute of compiling.
#
#   warm.sh CASE ...
set -eu
here=/opt/fem_cell

echo "$here" >"$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/fem_cell.pth"
python3 -m fem_cell.environment
python3 -m compileall -q "$here/fem_cell"

FEM_CELL_CACHE=$(mktemp -d)
export FEM_CELL_CACHE
for case in "$@"; do
    fem-cell run "$here/$case" --smoke --quiet --out "$FEM_CELL_CACHE/results"
    rm -r "$FEM_CELL_CACHE/results"
done
mkdir -p "$here/cache"
[ $# = 0 ] || mv "$FEM_CELL_CACHE"/*/* "$here/cache"
rm -rf "$FEM_CELL_CACHE" "$here"/cache/fenics/*.o
# names tell everything on which compiled forms depend
find "$here/cache" -type f | sort | sha256sum | cut -c 1-12 >"$here/cache/name"
chmod -R a+rX "$here"
