# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# fetch PACKAGE FOLDER: unpacks the source of a Debian package, patched as Debian builds it, as FOLDER. Fails with 77 if it
# is not to be had.
#
# Sources come through apt-get, with a configuration of our own beside the system's: the same mirrors, asked for sources,
# with lists and downloads in a cache folder. The system's apt is read, never written. What is in the cache, whole, is not
# asked for again.

cache=${MUTRAY_SOURCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mutray/sources}

# Writes the private configuration and gets the lists of sources, once a day at most.
fetch_lists()
{
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg option=
    [ -z "$(find "$cache/fetched" -mtime -1 2>/dev/null)" ] || return 0
    mkdir -p "$cache/lists/partial" "$cache/archives/partial"
    [ ! -e $keyring ] || option="[signed-by=$keyring] "
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
        sed -n "s|^\(.*\) Debian\$|deb-src $option\1|p" | sort -ru >"$cache/sources.list"
    [ -s "$cache/sources.list" ] || return 1
    cat >"$cache/apt.conf" <<END
Dir::Etc::SourceList "$cache/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$cache/lists";
Dir::Cache "$cache";
APT::Sandbox::User "";
END
    # Without a network apt-get would say so with success and a warning only.
    APT_CONFIG=$cache/apt.conf apt-get -q -o APT::Update::Error-Mode=any update || return 1
    touch "$cache/fetched"
}

# Is the package in the cache, with the contents its description says?
intact()
{
    (
        cd "$cache/$1" 2>/dev/null &&
            awk '/^[^ ]/ { on = $1 == "Checksums-Sha256:"; next } on { print $1 "  " $3 }' ./*.dsc | sha256sum --check --status
    )
}

download()
{
    local package=$1
    ! intact "$package" || return 0
    fetch_lists >"$cache.log" 2>&1 || return 1
    rm -rf "${cache:?}/$package" "$cache/$package.new"
    mkdir -p "$cache/$package.new"
    (cd "$cache/$package.new" && APT_CONFIG=$cache/apt.conf apt-get -q source --download-only "$package") \
        >>"$cache.log" 2>&1 || return 1
    mv "$cache/$package.new" "$cache/$package"
}

fetch()
{
    local package=$1 folder=$2
    mkdir -p "$cache"
    rm -rf "$folder"
    download "$package" || { echo "the source of $package could not be fetched, see $cache.log" >&2; return 77; }
    dpkg-source --no-check --no-copy -x "$cache/$package/"*.dsc "$folder" >>"$cache.log" 2>&1 ||
        { echo "the source of $package could not be unpacked, see $cache.log" >&2; return 1; }
}
