#!/bin/sh
# Installs what the tests' real services need and this machine lacks, where apt
# may be used without asking; says what will be skipped otherwise.
set -eu

missing=""
command -v java >/dev/null 2>&1 || missing="$missing openjdk-17-jre-headless"
command -v mvn >/dev/null 2>&1 || missing="$missing maven"
command -v victoria-metrics >/dev/null 2>&1 || missing="$missing victoria-metrics"
test -n "$missing" || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
    sudo -n true 2>/dev/null || as_root="none"
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$as_root" = "none" ]; then
    echo "not here, and apt may not be used:$missing (their tests will use Docker or be skipped)" >&2
    exit 0
fi
$as_root apt-get update -qq || true
for package in $missing; do
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "could not install $package (its tests will use Docker or be skipped)" >&2
done
