#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of the golden tests, as one project that mutray rewrite mirrors.

Each program's sites must say in the mirror what they say through mutray-edit (NAME.sites), but for those that the
mirror's report lists, and for lines that NAME.differs (or NAME.COMPILER.differs) here says are different. Beside that
the compilers must have nothing new to say of the mirror, the programs must do what they did, and two mirrors must be
the same.

Usage: cases_test.py MUTRAY INCLUDE COMPILER
MUTRAY_UPDATE=1 writes the NAME.differs files anew.
"""
import difflib
import filecmp
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "edit"))
import edit_test
from edit_test import CASES, Case, Failure, WARNINGS, messages

MUTRAY, INCLUDE, COMPILER = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]


def commands(cases, flags):
    for case in cases:
        for unit in case.units:
            yield {"directory": str(CASES), "file": unit,
                   "arguments": [COMPILER, *flags, *case.variants[0], "-c", unit, "-o", f"{unit}.o"]}


def rewrite(folder, cases, flags, name):
    (folder / "compile_commands.json").write_text(json.dumps(list(commands(cases, flags))))
    done = subprocess.run([MUTRAY, "rewrite", "-p", folder, "--root", CASES, "--out", folder / name], timeout=300,
                          capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        raise Failure(f"mutray rewrite: {done.stderr}")
    return folder / name


def compile_unit(sources, unit, flags, output):
    done = subprocess.run([COMPILER, *flags, "-c", unit, "-o", output], cwd=sources, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise Failure(f"{COMPILER} refuses {sources.name}/{unit}:\n{done.stderr.decode(errors='replace')}")
    return messages(done.stderr)


def run_program(folder, name, objects, flags, probe):
    wraps = [f"-Wl,--wrap={function}" for function in FUNCTIONS] if probe else []
    program, report = folder / name, folder / f"{name}.probe"
    link_flags = [flag for flag in flags if flag.startswith(("-m", "-f"))]
    objects = [*objects, probe] if probe else objects
    done = subprocess.run([COMPILER, *link_flags, *objects, *wraps, "-pthread", "-o", program], capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise Failure(f"linking {name}: {done.stderr}")
    done = subprocess.run([program], env={**os.environ, "PROBE_OUTPUT": str(report)}, stdin=subprocess.DEVNULL,
                          timeout=60, capture_output=True)
    return (done.returncode, done.stdout, done.stderr), report.read_text(encoding="latin-1") if probe else ""


def check_case(case, tree, folder, flags):
    flags = [*flags, *case.variants[0]]
    plain, edited = [], []
    for unit in case.units:
        plain.append(folder / f"{Path(unit).name}.plain.o")
        edited.append(folder / f"{Path(unit).name}.mirror.o")
        said = compile_unit(CASES, unit, flags, plain[-1])
        says = compile_unit(tree, unit, flags, edited[-1])
        if says != said:
            raise Failure(f"{COMPILER} on {unit}: lost {sorted(said - says)}, new {sorted(says - said)}")
    expected, _ = run_program(folder, case.name, plain, flags, None)
    result, _ = run_program(folder, case.name, edited, flags, None)
    machine = [flag for flag in flags if flag.startswith("-m")]
    probe = folder / f"probe{''.join(machine)}.o"
    if not probe.exists():
        source = HERE.parent / "edit/probe.c"
        subprocess.run(["gcc", "-O1", *machine, "-I", INCLUDE, "-c", source, "-o", probe], check=True)
    probed, sites = run_program(folder, case.name, edited, flags, probe)
    if (result, probed) != (expected, expected):
        raise Failure(f"the mirror's program gives {result}, with a runtime {probed}, the plain one {expected}")
    _, counted = run_program(folder, case.name, plain, flags, probe)
    totals = [re.findall(r"^total .*", report, re.M) for report in (sites, counted)]
    if totals[0] != totals[1]:
        raise Failure(f"calls in all: {totals[0]}, in the plain program {totals[1]}")
    compare_sites(case, sites)


def compare_sites(case, sites):
    wanted = (CASES / f"{case.name}.sites").read_text(encoding="latin-1")
    sites = re.sub(r"^total .*\n", "", sites, flags=re.M)
    lines = [line for line in difflib.ndiff(sorted(wanted.splitlines()), sorted(sites.splitlines())) if line[0] in "+-"]
    actual = "".join(f"{line}\n" for line in lines)
    own = HERE / f"{case.name}.{COMPILER}.differs"
    path = own if own.exists() else HERE / f"{case.name}.differs"
    if os.environ.get("MUTRAY_UPDATE") == "1":
        path.write_text(actual, encoding="latin-1")
        if not actual:
            path.unlink()
    expected = path.read_text(encoding="latin-1") if path.exists() else ""
    if actual != expected:
        raise Failure(f"the sites differ from {case.name}.sites in another way than {path.name} says:\n{actual}")


def same_trees(one, other):
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    if names != sorted(str(path.relative_to(other)) for path in other.rglob("*") if path.is_file()):
        raise Failure("two mirrors have different files")
    for name in names:
        if not filecmp.cmp(one / name, other / name, shallow=False):
            raise Failure(f"two mirrors differ in {name}")


def main():
    global FUNCTIONS
    FUNCTIONS = re.findall(r"^MUTRAY_FUNCTION\(\w+, (\w+),", Path(INCLUDE, "mutray/functions.def").read_text(), re.M)
    cases = [Case(path.stem) for path in sorted(CASES.glob("*.c")) if path.with_suffix(".sites").exists()]
    cases = [case for case in cases if COMPILER in edit_test.compilers(case)]
    flags, failed = ["-O1", "-g", *WARNINGS], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = rewrite(folder, cases, flags, "mirror")
        same_trees(tree, rewrite(folder, cases, flags, "again"))
        for case in cases:
            try:
                check_case(case, tree, folder, flags)
            except Failure as failure:
                failed += 1
                print(f"{case.name}: {failure}", file=sys.stderr)
        if os.environ.get("KEEP"):
            subprocess.run(["cp", "-r", tree, os.environ["KEEP"]])
    print(f"{len(cases) - failed} of {len(cases)} programs")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
