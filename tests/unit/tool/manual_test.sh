#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# manual_test.sh MUTRAY MAN_FOLDER - every command has a manual page, and page and command have the same options.
set -eu
mutray=$1 pages=$2 status=0
for command in $("$mutray" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
    page=$pages/mutray-$command.1
    if [ ! -f "$page" ]; then
        echo "$command: no page $page" >&2
        status=1
        continue
    fi
    "$mutray" help --options "$command" | sort -u >"options.$$"
    sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$page" | grep '^\.B' | sed 's/\\-/-/g' | grep -o -e '--[a-z][a-z-]*' | sort -u >"page.$$" || true
    if ! diff "options.$$" "page.$$"; then
        echo "$command: < has only the command, > has only the page" >&2
        status=1
    fi
    rm -f "options.$$" "page.$$"
done
exit $status
