#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One case of the golden tests: what mutray-edit makes of a small program.

The case is built as `mutray cc` would build it, and compared with a plain build of it:

* the edited text with NAME.edited (only the program's own lines and what was inserted, see `essence`);
* what the compiler says of the edited text with what it says of the original, for every warning we could think of;
* output and exit status of the two programs, without a runtime and with one that counts (probe.c);
* the calls, each through its own site, with NAME.sites; and their sums with those of the plain program.

This is done with gcc, on text with macros where mutray-edit takes it, and with each clang that is installed, on the
fully expanded text. MUTRAY_UPDATE=1 writes NAME.edited and NAME.sites.

Comments at the head of a case say how: `flags: OPTIONS`, `also: OPTIONS` (build it so as well; same sites expected),
`with: FILE.c` (a second unit), `only: gcc`, `expect: expanded` (mutray-edit must ask for expanded text),
`expect: plain REASON` (it must give up, with these words), `uncounted: N` (calls that no site can see).
"""
import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
WARNINGS = """-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wredundant-decls -Wundef
    -Wstrict-prototypes -Wnested-externs -Wcast-qual -Wdeclaration-after-statement -Wc++-compat -Wdate-time""".split()
EXPANDED, EITHER = "expanded", "either"
EDITED, NOTHING, NEEDS_EXPANDED = 0, 3, 4  # exit statuses of mutray-edit


class Failure(Exception):
    pass


def run(command, **options):
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, cwd=CASES, capture_output=True, timeout=60, **options)
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(words)} does not end") from None


def must(command, **options):
    done = run(command, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')}")
    return done


class Case:
    def __init__(self, name):
        self.name = name
        self.source = CASES / f"{name}.c"
        self.variants, self.units, self.compilers, self.expected, self.uncounted = [], [f"{name}.c"], None, None, 0
        flags = []
        for key, value in re.findall(r"^/\* (\w+): (.*?) ?\*/\r?$", self.source.read_bytes().decode("latin-1"), re.M):
            if key == "flags":
                flags = value.split()
            elif key == "also":
                self.variants.append(value.split())
            elif key == "with":
                self.units.append(value)
            elif key == "only":
                self.compilers = value
            elif key == "expect":
                self.expected = value
            elif key == "uncounted":
                self.uncounted = int(value)
        self.variants.insert(0, flags)

    @property
    def plain(self):
        """The reason that mutray-edit must give for leaving the unit alone, or None."""
        return self.expected[len("plain "):] if self.expected and self.expected.startswith("plain ") else None


def dialect(flags):
    if "-ansi" in flags:
        return "c90"
    return next((flag[len("-std="):] for flag in flags if flag.startswith("-std=")), "gnu17")


STRUCTURES = re.compile(r"^struct mutray__\w+ \{.*\};$")
SHIM = re.compile(r"^(?:static|extern __attribute__\(\(__gnu_inline__\)\)) __inline__ __attribute__\(\(.*?\)\) (?:int|void)"
                  r" mutray__at_(\d+)\(.*?\) \{ void \(\*__const \*mutray__o\)\(void\).*&mutray__sites\[\1\]\);"
                  r" (?:return|else) \(?(\w+)\)?\(.*\); \}$")
WRAP = re.compile(r"^static __inline__ __attribute__\(\(.*?\)\) (.*) mutray__at_(\d+)\(\1 mutray__0\) \{ "
                  r"(long mutray__h = |if \(.*mutray__hints.*mutray__(made|hand_over)).*&mutray__sites\[\2\]\).*\}$")
REFERENCE = re.compile(r"^__attribute__\(.*\) (?:int|void) mutray__ref_\d+\(.*mutray__at_(\d+)\(.*\); \}$")
HOOKS = re.compile(r"^(#pragma pack|extern void mutray__|static void mutray__|void \(\*__const \*mutray__ops|static struct mutray__unit"
                   r"|extern void \(\*__const|extern long mutray__hints|long mutray__hints|#define mutray__(at|paste|paste2|thread_pointer|give)\("
                   r"|#undef |#(if|elif) defined\(__(x86_64|aarch64)__\)|#ifdef mutray__thread_pointer|#else|#endif)")
RECORD = re.compile(r'^__asm__\(".*?\.string \\"(.*?)\\"')
MARKER = re.compile(r'^# (\d+) "((?:[^"\\]|\\.)*)"')


def abbreviate(line):
    """An inserted line, without what every unit has."""
    shim, wrap = SHIM.match(line), WRAP.match(line)
    if shim:
        return f"<site {shim[1]}: {shim[2]}>"
    if wrap:
        return f"<site {wrap[2]}: {wrap[1]}>"
    if STRUCTURES.match(line) or HOOKS.match(line):
        return None
    reference = REFERENCE.match(line)
    if reference:
        return f"<site {reference[1]} may be called through a pointer>"
    record = RECORD.match(line)
    if record:
        return f"<record: {record[1]}>"
    return line


def essence(text, own):
    """The lines of the program's own files and of inserted blocks, each block followed by the place it returns to."""
    lines, file, shown, inserted, place = [], None, None, False, None
    for line in text.decode("latin-1").split("\n"):
        marker = MARKER.match(line)
        if marker and inserted and not line.endswith((" 2", " 2 3", " 2 3 4")):
            place = f"{marker[2]}:{marker[1]}"
        elif marker:
            if inserted:
                lines.append(f"<back to {marker[2]}:{marker[1]}>")
            inserted = marker[2] == "<mutray>"
            if inserted:
                lines.append("<mutray>")
            else:
                file = marker[2]
        elif inserted:
            short = abbreviate(line)
            if short and short.startswith("<site"):
                short = f"{short[:-1]} at {place}>"
            if short:
                lines.append("  " + short)
        elif file in own:
            if file != shown and line:
                lines.append(f"<{file}>")
                shown = file
            lines.append(line)
    text = "\n".join(lines)
    offsets = {}  # of spellings in macros' bodies: they depend on the system's headers
    text = re.sub(r"(mutray__at\(|mutray__m_)(\d+)", lambda m: m[1] + str(offsets.setdefault(m[2], len(offsets))), text)
    text = re.sub(r"\{ \{ 0, 0, 0, 0, PTHREAD_MUTEX_TIMED_NP, 0, 0, \{ 0, 0 \} \} \}", "PTHREAD_MUTEX_INITIALIZER", text)
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def compare(what, path, actual, write):
    """`write`: this is the build that MUTRAY_UPDATE=1 takes for the truth."""
    if write and os.environ.get("MUTRAY_UPDATE") == "1":
        path.write_bytes(actual.encode("latin-1"))
        return
    expected = path.read_bytes().decode("latin-1") if path.exists() else ""
    if expected != actual:
        lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="", n=2)
        raise Failure(f"{what} is not as in {path.name} (MUTRAY_UPDATE=1 writes it):\n" + "\n".join(lines))


