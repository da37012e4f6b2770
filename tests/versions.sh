#!/bin/sh
# What needs no service, with the newest and with the lowest libraries that
# pyproject.toml allows, where constraints.txt has no say. The argument is uv;
# VERSIONS=lowest-direct takes one of the two.
set -u

uv="$1"
failed=""

bounds_are_true() {
    test "$1" != lowest-direct || "$2" tests/lowest.py
}

for resolution in ${VERSIONS:-highest lowest-direct}; do
    venv=".venv-$resolution"
    "$uv" venv --quiet --clear "$venv" &&
        "$uv" pip install --quiet --python "$venv/bin/python" --resolution "$resolution" -e '.[dev,postgresql]' &&
        "$uv" pip list --python "$venv/bin/python" &&
        bounds_are_true "$resolution" "$venv/bin/python" &&
        touch "$venv/.installed-dev" &&
        "${MAKE:-make}" --no-print-directory "VENV=$venv" test-part ||
        failed="$failed $resolution"
done
test -z "$failed" || { echo "libraries that pyproject.toml allows do not work:$failed" >&2; exit 1; }
echo "the newest and the lowest libraries that pyproject.toml allows work"
