#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A project in several files (project/), mirrored by mutray rewrite and built by its own CMakeLists.txt and Makefile.

The mirror must build without a warning under every compiler there is, print what the original prints, and name its
locks as `mutray cc` names them. `mutray diff` must show project.diff (MUTRAY_UPDATE=1 writes it). Trouble is one line
and status 2.

Usage: project_test.py MUTRAY [unittest arguments]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"
COMPILERS = [name for name in ("gcc", "clang", "clang-19") if shutil.which(name)]
MUTRAY = os.path.abspath(sys.argv.pop(1))
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "MUTRAY_", "CFLAGS", "LDFLAGS"))}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, env=ENVIRONMENT,
                          **options)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Rewrite(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) if hasattr(self, "enterContext") else None
        if self.folder is None:  # before Python 3.11
            holder = tempfile.TemporaryDirectory()
            self.addCleanup(holder.cleanup)
            self.folder = Path(holder.name)
        self.source = self.folder / "depot"
        shutil.copytree(PROJECT, self.source)

    def must(self, *command, **options):
        done = run(*command, **options)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done

    def cmake(self, source, compiler, *options):
        build = self.folder / f"build-{source.name}-{compiler}"
        self.must("cmake", "-S", source, "-B", build, f"-DCMAKE_C_COMPILER={compiler}",
                  "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options)
        self.must("cmake", "--build", build)
        return build

    def rewrite(self, folder, name="mirror", *options):
        tree = self.folder / name
        done = self.must(MUTRAY, "rewrite", "-p", folder, "--out", tree, *options)
        self.assertEqual(done.stderr, "")
        return tree, done.stdout

    def names(self, program):
        """Name and declaration of each lock in a profile of every event."""
        report = self.folder / "report.json"
        self.must(MUTRAY, "run", "-q", "--pct", "100", "--json", report, "--", program)
        return sorted((lock["name"], lock["declaration"]) for lock in json.loads(report.read_text())["locks"])

    def test_cmake(self):
        for compiler in COMPILERS:
            with self.subTest(compiler):
                plain = self.cmake(self.source, compiler)
                tree, words = self.rewrite(plain, f"mirror-{compiler}")
                self.assertRegex(words, r"5 files edited, \d+ lock calls")
                mirror = self.cmake(tree, compiler)
                cc = self.folder / f"cc-{compiler}"
                self.must("cmake", "-S", self.source, "-B", cc, f"-DCMAKE_C_COMPILER={compiler}",
                          f"-DCMAKE_C_COMPILER_LAUNCHER={MUTRAY};cc;--")
                self.must("cmake", "--build", cc)
                self.assertEqual(self.must(mirror / "depot").stdout, self.must(plain / "depot").stdout)
                names = self.names(mirror / "depot")
                self.assertEqual(names, self.names(cc / "depot"))
                self.assertGreaterEqual(len(names), 6)
                shutil.rmtree(cc)

    def make_database(self, compiler):
        lines = self.must("make", "-n", "-B", f"CC={compiler}", cwd=self.source).stdout.splitlines()
        entries = [{"directory": str(self.source), "command": line, "file": line.split()[-1]}
                   for line in lines if " -c " in line]
        (self.source / "compile_commands.json").write_text(json.dumps(entries))

    def test_make(self):
        """Built in the source folder itself, whose objects must not come along."""
        self.must("make", cwd=self.source)
        self.make_database("cc")
        tree, _ = self.rewrite(self.source)
        self.assertEqual(list(tree.rglob("*.o")), [])
        expected = self.must("./depot", cwd=self.source).stdout
        for compiler in COMPILERS:
            for standard in ("-std=c11", "-std=gnu17 -O0", "-std=c99 -pedantic-errors"):
                self.must("make", "-B", f"CC={compiler}", f"CFLAGS={standard}", cwd=tree)
                self.assertEqual(self.must("./depot", cwd=tree).stdout, expected)

    def test_diff(self):
        plain = self.cmake(self.source, "gcc")
        tree, _ = self.rewrite(plain)
        shown = self.must(MUTRAY, "diff", tree).stdout
        path = HERE / "project.diff"
        if os.environ.get("MUTRAY_UPDATE") == "1":
            path.write_text(shown)
        self.assertEqual(shown, path.read_text())
        self.assertIn("+++ b/src/main.c.mutray.h", self.must(MUTRAY, "diff", "--all", tree).stdout)
        again, _ = self.rewrite(plain, "again")
        self.assertEqual(contents(tree), contents(again))

    def test_other_configurations(self):
        """Edited under one configuration, compiled under others; also what no unit of the database includes."""
        plain = self.cmake(self.source, "gcc")
        entries = json.loads((plain / "compile_commands.json").read_text())
        entries = [entry for entry in entries if "-DCOUNTED" not in entry["command"]]
        (plain / "compile_commands.json").write_text(json.dumps(entries))
        tree, _ = self.rewrite(plain)
        for flags in ([], ["-DCOUNTED"], ["-DNEVER"], ["-DCOUNTED", "-DNEVER", "-D_GNU_SOURCE"]):
            for unit in ("src/stock.c", "src/main.c", "src/crane.c", "src/unlocked.c"):
                self.must("gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Iinclude", *flags,
                          "-c", unit, "-o", "/dev/null", cwd=tree)

    def test_second_run(self):
        """Touches only what changes, removes what is no more, leaves alone what is not its own."""
        plain = self.cmake(self.source, "gcc")
        tree, _ = self.rewrite(plain)
        (tree / "mine.txt").write_text("mine")
        crane, main = tree / "src/crane.c", tree / "src/main.c"
        before = crane.stat().st_mtime_ns, main.stat().st_mtime_ns
        text = self.source / "src/crane.c"
        text.write_text(text.read_text().replace("pthread_mutex_lock(&lock->m)", "(void)lock")
                        .replace("pthread_mutex_unlock(&lock->m)", "(void)lock")
                        .replace("{PTHREAD_MUTEX_INITIALIZER}", "{{{0}}}"))
        self.rewrite(plain)
        self.assertEqual(main.stat().st_mtime_ns, before[1])
        self.assertNotEqual(crane.stat().st_mtime_ns, before[0])
        self.assertFalse((tree / "src/crane.c.mutray.h").exists())
        self.assertEqual((tree / "mine.txt").read_text(), "mine")

    def test_links_and_modes(self):
        (self.source / "tool.sh").write_text("#!/bin/sh\n")
        (self.source / "tool.sh").chmod(0o755)
        (self.source / "src/linked.h").symlink_to("../include/stock.h")
        text = self.source / "src/stock.c"
        text.write_text(text.read_text().replace('"stock.h"', '"linked.h"'))
        tree, _ = self.rewrite(self.cmake(self.source, "gcc"))
        self.assertEqual((tree / "tool.sh").stat().st_mode & 0o777, 0o755)
        self.assertEqual(os.readlink(tree / "src/linked.h"), "../include/stock.h")
        self.cmake(tree, "gcc")

    def trouble(self, words, *command):
        done = run(MUTRAY, *command, cwd=self.source)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(words, done.stderr)

    def test_trouble(self):
        self.trouble("CMAKE_EXPORT_COMPILE_COMMANDS", "rewrite", "-p", self.source, "--out", self.folder / "out")
        self.assertFalse((self.folder / "out").exists())
        self.make_database("cc")
        self.trouble("--out TREE", "rewrite", "-p", self.source)
        self.trouble("not empty", "rewrite", "--out", "src")
        self.trouble("over the project", "rewrite", "--out", ".")
        self.trouble("over the project", "rewrite", "--out", "..")
        self.trouble("was not written by", "diff", self.source)
        (self.source / "compile_commands.json").write_text("[{")
        self.trouble("compile_commands.json, line 1", "rewrite", "--out", "../out")
        (self.source / "compile_commands.json").write_text("[]")
        self.trouble("no command that compiles C", "rewrite", "--out", "../out")

    def test_missing_source(self):
        self.make_database("cc")
        (self.source / "src/crane.c").unlink()
        tree, words = self.rewrite(self.source)
        self.assertIn("left alone", words)
        self.assertIn("src/crane.c:1: (the whole unit): No such file", (tree / ".mutray-rewrite/report").read_text())


if __name__ == "__main__":
    unittest.main()
