#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a build system sees of `mutray cc -- gcc ...` is what it sees of `gcc ...`.

Every command below runs twice in the same folder, plain and through mutray; exit status, stdout, stderr, the files
that come to be and the bytes of all that are not object code must be equal. Of objects, what the debug information and
the symbol table call the source must be equal, and nothing may name a temporary file of mutray's. Each command also
says whether its outputs are to be instrumented, so that "equal because nothing was done" does not pass.

usage: parity_test.py MUTRAY COMPILER [CASE...]
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sources")

# (name, arguments, files that are to be instrumented). `stdin` is what a source from standard input gets.
BOTH = [
    ("object", "-c lock.c -o lock.o", ["lock.o"]),
    ("object without -o", "-c lock.c", ["lock.o"]),
    ("optimised with debug information", "-O2 -g -c lock.c", ["lock.o"]),
    ("macros in debug information", "-g3 -c lock.c", ["lock.o"]),
    ("no locks", "-O2 -g -c plain.c", []),
    ("-MD", "-MD -c lock.c", ["lock.o"]),
    ("-MD -o", "-MD -c lock.c -o out.o", ["out.o"]),
    ("-MMD -MP", "-MMD -MP -c lock.c -o out.o", ["out.o"]),
    ("-MF -MT", "-MD -MF my.deps -MT target -c lock.c", ["lock.o"]),
    ("-MQ with a dollar", "-MD -MQ 'a$b' -MF my.deps -c lock.c", ["lock.o"]),
    ("-Wp,-MD", "-Wp,-MD,wp.d -c lock.c", ["lock.o"]),
    ("-MD of several sources and a link", "-MD main.c lock.c -o program", ["program"]),
    ("-MD of no locks", "-MD -c plain.c", []),
    ("dependencies with an error", "-MD -c error.c", []),
    ("several objects", "-c lock.c plain.c warn.c", ["lock.o", "warn.o"]),
    ("several kinds and a link", "main.c lock.c code.S -o program", ["program"]),
    ("several sources, one wrong", "main.c error.c lock.c -o program", []),
    ("response file", "@arguments", ["lock.o"]),
    ("-pipe", "-pipe -c lock.c", ["lock.o"]),
    ("-pipe with a warning", "-pipe -Wall -Wextra -c warn.c", ["warn.o"]),
    ("-save-temps", "-save-temps -c lock.c", ["lock.o"]),
    ("-save-temps=obj", "-save-temps=obj -c lock.c -o sub/lock.o", ["sub/lock.o"]),
    ("split debug information", "-g -gsplit-dwarf -c lock.c", ["lock.o"]),
    ("coverage", "--coverage -pthread -c lock.c", ["lock.o"]),
    ("coverage with a warning", "--coverage -Wall -c warn.c", ["warn.o"]),
    ("stack usage", "-fstack-usage -c lock.c", ["lock.o"]),
    ("address sanitizer", "-fsanitize=address,undefined -g -c lock.c", ["lock.o"]),
    ("thread sanitizer", "-fsanitize=thread -c lock.c", ["lock.o"]),
    ("-include", "-include given.h -DX=GIVEN -c lock.c", ["lock.o"]),
    ("-imacros", "-imacros given.h -DX=GIVEN -c lock.c", ["lock.o"]),
    ("-D with spaces and quotes", "-D 'TEXT=\"a b\"' -c lock.c", ["lock.o"]),
    ("-x c", "-x c -c lock.c -o lock.o", ["lock.o"]),
    ("-x c and a link", "-x c main.c lock.c -o program", ["program"]),
    ("file prefix map", "-g -ffile-prefix-map=$PWD=/src -c lock.c", ["lock.o"]),
    ("C99 with pedantic errors", "-std=c99 -pedantic-errors -Wall -Wextra -c fall.c", ["fall.o"]),
    ("C90", "-std=gnu90 -c old.c", ["old.o"]),
    ("warnings", "-Wall -Wextra -O2 -c warn.c", ["warn.o"]),
    ("warnings as errors", "-Wall -Wextra -Werror -c warn.c", []),
    ("fall-through comment under -Werror", "-Wall -Wextra -Werror -c fall.c", ["fall.o"]),
    ("-w", "-w -c warn.c", ["warn.o"]),
    ("unused macros", "-Wunused-macros -c lock.c", ["lock.o"]),
    ("syntax error", "-c error.c", []),
    ("missing header", "-c missing.c", []),
    ("missing source", "-c nowhere.c", []),
    ("no input", "", []),
    ("unknown option", "-fno-such-option -c lock.c", []),
    ("error that needs the linker", "lock.c -o program", []),
    ("output folder does not exist", "-c lock.c -o none/lock.o", []),
    ("spaces in names", "-c 'with space/a lock.c' -o 'with space/a lock.o'", ["with space/a lock.o"]),
    ("comma and quotes in names", "-c \"it's,odd.c\" -o \"it's,odd.o\"", ["it's,odd.o"]),
    ("names that are not ASCII", "-c schlö.c", ["schlö.o"]),
    ("__COUNTER__ in a directive", "-c counter.c", ["counter.o"]),
    ("__BASE_FILE__", "-c base.c", ["base.o"]),
    ("preprocessed source", "-c done.i", ["done.o"]),
    ("assembler", "-c code.S", []),
    ("C++", "-c other.cc", []),
    ("-E", "-E lock.c", []),
    ("-E -dM", "-E -dM lock.c", []),
    ("-M", "-M lock.c", []),
    ("-S", "-S lock.c", []),
    ("-S to stdout", "-S lock.c -o -", []),
    ("-fsyntax-only", "-fsyntax-only -Wall warn.c", []),
    ("--version", "--version", []),
    ("-dumpmachine", "-dumpmachine", []),
    ("-print-prog-name", "-print-prog-name=ld", []),
    ("-###", "-### -c lock.c", []),
    ("standard input", "-c -x c - -o in.o", []),
    ("standard input, dependencies", "-MD -MF in.d -c -x c - -o in.o", []),
    ("-o /dev/null", "-c lock.c -o /dev/null", []),
    ("object to standard output", "-c lock.c -o -", []),
    ("configuration check", "conftest.c -o conftest", []),
    ("freestanding", "-ffreestanding -c lock.c", []),
    ("precompiled header made", "-x c-header given.h -o given.h.pch", []),
    ("position dependent", "-no-pie -fno-pie main.c lock.c -o program", ["program"]),
    ("shared library", "-shared -fPIC lock.c -o lock.so", ["lock.so"]),
    ("static program", "-static main.c lock.c -o program", ["program"]),
    ("relocatable", "-r lock.c -o all.o", ["all.o"]),
    ("hidden, -z defs, gc-sections",
     "-shared -fPIC -fvisibility=hidden -ffunction-sections -Wl,-z,defs -Wl,--gc-sections lock.c -o lock.so",
     ["lock.so"]),
    ("linking objects", "ready-main.o ready-lock.o -o program", []),
    ("undefined symbol", "main.c -o program", []),
    ("no libraries", "-nostdlib -shared -fPIC plain.c -o plain.so", []),
]
GCC = [
    ("stops at comments", "-fdirectives-only -c lock.c", ["lock.o"]),
    ("traditional preprocessor", "-traditional-cpp -c plain.c", []),
    ("preprocessed text by option", "-fpreprocessed -c done.i", ["done.o"]),
    ("slim LTO", "-flto -O2 main.c lock.c -o program", ["program"]),
    ("fat LTO", "-flto -ffat-lto-objects -c lock.c", ["lock.o"]),
    ("dumps", "-fdump-tree-optimized -c plain.c", []),
    ("aux info", "-aux-info lock.X -c plain.c", []),
    ("analyzer", "-fanalyzer -c lock.c", ["lock.o"]),
    ("diagnostics as JSON", "-fdiagnostics-format=json -Wall -c warn.c", ["warn.o"]),
    ("recorded switches", "-frecord-gcc-switches -g -c lock.c", ["lock.o"]),
    ("precompiled header used", "-include given.h -Winvalid-pch -c lock.c", ["lock.o"]),
    ("OpenMP", "-fopenmp -c lock.c", ["lock.o"]),
    ("-pg", "-pg -c lock.c", ["lock.o"]),
    ("-finstrument-functions", "-finstrument-functions -c lock.c", ["lock.o"]),
    ("gold", "-fuse-ld=gold main.c lock.c -o program", ["program"]),
]
CLANG = [
    ("lld", "-fuse-ld=lld main.c lock.c -o program", ["program"]),
    ("bitcode", "-flto -c lock.c", []),
    ("-emit-llvm", "-emit-llvm -c lock.c", []),
    ("unused argument", "-c lock.c -lm", ["lock.o"]),
]
# What a compiler cannot do itself: clang 13's -r asks for libgcc_s, which its linker then does not find.
REFUSED = {"clang-13": {"relocatable"}}
# What would only be equal if nothing were added, with the reason.
EXCUSED = {
    "-save-temps": {"lock.s": "is the assembly text of the object, instrumentation and all",
                    "lock.bc": "is the object in another form"},
    "-save-temps=obj": {"sub/lock.s": "as above", "sub/lock.bc": "as above"},
    "coverage": {"lock.gcno": "lists the functions that are added"},
    "coverage with a warning": {"warn.gcno": "lists the functions that are added"},
    "stack usage": {"lock.su": "says how much stack the instrumented functions take, which is more"},
}
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": "/nonexistent",
               "ASAN_OPTIONS": "detect_leaks=0"}
