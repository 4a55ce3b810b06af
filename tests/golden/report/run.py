#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py MUTRAY MAKE_PROFILE [CASE...]

Runs `mutray report` on profiles made from profiles/*.txt and compares all it says with expected/CASE.txt.
MUTRAY_UPDATE=1 writes the expected files anew, to be read in the diff before they are committed.
"""
import difflib, os, pathlib, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent

# Case, then the command line; names of profiles stand for their files, COLUMNS=N sets the width.
CASES = {
    "table": "report shop.pprof",
    "narrow": "COLUMNS=80 report shop.pprof",
    "very-narrow": "COLUMNS=40 report shop.pprof",
    "sites": "report --sites shop.pprof",
    "top": "report --top 1 --sort hold_total shop.pprof",
    "sort-text": "report --sort name --fields name,kind,mode,waiter,holder shop.pprof",
    "fields-added": "report --fields +threads,hold_p50 shop.pprof",
    "fields-help": "report --fields help",
    "filter": "report --filter ^cache shop.pprof",
    "filter-none": "report --filter nothing shop.pprof",
    "merged": "report shop.pprof shop-later.pprof",
    "merged-idle": "report empty-uninstrumented.pprof shop.pprof",
    "json": "report --json shop.pprof",
    "csv": "report --csv --fields name,declaration,wait_total,wait_p99,hold_max shop.pprof",
    "python": "report --sites python.pprof",
    "python-json": "report --json python.pprof",
    "hostile": "COLUMNS=100 report --sites hostile.pprof",
    "hostile-csv": "report --csv --fields name,waiter hostile.pprof",
    "diff": "report --diff shop.pprof shop-later.pprof",
    "diff-same": "report --diff shop.pprof --threshold 0 shop.pprof",
    "diff-regression": "report --diff shop.pprof --threshold 20,1ms shop-later.pprof",
    "diff-passes": "report --diff shop.pprof --threshold 70,10ms --top 1 shop-later.pprof",
    "diff-json": "report --diff shop.pprof --json --fields wait_total shop-later.pprof",
    "diff-csv": "report --diff shop.pprof --csv --filter pool shop-later.pprof",
    "limit-holds": "report --top 1 --max-wait conn_queue.lock=20ms --max-wait cache_lock=1ms shop.pprof",
    "limit-broken": "report --top 1 --max-wait *=1ms shop.pprof",
    "limit-unknown": "report --top 1 --max-wait nolock=1ms shop.pprof",
    "empty-plain": "report empty-plain.pprof",
    "empty-uninstrumented": "report empty-uninstrumented.pprof",
    "empty-unsampled": "report empty-unsampled.pprof",
    "empty-unused": "report empty-unused.pprof",
    "empty-off": "report empty-off.pprof",
    "empty-refused": "report empty-refused.pprof",
    "empty-json": "report --json empty-plain.pprof",
    "export-folded": "export --folded shop.pprof",
    "export-folded-hold": "export --folded --value hold --filter cache shop.pprof shop-later.pprof",
    "export-folded-hostile": "export --folded hostile.pprof",
    "export-speedscope": "export --speedscope python.pprof",
    "export-nothing": "export --folded empty-plain.pprof",
    "export-no-form": "export shop.pprof",
    "export-bad-value": "export --folded --value waits shop.pprof",
    "not-locks": "report cpu.pprof",
    "no-file": "report missing.pprof",
    "no-files": "report",
    "folder": "report .",
    "text-file": "report shop.txt",
    "bad-option": "report --sots shop.pprof",
    "bad-field": "report --fields wait_totl shop.pprof",
    "bad-sort": "report --sort wait shop.pprof",
    "bad-regex": "report --filter ( shop.pprof",
    "bad-count": "report --top three shop.pprof",
    "bad-limit": "report --max-wait lock shop.pprof",
    "bad-threshold": "report --diff shop.pprof --threshold much shop.pprof",
    "lonely-threshold": "report --threshold 5 shop.pprof",
    "bad-command": "reprot shop.pprof",
    "run-nothing": "run",
}


def run(mutray, folder, line):
    words = line.split()
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LD_PRELOAD") and not k.startswith("DD_")}
    environment.update(LC_ALL="C.UTF-8", TMPDIR=str(folder))
    while "=" in words[0]:
        key, value = words.pop(0).split("=", 1)
        environment[key] = value
    words = [word.replace("+", " ") if " -- " in line else word for word in words]
    done = subprocess.run([mutray, *words], cwd=folder, env=environment, capture_output=True, timeout=60)
    text = done.stdout.replace(b"\r\n", b"\\r\n").decode()
    if done.stderr:
        text += "--- on standard error\n" + done.stderr.decode()
    return text + f"--- status {done.returncode}\n"


def main():
    mutray, make_profile = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    chosen = sys.argv[3:] or CASES
    update = os.environ.get("MUTRAY_UPDATE") == "1"
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted((HERE / "profiles").glob("*.txt")):
            subprocess.run([make_profile, source, f"{folder}/{source.stem}.pprof"], check=True)
            (pathlib.Path(folder) / source.name).write_bytes(source.read_bytes())
        for case in chosen:
            actual = run(mutray, folder, CASES[case])
            expected_file = HERE / "expected" / f"{case}.txt"
            header = f"$ mutray {CASES[case]}\n"
            if update:
                expected_file.write_text(header + actual)
                continue
            expected = expected_file.read_text() if expected_file.exists() else ""
            if header + actual != expected:
                failed += 1
                sys.stdout.writelines(difflib.unified_diff(
                    expected.splitlines(True), (header + actual).splitlines(True), str(expected_file), "now"))
    print(f"{len(chosen) - failed} of {len(chosen)} as expected")
    return 1 if failed else 0


sys.exit(main())