def messages(stderr):
    """Warnings and errors, without columns, which an edit moves; two for one line and option count once."""
    found = re.findall(r"^(\S+?):(\d+):(?:\d+:)? (?:fatal )?(warning|error): (.*?)(?: \[(\S+)\])?$",
                       stderr.decode(errors="replace"), re.M)
    return {(file, int(line), kind, option or text) for file, line, kind, text, option in found
            if option != "-Wgnu-line-marker"}


class Build:
    """A case, built by one compiler with one set of options, plain and edited."""

    def __init__(self, case, compiler, flags, options, folder):
        self.case, self.compiler, self.options, self.folder = case, compiler, options, folder
        self.flags = ["-O1", "-g", *WARNINGS, *flags]
        self.standard = dialect(flags)
        self.directives = compiler == "gcc"

    @staticmethod
    def view(says):
        """What of the compiler's messages must be the same."""
        return says

    def compile(self, source, output, *flags):
        done = run([self.compiler, *self.flags, *flags, "-c", source, "-o", output])
        if done.returncode != 0:
            raise Failure(f"{self.compiler} refuses {source}:\n{done.stderr.decode(errors='replace')}")
        return messages(done.stderr)

    def edit(self, unit):
        """Returns the edited text's path and what it needs to be compiled, or (None, reason)."""
        text, edited = self.folder / "text.i", self.folder / "edited.i"
        for directives in ([True] if self.directives else []) + [False]:
            more = ["-fdirectives-only"] if directives else []
            made = run([self.compiler, *self.flags, "-E", *more, unit, "-o", text])
            if made.returncode != 0 and directives:
                continue  # as the driver does: __COUNTER__ in a directive, -Wunused-macros
            if directives and re.search(rb"\b__(BASE_FILE|TIMESTAMP)__\b", text.read_bytes()):
                continue  # as the driver does: they would name the temporary file
            done = run([self.options.edit, "--main", unit, "--std", self.standard,
                        *([] if directives else ["--expanded"]), text, edited])
            if done.returncode == EDITED:
                return edited, ["-x", "c", "-fpreprocessed", *more] if self.compiler == "gcc" else ["-x", "cpp-output"]
            if done.returncode != NEEDS_EXPANDED:
                break
        return None, done.stderr.decode().strip() or ("nothing" if done.returncode == NOTHING else f"exit status {done.returncode}")

    def build_unit(self, unit):
        """Objects (plain, edited) of one unit, after comparing what the compiler has to say of each."""
        plain, edited = self.folder / f"{Path(unit).stem}.plain.o", self.folder / f"{Path(unit).stem}.edited.o"
        said = self.compile(unit, plain)
        text, how = self.edit(unit)
        if text is None:
            if how != self.case.plain:
                raise Failure(f"mutray-edit gives up on {unit}: {how}")
            return plain, None
        if self.case.plain:
            raise Failure(f"mutray-edit takes {unit}, which it was expected to leave alone: {self.case.plain}")
        expanded = "-fdirectives-only" not in how
        if self.directives and self.case.expected != EITHER and expanded != (self.case.expected == EXPANDED):
            raise Failure(f"{unit} was {'' if expanded else 'not '}edited as expanded text")
        if expanded:
            said = self.compile(self.folder / "text.i", self.folder / "text.o", *how)
        says = self.compile(text, edited, *how)
        if self.view(says) != self.view(said):
            raise Failure(f"{self.compiler} on {unit}: lost {sorted(said - says)}, new {sorted(says - said)}")
        return plain, edited

    def link(self, name, objects, probe):
        program = self.folder / name
        wraps = []
        if probe:
            objects = [*objects, self.options.probe]
            wraps = [f"-Wl,--wrap={function}" for function in self.options.functions]
        link_flags = [flag for flag in self.flags if flag.startswith(("-m", "-f"))]
        must([self.compiler, *link_flags, *objects, *wraps, "-pthread", "-o", program])
        output = self.folder / f"{name}.probe"
        done = run([program], env={**os.environ, "PROBE_OUTPUT": str(output)}, stdin=subprocess.DEVNULL)
        return (done.returncode, done.stdout, done.stderr), output.read_text(encoding="latin-1") if probe else ""

    def check(self, golden):
        sites = self.run_all()
        if sites is None:
            return
        if golden and len(self.case.units) == 1:
            own = {path.name for path in CASES.iterdir()}
            text = (self.folder / "edited.i").read_bytes()
            compare("the edited text", CASES / f"{self.case.name}.edited", essence(text, own), write=True)
        self.compare_sites(re.sub(r"^total .*\n", "", sites, flags=re.M).replace(" ./", " "), golden)  # clang: ./HEADER

    def run_all(self):
        """Builds and runs everything; returns what the sites say, or None for a unit that rightly stays plain."""
        pairs = [self.build_unit(unit) for unit in self.case.units]
        if any(edited is None for plain, edited in pairs):
            return None
        plain, edited = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        expected, _ = self.link("plain", plain, probe=False)
        for name, objects, probe in (("edited", edited, False), ("probed", edited, True), ("counted", plain, True)):
            result, report = self.link(name, objects, probe)
            if result != expected:
                raise Failure(f"{self.compiler}: the {name} program gives {result}, the plain one {expected}")
            if name == "probed":
                sites = report
        self.check_counts(sites, report)
        return sites

    def compare_sites(self, sites, golden):
        """Expanded text tells less of what macros did: NAME.expanded.sites is there where that makes a difference."""
        path, expanded = CASES / f"{self.case.name}.sites", CASES / f"{self.case.name}.expanded.sites"
        if self.directives or self.case.expected == EXPANDED:
            compare(f"{self.compiler} {' '.join(self.flags)}: what the sites say", path, sites, write=golden)
            return
        if os.environ.get("MUTRAY_UPDATE") == "1":
            expanded.unlink(missing_ok=True)
            if path.read_bytes().decode("latin-1") != sites:
                expanded.write_bytes(sites.encode("latin-1"))
        compare(f"{self.compiler} {' '.join(self.flags)}: what the sites say", expanded if expanded.exists() else path,
                sites, write=False)

    def check_counts(self, sites, counted):
        totals = [re.findall(r"^total .*", report, re.M) for report in (sites, counted)]
        if totals[0] != totals[1]:
            raise Failure(f"{self.compiler}: calls in all: {totals[0]}, in the plain program {totals[1]}")
        around = sum(int(number) for number in re.findall(r"^plain \w+ (\d+)", sites, re.M))
        if around != self.case.uncounted:
            raise Failure(f"{self.compiler}: {around} calls went around their sites, not {self.case.uncounted}")