BINARY = (b"\x7fELF", b"BC\xc0\xde", b"oncg", b"gpch", b"CPCH")


def populate(folder, compiler):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCES, folder)
    os.mkdir(f"{folder}/with space")
    for name in ("with space/a lock.c", "it's,odd.c", "schlö.c"):
        with open(f"{folder}/{name}", "w") as out, open(f"{folder}/lock.c") as source:
            out.write(source.read().replace('"sub/', f'"{folder}/sub/'))
    with open(f"{folder}/arguments", "w") as out:
        out.write("-O1 -I 'with space'\n-c lock.c -DTEXT=\\\"x\\\"\n")
    for arguments in (["-E", "lock.c", "-o", "done.i"], ["-c", "main.c", "-o", "ready-main.o"],
                      ["-c", "lock.c", "-o", "ready-lock.o"]):
        subprocess.run([compiler, *arguments], cwd=folder, check=True, env=ENVIRONMENT)


def run(command, folder):
    script = " ".join(command)
    with open(f"{folder}/plain.c") as stdin:
        done = subprocess.run(["sh", "-c", script], cwd=folder, env=ENVIRONMENT, stdin=stdin, capture_output=True)
    return done.returncode, normal(done.stdout), normal(done.stderr)


def normal(output):
    """Names of temporary files differ from run to run, and so may what is made from them (-r's hashes)."""
    output = re.sub(rb"/\S*tmp/[A-Za-z0-9_-]+\.(o|s|i|res|le|ltrans0\.ltrans\.o)\b", rb"/tmp/TEMPORARY.\1", output)
    return re.sub(rb"/\S*tmp/cc[A-Za-z0-9]{6}", b"/tmp/TEMPORARY", output)


