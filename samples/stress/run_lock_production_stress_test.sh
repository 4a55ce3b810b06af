#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the stress test of plain mutexes: run_lock_production_stress_test.sh [duration] [workers] [--yes]
exec "$(dirname "$0")/run_stress_test.sh" lock_production_stress_test "$@"
