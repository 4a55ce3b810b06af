#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stands in for mutray-edit where a test wants it to misbehave. EDITOR_DOES says how.
expanded=
while :; do
    case $1 in
    --main | --std) shift 2 ;;
    --expanded) expanded=yes; shift ;;
    --*) shift ;;
    *) break ;;
    esac
done
case $EDITOR_DOES in
fail) echo "a reason, \"quoted\" and \\ all" >&2; exit 1 ;;
fail-silently) exit 1 ;;
nothing) exit 3 ;;
crash) kill -SEGV $$ ;;
sleep) : > "$EDITOR_STARTED"; exec sleep 60 ;;
limits) ulimit -t > "$EDITOR_STARTED"; exit 3 ;;
break) { cat "$1"; echo "int broken("; } > "$2" ;;
warn) { cat "$1"; echo "int warned() { return 1; }"; } > "$2" ;;
undeclared | misplaced) # sound only on expanded text
    cat "$1" > "$2"
    if [ "$expanded" ]; then echo 'int was_expanded;' >> "$2"
    elif [ "$EDITOR_DOES" = undeclared ]; then echo 'int calls(void); int calls(void) { return mutray__at_1(); }' >> "$2"
    else echo 'int broken(' >> "$2"; fi ;;
expanded) # only on expanded text
    if [ -z "$expanded" ]; then echo "not on this text" >&2; exit 4; fi
    cat "$1" > "$2"; echo 'int was_expanded;' >> "$2" ;;
*) echo "EDITOR_DOES=$EDITOR_DOES?" >&2; exit 1 ;;
esac