def files(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, file.read())
    return found


def names_of_source(path):
    """What debuggers and nm see."""
    text = subprocess.run(["readelf", "-sW", path], capture_output=True, text=True, errors="replace").stdout
    sources = {line.split()[-1] for line in text.splitlines() if " FILE " in line and line.endswith(".c")}
    dwarf = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", path], capture_output=True, text=True,
                           errors="replace").stdout
    units, in_unit = set(), False
    for line in dwarf.splitlines():
        if "Abbrev Number" in line:
            in_unit = "compile_unit" in line
        elif in_unit and ("DW_AT_name" in line or "comp_dir" in line):
            units.add(line.split(": ")[-1])
    return sources, units


def is_instrumented(path):
    text = subprocess.run(["readelf", "-p", ".mutray", path], capture_output=True, text=True, errors="replace").stdout
    return " instrumented " in text


def compare_files(name, plain, other, wanted, folder):
    problems = []
    if sorted(plain) != sorted(other):
        problems.append(f"files differ: {sorted(set(plain) ^ set(other))}")
    for path in sorted(set(plain) & set(other)):
        (mode, before), (mode_now, now) = plain[path], other[path]
        if mode != mode_now:
            problems.append(f"{path}: mode {mode:o} became {mode_now:o}")
        if now.startswith(BINARY):
            if ENVIRONMENT["TMPDIR"].encode() + b"/mutray-" in now:
                problems.append(f"{path}: names a temporary file")
        elif before != now and path not in EXCUSED.get(name, {}):
            problems.append(f"{path}: content differs\n{difference(before, now)}")
    for path in wanted:
        if not is_instrumented(f"{folder}/{path}"):
            problems.append(f"{path}: is not instrumented")
    return problems


