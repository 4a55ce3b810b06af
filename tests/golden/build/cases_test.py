#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The golden programs, built by `mutray cc` itself and compared with the compiler's own build of them, byte for byte.

Each program and each set of its options is compiled under -Wall -Wextra -Wpedantic -Werror (and what these refuse, without
the last one), plain and through the driver, in one folder. Equal must be: exit status and all the compiler says; the dependency file; in the debug information, the
names of the unit and its folder, its macros (-g3), its functions, and the lines that have code (but for those of <mutray>,
which is all that may be added); and what the linked program says and returns, without the runtime and with it, profiling.

Usage: cases_test.py MUTRAY COMPILER [CASE...]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "edit"))
import edit_test
from edit_test import CASES, Case, Failure

MUTRAY, COMPILER = os.path.abspath(sys.argv[1]), sys.argv[2]
OPTIONS = ["-g3", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("DD_", "MUTRAY_"))}


def run(command, folder, **environment):
    return subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                          env={**ENVIRONMENT, "LC_ALL": "C.UTF-8", **environment})


def dwarf(kind, path):
    done = subprocess.run(["readelf", "-W", f"--debug-dump={kind}", path], capture_output=True)
    return done.stdout.decode("latin-1")


def units(path):
    """Name and folder of each unit, and the names of its functions that have code."""
    found, tag = {"unit": set(), "function": set()}, ""
    for line in dwarf("info", path).splitlines():
        if "Abbrev Number" in line:
            tag = re.sub(r".*\(DW_TAG_(\w+)\).*", r"\1", line)
        name = re.search(r"DW_AT_(name|comp_dir) +: (?:\(.*?\): )?(.*?)\s*$", line)
        if name and tag == "compile_unit":
            found["unit"].add(name[2])
        elif name and tag == "subprogram" and not name[2].startswith("mutray__"):
            found["function"].add(name[2])
    return found


def code_lines(path):
    """The (file, line) pairs of the line table. Line 0 is code that the compiler made of several."""
    rows = re.findall(r"^(\S.*?) +(\d+) +(?:0x)?[0-9a-f]+\b", dwarf("decodedline", path), re.M)
    return {(os.path.basename(file), int(line)) for file, line in rows if file != "<mutray>" and line != "0"}


def macros(path):
    """The macros that -g3 tells debuggers of, with their lines. (In their bodies lock functions have other names.)"""
    found = re.findall(r"DW_MACRO_define_strp - lineno : (\d+) macro : (\w+)", dwarf("macro", path))
    return {(int(line), macro) for line, macro in found if not macro.startswith(("mutray__", "__MUTRAY__"))}


class Way:
    """A case, built in a folder by a command."""

    def __init__(self, case, flags, command, folder):
        self.case, self.flags, self.command, self.folder = case, flags, command, folder

    def compile(self, unit):
        output, deps = self.folder / f"{Path(unit).stem}.o", self.folder / f"{Path(unit).stem}.d"
        output.unlink(missing_ok=True)
        deps.unlink(missing_ok=True)
        done = run([*self.command, *OPTIONS, *self.flags, "-MD", "-MF", deps, "-c", unit, "-o", output], CASES)
        result = {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr,
                  "dependencies": deps.read_bytes() if deps.exists() else None}
        if done.returncode == 0:
            result.update(units(output))
            optimised = any(flag.startswith("-O") for flag in self.flags)
            result["macros"] = macros(output)
            result["lines"] = None if optimised else code_lines(output)
        return result

    def link(self):
        objects = [f"{Path(unit).stem}.o" for unit in self.case.units]
        machine = [flag for flag in self.flags if flag.startswith(("-m", "-f"))]
        done = run([*self.command, *machine, *objects, "-pthread", "-o", "program"], self.folder)
        if done.returncode != 0:
            raise Failure(f"linking: {done.stderr.decode(errors='replace')}")
        return {"linker": (done.stdout, done.stderr)}

    def runs(self, **environment):
        done = run([self.folder / "program"], self.folder, **environment)
        return done.returncode, done.stdout, done.stderr


def compare(what, plain, other):
    for key, value in plain.items():
        if value != other[key]:
            detail = f"lost {sorted(value - other[key])}, new {sorted(other[key] - value)}" if isinstance(value, set) \
                else f"{value!r} became {other[key]!r}"
            raise Failure(f"{COMPILER} {what}: {key}: {detail}")


def records(path):
    return run(["readelf", "-p", ".mutray", path], "/").stdout


def check(case, flags, folder):
    """False: the compiler refuses the case, and in the same words through mutray."""
    plain, other = Way(case, flags, [COMPILER], folder), Way(case, flags, [MUTRAY, "cc", "--", COMPILER], folder)
    built = True
    for unit in case.units:
        expected = plain.compile(unit)
        shutil.move(folder / f"{Path(unit).stem}.o", folder / f"{Path(unit).stem}.plain") if not expected["status"] else None
        compare(unit, expected, other.compile(unit))
        built = built and expected["status"] == 0
        if built and not case.plain and b" instrumented " not in records(folder / f"{Path(unit).stem}.o"):
            raise Failure(f"{COMPILER} {unit}: is not instrumented")
    if not built:
        return False
    other.link()
    profile = {"DD_PROFILING_OUTPUT_PPROF": str(folder / "profile"), "DD_PROFILING_CAPTURE_PCT": "100"}
    results = {"off": other.runs(), "on": other.runs(**profile)}
    for unit in case.units:
        shutil.move(folder / f"{Path(unit).stem}.plain", folder / f"{Path(unit).stem}.o")
    plain.link()
    compare("program", dict.fromkeys(results, plain.runs()), results)
    return True


def main():
    failed = refused = count = 0
    names = sys.argv[3:] or sorted(path.stem for path in CASES.glob("*.c"))
    for case in map(Case, names):
        if not edit_test.is_for(case, COMPILER):
            continue
        for flags in case.variants:
            count += 1
            with tempfile.TemporaryDirectory() as folder:
                try:
                    refused += not check(case, flags, Path(folder)) and check(case, ["-Wno-error", *flags], Path(folder))
                except Failure as failure:
                    failed += 1
                    print(f"{case.name} {' '.join(flags)}: {failure}", file=sys.stderr)
    print(f"{count} builds, {refused} of them only without -Werror, {failed} differ")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
