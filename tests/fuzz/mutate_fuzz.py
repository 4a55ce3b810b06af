#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutated lock code through mutray-edit.

The programs of the golden tests have lock calls in every form we know of. Each round takes one and changes it in a few
places: tokens are deleted, doubled, exchanged; or written in another way that means the same, in macros, brackets,
digraphs, on spliced or separate lines, between comments. What the compiler takes, and what under the sanitizers does
nothing undefined and prints what it prints without, is then edited: the edited text must compile, and the program must
print the same and make as many calls. That mutray-edit gives up, in order and with a reason, is fine.

mutate_fuzz.py --edit MUTRAY-EDIT --include RUNTIME/INCLUDE [--seconds N] [--seed N] [--keep FOLDER]
"""
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import edit_fuzz
import edit_test

GOLDEN = edit_test.HERE / "cases"
TOKEN = re.compile(r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<directive>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)|(?P<space>[ \t]+|\n)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)
    |(?P<sign>->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\.\.\.|.)""", re.X | re.S | re.M)
DIGRAPHS = {"{": "<%", "}": "%>", "[": "<:", "]": ":>"}
# What the sanitizers do not find.
UNDEFINED = [f"-Werror={name}" for name in ("format", "uninitialized", "maybe-uninitialized", "return-type", "sequence-point",
                                            "implicit-function-declaration", "int-conversion", "incompatible-pointer-types")]
KEYWORDS = set("""auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while""".split())


def split(text):
    return [[found.lastgroup, found[0]] for found in TOKEN.finditer(text)]


def solid(tokens):
    """Where tokens of the program proper are."""
    return [at for at, (kind, _) in enumerate(tokens) if kind in ("string", "word", "number", "sign")]


class Mutation:
    """Each method changes the tokens in one place, or nothing where that does not apply."""

    def __init__(self, tokens, chance):
        self.tokens, self.chance, self.macros = tokens, chance, []

    def somewhere(self, *kinds):
        places = [at for at in solid(self.tokens) if not kinds or self.tokens[at][0] in kinds]
        return self.chance.choice(places) if places else None

    def put(self, at, text):
        if at is not None:
            self.tokens[at][1] = text

    # What may change the meaning.
    def delete(self):
        self.put(self.somewhere(), "")

    def double(self):
        at = self.somewhere()
        self.put(at, self.tokens[at][1] + " " + self.tokens[at][1])

    def exchange(self):
        one, other = self.somewhere(), self.somewhere()
        self.tokens[one][1], self.tokens[other][1] = self.tokens[other][1], self.tokens[one][1]

    def replace(self):
        kind = self.chance.choice(["word", "sign", "number"])
        one, other = self.somewhere(kind), self.somewhere(kind)
        if one is not None:
            self.put(one, self.tokens[other][1])

    def statement_again(self):
        ends = [at for at in solid(self.tokens) if self.tokens[at][1] in ";{}"]
        at = self.chance.randrange(1, len(ends))
        piece = "".join(text for kind, text in self.tokens[ends[at - 1] + 1:ends[at] + 1] if kind != "directive")
        if self.tokens[ends[at]][1] == ";":
            self.tokens[ends[at]][1] += piece

    # What does not.
    def macro(self, body, use):
        name = f"mm{len(self.macros)}_"
        self.macros.append(f"#define {name}{body}")
        return use.replace("N", name)

    def as_object_macro(self):
        at = self.somewhere("word", "number", "sign", "string")
        text = self.tokens[at][1]
        self.put(at, self.macro(f" {text}", " N "))

    def as_argument(self):
        at = self.somewhere("word", "number", "string")
        body = self.chance.choice(["(x) x", "(...) __VA_ARGS__", "(x, ...) x", "(x) mm_id(x)", "(x) mm_twice_not(x, #x)"])
        self.put(at, self.macro(body, f" N({self.tokens[at][1]})"))

    def call(self):
        """Where a word, its `(` and its `)` are; the call has no comma outside brackets, or has, as it comes."""
        places = [at for at in solid(self.tokens) if self.tokens[at][0] == "word" and self.tokens[at][1] not in KEYWORDS
                  and at + 1 < len(self.tokens) and self.tokens[at + 1][1] == "("]
        if not places:
            return None
        begin, depth = self.chance.choice(places), 0
        for end in range(begin + 1, len(self.tokens)):
            kind, text = self.tokens[end]
            if kind == "directive":
                return None
            depth += kind == "sign" and text in "([{"
            depth -= kind == "sign" and text in ")]}"
            if depth == 0 and kind == "sign":
                return begin, end
        return None

    def call_in_macro(self):
        found = self.call()
        if found:
            use = self.macro(self.chance.choice(["(...) __VA_ARGS__", "(...) mm_id(__VA_ARGS__)", "(x...) x"]), " N(")
            self.tokens[found[0]][1] = use + self.tokens[found[0]][1]
            self.tokens[found[1]][1] += ")"

    def name_in_macro(self):
        """The name and the bracket come from different macros."""
        found = self.call()
        if found:
            self.put(found[0], self.macro(f" {self.tokens[found[0]][1]} mm_nothing", " N "))

    def brackets(self):
        found = self.call()
        if found:
            self.tokens[found[0]][1] = "(" + self.tokens[found[0]][1]
            self.tokens[found[1]][1] += ")"

    def name_in_brackets(self):
        found = self.call()
        if found:
            self.put(found[0], f"({self.tokens[found[0]][1]})")

    def digraph(self):
        places = [at for at in solid(self.tokens) if self.tokens[at][1] in DIGRAPHS]
        if places:
            at = self.chance.choice(places)
            self.put(at, DIGRAPHS[self.tokens[at][1]])

    def splice(self):
        at = self.somewhere("word", "number", "string")
        text = self.tokens[at][1]
        cut = self.chance.randrange(len(text) + 1)
        self.put(at, text[:cut] + "\\\n" + text[cut:])

    def space(self):
        at = self.somewhere()
        self.tokens[at][1] += self.chance.choice([" ", "\n", "\n\n\n", "\t", " /* ; } */ ", " // (\n", " \\\n", "\f\v", "/**/"])

    def marker(self):
        at = self.somewhere()
        if self.tokens[at][1] == ";":
            self.tokens[at][1] += self.chance.choice(["\n#line 7\n", "\n#line 3 \"other.c\"\n", "\n#pragma mutray x\n",
                                                      "\n#if 0\n' (\n#endif\n", "\n#define mm_unused(\n#undef mm_unused\n"])

    def joined_lines(self):
        places = [at for at, (kind, text) in enumerate(self.tokens) if text == "\n" and 0 < at < len(self.tokens) - 1 and
                  self.tokens[at - 1][0] not in ("comment", "directive") and self.tokens[at + 1][0] not in ("directive", "space")]
        if places:
            self.put(self.chance.choice(places), " ")

    CHANGES = delete, double, exchange, replace, statement_again
    REWORDINGS = (as_object_macro, as_argument, call_in_macro, call_in_macro, name_in_macro, brackets, name_in_brackets, digraph,
                  splice, space, marker, joined_lines)


