#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""totals.py MUTRAY MAKE_PROFILE: the totals of `mutray report` against those of `go tool pprof -tags`, for each lock,
value and profile, and those of `mutray export --leaf`. Exit status 77 (skipped) without go."""
import csv, io, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIELDS = {"lock-acquire-wait": "wait_total", "lock-acquire": "acquisitions", "lock-release-hold": "hold_total"}


def by_go(profile, value):
    text = subprocess.run(["go", "tool", "pprof", "-tags", "-unit=ns", f"-sample_index={value}", profile],
                          capture_output=True, check=True, text=True).stdout
    block = re.search(r"^ *lock name: Total.*\n((?:.+\n)*)", text, re.M)
    totals = {}
    for line in block.group(1).splitlines() if block else []:
        number, name = re.match(r" *([\d.]+)(?:ns)? (?:\([^)]*\))?: (.*)", line).groups()
        totals[name] = float(number)
    return totals


def by_mutray(mutray, profile, field):
    text = subprocess.run([mutray, "report", "--csv", profile], capture_output=True, check=True, text=True).stdout
    totals = {}
    for row in csv.DictReader(io.StringIO(text)):
        totals[row["name"]] = totals.get(row["name"], 0) + float(row[field])
    return totals


def main():
    mutray, make_profile = sys.argv[1:3]
    if shutil.which("go") is None:
        return 77
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("shop", "shop-later"):
            profile = f"{folder}/{name}.pprof"
            subprocess.run([make_profile, HERE / "profiles" / f"{name}.txt", profile], check=True)
            leaf = f"{folder}/{name}.leaf.pprof"
            subprocess.run([mutray, "export", "--leaf", "-o", leaf, profile], check=True)
            for value, field in FIELDS.items():
                theirs, ours = by_go(profile, value), by_mutray(mutray, profile, field)
                if by_go(leaf, value) != theirs:
                    print(f"{name}: {value}: export --leaf has other totals than the profile")
                    return 1
                for lock in theirs:
                    compared += 1
                    if abs(theirs[lock] - ours.get(lock, -1)) > 0.5:
                        print(f"{name}: {lock}: {field} {ours.get(lock)}, go says {theirs[lock]}")
                        return 1
                if sum(theirs.values()) != sum(ours.values()):
                    print(f"{name}: {field}: {sum(ours.values())} in all, go says {sum(theirs.values())}")
                    return 1
    print(f"{compared} totals agree")
    return 0 if compared > 20 else 1


sys.exit(main())
