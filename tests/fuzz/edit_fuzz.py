#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Differential fuzzing of mutray-edit.

Random programs call lock functions in every way the generator knows: directly, in parentheses, through macros of random
shape, wrappers, tables and pointers; in expressions, conditions, loops and statement expressions; laid out on one line or
on many. Locks check for errors, so that no order of calls can hang, and each result goes into a sum that the program
prints. For each program the golden tests' checks apply: the edited text compiles and draws the same warnings, the program
prints the same with and without a runtime, and every call passes through a site.

edit_fuzz.py --edit MUTRAY-EDIT --include RUNTIME/INCLUDE [--seconds N] [--seed N] [--keep FOLDER]
A program that fails is kept, and its seed printed: the same seed makes the same program.
"""
import argparse
import random
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden/edit"))
import edit_test  # noqa: E402

INIT = "PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP"
FUNCTIONS = ["pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_trylock"]
PRELUDE = """#include <pthread.h>
#include <stdio.h>

struct inner {{
    int before;
    pthread_mutex_t lock;
}};
struct outer {{
    struct inner one, many[3];
    pthread_mutex_t *pointer;
    union {{
        pthread_mutex_t either;
        long other;
    }};
}};
typedef struct {{
    pthread_mutex_t m;
}} wrapped;

static pthread_mutex_t global = {init}, row[3] = {{{init}, {init}, {init}}};
static struct outer object = {{.one = {{.lock = {init}}}, .many = {{[0 ... 2] = {{.lock = {init}}}}}, .pointer = &global,
                              .either = {init}}};
static wrapped wrapping = {{{init}}};
static unsigned sum;

static int by_name(pthread_mutex_t *mutex)
{{
    return pthread_mutex_trylock(mutex);
}}

static inline int by_wrapper(wrapped *w)
{{
    return pthread_mutex_lock(&w->m);
}}

static int (*const table[])(pthread_mutex_t *) = {{pthread_mutex_lock, pthread_mutex_unlock, by_name}};
"""


LOCKS = ["&global", "&row[N]", "row + N", "&o->one.lock", "&o->many[N].lock", "o->pointer", "&o->either", "&object.one.lock",
         "&wrapping.m", "(&(*o).one.lock)", "&(o->many + N)->lock", "&row[C & 1]"]
CALLS = ["F~(~L~)", "F~(~L~)", "F~(~L~)", "M(L)", "(F)(L)", "(*F)(L)", "by_name(L)", "by_wrapper(&wrapping)", "table[N](L)",
         "(0, F)(L)"]
EXPRESSIONS = ["W(E)", "(E + E)", "(E ? E : E)", "(E, E)", "(E && E)", "!(E)", "(E || E)", "({ int t_ = E; t_ + 1; })",
               "(int)sizeof(E)", "-(E)", "(E * 3)", "_Generic(1, int: E, default: 0)"]
STATEMENTS = ["C;", "sum = sum * 31 + (unsigned)E;", "if (E) sum++;"]
COMPOUNDS = ["if (E) S else S", "if (E) { S S }", "for (int i_ = 0; i_ < N; i_++) S", "for (E; n_-- > 0; E) S",
             "do S while (E && n_-- > 0);", "while (n_-- > 0 && E) S", "switch (E) { case 0: S break; default: S }",
             "{ S\n S }", "{ int n_ = N; S (void)n_; }"]


class Program:
    """
    One random program, grown from templates: L is a lock, F a function, C a call, E an expression of type int, S a
    statement, M a macro that takes a lock, W one that takes an expression, N a small number, ~ white space.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.locking, self.wrapping = [], []  # names of macros

    def pick(self, choices):
        return self.random.choice(choices)

    def fill(self, template, depth):
        def grow(found):
            letter = found[0]
            if letter == "L":
                return self.fill(self.pick(LOCKS[:-1] if depth > 2 else LOCKS), depth + 1)
            if letter == "C":
                return self.fill(self.pick(CALLS), depth)
            if letter == "E":
                return self.expression(depth + 1)
            if letter == "S":
                return self.statement(depth + 1)
            if letter == "F":
                return self.pick(FUNCTIONS)
            if letter == "M":
                return self.pick(self.locking or FUNCTIONS)
            if letter == "W":
                return self.pick(self.wrapping or [""])
            if letter == "N":
                return str(self.random.randrange(3))
            return self.random.choices(["", " ", "/* c( */", "\n", " \\\n"], [12, 4, 1, 1, 1])[0]
        return re.sub(r"\b[LCESFMWN]\b|~", grow, template)

    def expression(self, depth):
        if depth > 3 or self.random.random() < 0.35:
            return self.fill("C" if self.random.random() < 0.7 else "N", depth)
        return self.fill(self.pick(EXPRESSIONS), depth)

    def statement(self, depth):
        simple = depth > 2 or self.random.random() < 0.3
        return self.fill(self.pick(STATEMENTS if simple else COMPOUNDS), depth)

    def macro(self, number):
        name = f"M{number}"
        if self.random.random() < 0.6:
            body = self.pick(["F(x)", "(M(x) + 0)", "(sum++, M((x)))", "({ M(x); })", "(F(x) \\\n + M(x))", "(F)(x)"])
            body = self.fill(body, 0)
            self.locking.append(name)
        else:
            body = self.pick(["(x)", "((x) + 1)", "(0, (x))", "({ int m_ = (x); m_; })", "(x) + (x)", "(int)sizeof(#x)"])
            self.wrapping.append(name)
        return f"#define {name}(x) {body}\n"

    def text(self):
        lines = [PRELUDE.format(init=INIT)]
        lines += [self.macro(number) for number in range(self.random.randrange(6))]
        functions = self.random.randrange(1, 4)
        for number in range(functions):
            body = "\n    ".join(self.statement(0) for _ in range(self.random.randrange(1, 6)))
            inline = self.pick(["", "inline ", "__attribute__((noinline)) "])
            lines.append(f"static {inline}void f{number}(struct outer *o, int n_)\n{{\n    {body}\n    (void)o;\n    (void)n_;\n}}\n")
        calls = "".join(f"    f{number}(&object, {self.random.randrange(3)});\n" for number in range(functions))
        lines.append(f"int main(void)\n{{\n{calls}    printf(\"%u\\n\", sum + (unsigned)(by_wrapper(&wrapping) & 0));\n    return 0;\n}}\n")
        return "\n".join(lines)


