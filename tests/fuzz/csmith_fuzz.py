#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""csmith's random programs, spiced with lock calls, through mutray-edit.

csmith writes programs that use all of C's statements, types and conversions without undefined behaviour, and print a sum
of everything they computed. Between their statements, and around their calls, go the random lock code and macros of
edit_fuzz.py; half of them get csmith's arithmetic as macros of several levels, with lock calls in the arguments. The same
checks apply: the edited text compiles, with the same warnings, and the program prints what the plain one prints.

csmith_fuzz.py --edit MUTRAY-EDIT --include RUNTIME/INCLUDE [--seconds N] [--seed N] [--keep FOLDER]
Needs the packages csmith and libcsmith-dev.
"""
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import edit_fuzz

HEADERS = Path("/usr/include/csmith")
SIZE = "--max-funcs 5 --max-block-depth 3 --max-expr-complexity 6 --max-array-len-per-dim 4 --inline-function".split()
ARITHMETIC = [[], ["-DUSE_MATH_MACROS"]]
CALL = re.compile(r"\b(?:safe_\w+|func_\d+)\(")
GLOBALS = "static struct outer *o = &object;\nstatic int n_;\n"


def call_end(line, begin):
    depth = 0
    for at in range(begin, len(line)):
        depth += {"(": 1, ")": -1}.get(line[at], 0)
        if depth == 0 and line[at] == ")":
            return at + 1
    return None


def spiced_line(line, program, chance):
    """The line with a lock call in front of one of its calls, by a comma."""
    calls = [found.start() for found in CALL.finditer(line)]
    if not calls or chance.random() < 0.5:
        return line
    begin = chance.choice(calls)
    end = call_end(line, begin)
    return line if end is None else f"{line[:begin]}({program.expression(1)}, {line[begin:end]}){line[end:]}"


def spiced(text, seed):
    chance, program = random.Random(seed), edit_fuzz.Program(seed)
    prelude = edit_fuzz.PRELUDE.format(init=edit_fuzz.INIT) + GLOBALS
    prelude += "".join(program.macro(number) for number in range(chance.randrange(6)))
    lines, inside = [], False
    for line in text.split("\n"):
        if line.startswith("{"):
            inside = True
        if line.startswith("}"):
            inside = False
        if inside and "platform_main_end" in line:
            lines.append('    printf("%u\\n", sum);')
        lines.append(spiced_line(line, program, chance) if inside else line)
        complete = line.endswith(";") or (line.lstrip().startswith("{") and line.endswith("*/"))
        if inside and complete and chance.random() < 0.15:
            lines.append(program.statement(1))
        if line.startswith('#include "csmith.h"'):
            lines.append(prelude)
    return "\n".join(lines)


def ends(text, flags, folder):
    """Random programs need not end; only those that soon do are of use."""
    (folder / "try.c").write_text(text)
    subprocess.run(["gcc", "-w", "-O1", "-D_GNU_SOURCE", *flags, "try.c", "-o", "try", "-pthread"], cwd=folder, check=True)
    try:
        return subprocess.run(["./try"], cwd=folder, capture_output=True, timeout=2).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def source(seed, folder):
    made = subprocess.run(["csmith", "--seed", str(seed), *SIZE], cwd=folder, capture_output=True, text=True, timeout=60)
    flags = ["-I", str(HEADERS), *ARITHMETIC[seed % 2]]
    text = spiced(made.stdout, seed)
    return (text, flags) if made.returncode == 0 and ends(text, flags, folder) else None


if __name__ == "__main__":
    if shutil.which("csmith") is None or not HEADERS.is_dir():
        print("needs the packages csmith and libcsmith-dev")
        sys.exit(77)
    sys.exit(edit_fuzz.main(__doc__.splitlines()[0], source))
