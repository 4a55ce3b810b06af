#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# census_cc.sh FOLDER COMPILER ARGUMENT...: census_cc.py, but for the hundreds of questions of a configure script.
case "$PWD $*" in
*conftest* | *CMakeScratch* | *CMakeTmp* | *CompilerId*) shift && exec "$@" ;;
*) exec python3 "$(dirname "$0")/census_cc.py" "$@" ;;
esac