def difference(before, now):
    plain, other = (text.decode(errors="replace").splitlines() for text in (before, now))
    lines = difflib.unified_diff(plain, other, "plain", "mutray", lineterm="", n=0)
    return "\n".join(line[:200] for line in list(lines)[:30])


def check(name, arguments, wanted, mutray, compiler, folder):
    results = []
    for command in ([compiler], [mutray, "cc", "--", compiler]):
        populate(folder, compiler)
        before = files(folder)
        result = run([*command, arguments], folder)
        after = files(folder)
        made = {path: what for path, what in after.items() if before.get(path) != what}
        objects = {path: names_of_source(f"{folder}/{path}") for path in made if made[path][1].startswith(b"\x7fELF")}
        results.append((result, made, objects))
    (plain, plain_files, plain_names), (other, other_files, other_names) = results
    problems = []
    for what, before, now in zip(("status", "stdout", "stderr"), plain, other):
        if before != now:
            detail = difference(before, now) if what != "status" else f"{before} became {now}"
            problems.append(f"{what} differs\n{detail}")
    problems += compare_files(name, plain_files, other_files, wanted, folder)
    for path, before in plain_names.items():
        if "split" in name:
            break  # readelf 2.40 looks the strings of split units up in the wrong table
        now = other_names.get(path)
        if now is None:
            continue
        units_fit = before[1] == now[1] or (not path.endswith(".o") and before[1] <= now[1])  # the static runtime's
        if not before[0] <= now[0] or not units_fit:
            problems.append(f"{path}: names of the source differ: {before} {now}")
    unwanted = [path for path in other_names if path not in wanted and is_instrumented(f"{folder}/{path}")]
    if unwanted:
        problems.append(f"instrumented, but should not be: {unwanted}")
    return problems


def main():
    mutray, compiler, *only = sys.argv[1:]
    mutray = os.path.abspath(mutray)
    cases = BOTH + (CLANG if "clang" in compiler else GCC)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="parity-") as scratch:
        ENVIRONMENT["TMPDIR"] = f"{scratch}/tmp"
        os.mkdir(ENVIRONMENT["TMPDIR"])
        for name, arguments, wanted in cases:
            if only and name not in only:
                continue
            if name in REFUSED.get(compiler, ()):
                wanted = []
            problems = check(name, arguments, wanted, mutray, compiler, f"{scratch}/folder")
            left = os.listdir(ENVIRONMENT["TMPDIR"])
            if left:
                problems.append(f"left behind: {left}")
                for path in left:
                    shutil.rmtree(f"{scratch}/tmp/{path}", ignore_errors=True)
            print(f"{'FAIL' if problems else 'ok  '} {name}")
            for problem in problems:
                print("    " + problem.replace("\n", "\n    "))
            failed += bool(problems)
    print(f"{len(cases)} commands, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
