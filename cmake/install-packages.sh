#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install-packages.sh GROUP... - installs the Debian packages of these groups (packages.txt) that are missing.
#
# A machine that has them all is left alone: no privileges, no network, no output. MUTRAY_SKIP_PACKAGES=1 skips the
# check, for systems where the same things come from somewhere else.
set -eu
list=$(dirname "$0")/packages.txt

die()
{
    echo "install-packages: $*" >&2
    exit 1
}

[ $# -gt 0 ] || die "usage: install-packages.sh GROUP... (groups: $(grep -v '^#' "$list" | cut -d' ' -f1 | uniq | xargs))"
[ -z "${MUTRAY_SKIP_PACKAGES:-}" ] || exit 0

wanted=
for group; do
    of_group=$(sed -n "s/^$group //p" "$list" | while read -r package command; do
        [ -n "$command" ] && command -v "$command" >/dev/null || echo "$package"
    done)
    grep -q "^$group " "$list" || die "no group '$group' in $list"
    wanted="$wanted $of_group"
done
command -v dpkg-query >/dev/null || die "not a Debian system: install these yourself and set MUTRAY_SKIP_PACKAGES=1:" $wanted

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing Debian packages:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "run this as root: apt-get install$missing"
    as_root=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt_get()
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$log" 2>&1
}

# The lists of packages may be absent (a fresh container) or out of date; they are fetched only where that shows.
if ! apt_get install --no-install-recommends $missing; then
    apt_get update && apt_get install --no-install-recommends $missing || {
        tail -n 15 "$log" >&2
        die "apt-get could not install:$missing"
    }
fi