def is_for(case, compiler):
    return case.compilers is None or compiler.startswith(case.compilers)


def compilers(case):
    return [name for name in ("gcc", "clang", "clang-19") if shutil.which(name) and is_for(case, name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edit", required=True, type=os.path.abspath, help="mutray-edit")
    parser.add_argument("--include", required=True, type=os.path.abspath, help="runtime/include")
    parser.add_argument("name", nargs="+")
    options = parser.parse_args()
    listed = Path(options.include, "mutray/functions.def").read_text()
    options.functions = re.findall(r"^MUTRAY_FUNCTION\(\w+, (\w+),", listed, re.M)
    failed = 0
    for name in options.name:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_case(Case(name), options, Path(folder))
            except Failure as failure:
                failed = 1
                print(f"{name}: {failure}", file=sys.stderr)
    return failed


def check_case(case, options, folder):
    options.probe = folder / "probe.o"
    for index, flags in enumerate(case.variants):
        machine = [flag for flag in flags if flag.startswith("-m")]
        must(["gcc", "-O1", *machine, "-I", options.include, "-c", HERE / "probe.c", "-o", options.probe])
        for compiler in compilers(case):
            Build(case, compiler, flags, options, folder).check(golden=compiler == "gcc" and index == 0)


if __name__ == "__main__":
    sys.exit(main())