def mutated(text, chance):
    mutation = Mutation(split(text), chance)
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        chance.choice(Mutation.CHANGES)(mutation)
    for _ in range(chance.randrange(8)):
        chance.choice(Mutation.REWORDINGS)(mutation)
    text = "".join(text for _, text in mutation.tokens)
    head = ["#define mm_id(...) __VA_ARGS__", "#define mm_twice_not(x, y) x", "#define mm_nothing", *mutation.macros]
    return "\n".join(head) + "\n#line 1\n" + text


def runs(compiler, flags, folder, name):
    """What the program does; None if it cannot be built, or does not end soon."""
    built = subprocess.run([compiler, "-D_GNU_SOURCE", *flags, "try.c", "-o", name, "-pthread"], cwd=folder, capture_output=True)
    if built.returncode != 0:
        return None
    try:
        done = subprocess.run([f"./{name}"], cwd=folder, capture_output=True, timeout=5, stdin=subprocess.DEVNULL,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1"})
    except subprocess.TimeoutExpired:
        return None
    return done.returncode, done.stdout, done.stderr


def fit(seed, text, flags, folder):
    (folder / "try.c").write_text(text)
    compilers = edit_test.compilers(edit_test.Case("try"))
    plain = runs(compilers[seed % len(compilers)], ["-O1", "-w", *flags], folder, "try")
    if plain is None:
        return False
    return plain == runs("gcc", ["-O1", "-Wall", *UNDEFINED, "-fsanitize=address,undefined", *flags], folder, "try-sanitized")


def cases():
    """Golden programs of one file that any compiler takes."""
    found = []
    for path in sorted(GOLDEN.glob("*.c")):
        text = path.read_bytes().decode(errors="replace").replace("\r\n", "\n")
        if not re.search(r"^/\* (with|only): ", text, re.M) and "int main" in text:
            line = re.search(r"^/\* flags: (.*?) ?\*/$", text, re.M)
            flags = line[1].split() if line else []
            if not any(flag.startswith("-m") for flag in flags):  # probe.o is for this machine
                found.append((re.sub(r"^/\* \w+: .*?\*/\n", "", text, flags=re.M), flags))
    return found


PROGRAMS = cases()


def source(seed, folder):
    """The mutant of this seed, and what to compile it with. None: it is not fit for a test."""
    chance = random.Random(seed)
    text, flags = chance.choice(PROGRAMS)
    text, flags = mutated(text, chance), [*flags, "-I", str(GOLDEN)]
    return (text, [*flags, "-w"]) if fit(seed, text, flags, folder) else None


class Build(edit_fuzz.Build):
    @staticmethod
    def view(says):
        return set()  # a mutant deserves any number of warnings, and macros move them

    def edit(self, unit):
        text, how = super().edit(unit)
        if text is None and not how.startswith("exit status"):
            self.case.expected = f"plain {how}"
        return text, how

    def check_counts(self, sites, counted):
        totals = [re.findall(r"^total .*", report, re.M) for report in (sites, counted)]
        if totals[0] != totals[1]:
            raise edit_test.Failure(f"{self.compiler}: calls in all: {totals[0]}, in the plain program {totals[1]}")


if __name__ == "__main__":
    edit_fuzz.Build = Build
    sys.exit(edit_fuzz.main(__doc__.splitlines()[0], source))
