#!/bin/sh
# Lint, types and what needs no service, on each Python from 3.11 that is here,
# but for the one that `make test` runs on (its path is the argument).
set -eu

tested="$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"

find_python() {
    for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python; do
        "$python" -c 'import ensurepip, venv' 2>/dev/null && echo "$python" && return
    done
}

for version in 3.11 3.12 3.13; do
    test "$version" != "$tested" || continue
    python="$(find_python "$version")"
    if [ -z "$python" ]; then
        echo "Python $version is not here: not tested" >&2
        continue
    fi
    echo "Python $version: $python"
    "${MAKE:-make}" --no-print-directory "VENV=.venv-$version" "PYTHON=$python" PART=--one-of-each lint test-part
done
