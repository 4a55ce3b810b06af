#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the stress test of recursive mutexes: run_rlock_production_stress_test.sh [duration] [workers] [--yes]
exec "$(dirname "$0")/run_stress_test.sh" rlock_production_stress_test "$@"