class Build(edit_test.Build):
    @staticmethod
    def view(says):
        """Without what gcc's -fdirectives-only itself changes: the lines of macros of several lines, and indentation."""
        return {(kind, option) for file, line, kind, option in says if option != "-Wmisleading-indentation"}


def source(seed, folder):
    """The program of this seed, and what to compile it with. None: it is not fit for a test."""
    return Program(seed).text(), []


def check(seed, make, options, folder):
    """None, or what is wrong with the program of this seed."""
    made = make(seed, folder)
    if made is None:
        return None
    text, flags = made
    (folder / "fuzz.c").write_text(f"/* flags: -Wno-pedantic -D_GNU_SOURCE {' '.join(flags)} */\n/* expect: either */\n{text}")
    case = edit_test.Case("fuzz")
    compilers = edit_test.compilers(case)
    compiler = compilers[seed % len(compilers)]
    flags = [*case.variants[0], ("-O0", "-O2", "-O1", "-Os")[seed // 7 % 4]]
    try:
        Build(case, compiler, flags, options, folder).run_all()
    except edit_test.Failure as failure:
        return f"{compiler}: {failure}"
    return None


def main(description, make):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--edit", required=True, type=edit_test.os.path.abspath)
    parser.add_argument("--include", required=True, type=edit_test.os.path.abspath)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, default=sys.maxsize, help="programs at most")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--keep", type=Path, default=Path("."), help="where to put programs that fail")
    options = parser.parse_args()
    listed = Path(options.include, "mutray/functions.def").read_text()
    options.functions = re.findall(r"^MUTRAY_FUNCTION\(\w+, (\w+),", listed, re.M)
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.count)
    end, failed, done = time.monotonic() + options.seconds, 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options.probe = folder / "probe.o"
        edit_test.CASES = folder
        edit_test.must(["gcc", "-O1", "-I", options.include, "-c", edit_test.HERE / "probe.c", "-o", options.probe])
        for seed in seeds:
            if time.monotonic() > end:
                break
            done += 1
            trouble = check(seed, make, options, folder)
            if trouble is not None:
                failed += 1
                kept = options.keep / f"{Path(sys.argv[0]).stem}-{seed}.c"
                kept.write_bytes((folder / "fuzz.c").read_bytes())
                print(f"seed {seed} ({kept}): {trouble}", file=sys.stderr)
    print(f"{done} programs, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(__doc__.splitlines()[0], source))
