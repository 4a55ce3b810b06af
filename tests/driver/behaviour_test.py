#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `mutray cc` does of its own: how it is called, what it leaves alone, how it fails, whom it works with.

usage: behaviour_test.py BIN_FOLDER [unittest options]
"""
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.abspath(sys.argv.pop(1)) if __name__ == "__main__" else ""
MUTRAY, CC, STAGE = (f"{BIN}/{name}" for name in ("mutray", "mutray-cc", "mutray-stage"))
EDITOR = f"{HERE}/editor.sh"


def have(*programs):
    return all(shutil.which(program) for program in programs)


class Case(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="behaviour-")
        self.addCleanup(self.scratch.cleanup)
        self.folder = f"{self.scratch.name}/work"
        shutil.copytree(f"{HERE}/sources", self.folder)
        os.mkdir(f"{self.scratch.name}/tmp")
        self.log = f"{self.scratch.name}/log"
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": self.scratch.name,
                            "TMPDIR": f"{self.scratch.name}/tmp", "MUTRAY_CC_LOG": self.log,
                            "ASAN_OPTIONS": "detect_leaks=0"}

    def run_in(self, *command, **environment):
        return subprocess.run(command, cwd=self.folder, env={**self.environment, **environment}, text=True,
                              errors="replace", capture_output=True, stdin=subprocess.DEVNULL, timeout=300)

    def good(self, *command, **environment):
        done = self.run_in(*command, **environment)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done

    def records(self, path):
        done = self.run_in("readelf", "-p", ".mutray", path)
        return [line.split("]  ", 1)[1] for line in done.stdout.splitlines() if "]  " in line]

    def assert_instrumented(self, path):
        self.assertTrue(any(" instrumented " in line for line in self.records(path)), f"{path} is not instrumented")

    def assert_plain(self, path):
        self.assertTrue(os.path.exists(f"{self.folder}/{path}"))
        self.assertEqual(self.records(path), [])

    def logged(self):
        with open(self.log) as file:
            return file.read()

    def assert_tidy(self):
        self.assertEqual(os.listdir(f"{self.scratch.name}/tmp"), [])


class Calling(Case):
    """The forms of the command."""

    def test_dashes_may_be_left_out(self):
        self.good(MUTRAY, "cc", "gcc", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_mutray_cc_with_a_compiler(self):
        self.good(CC, "gcc", "-std=c11", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_mutray_cc_with_a_path(self):
        self.good(CC, shutil.which("gcc"), "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_mutray_cc_alone_is_gcc(self):
        self.good(CC, "-c", "lock.c")
        self.assert_instrumented("lock.o")
        self.good(CC, "lock.c", "-c", "-o", "second.o")
        self.assert_instrumented("second.o")
        self.assertEqual(self.good(CC, "--version").stdout, self.good("gcc", "--version").stdout)

    def test_cc_is_recognised(self):
        self.good(MUTRAY, "cc", "--", "cc", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_a_script_that_runs_gcc_is_recognised(self):
        with open(f"{self.folder}/mycompiler", "w") as file:
            file.write('#!/bin/sh\nexec gcc "$@"\n')
        os.chmod(f"{self.folder}/mycompiler", 0o755)
        self.good(MUTRAY, "cc", "--", "./mycompiler", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_no_compiler_given(self):
        done = self.run_in(MUTRAY, "cc")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("mutray cc -- gcc", done.stderr)

    def test_unknown_option(self):
        done = self.run_in(MUTRAY, "cc", "--strickt", "--", "gcc", "-c", "lock.c")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--strict", done.stderr)

    def test_missing_compiler(self):
        driver = (MUTRAY, "cc", "--")
        for command in ((*driver, "no-such-gcc"), (*driver, "no-such-compiler"), (CC, "./no-gcc")):
            done = self.run_in(*command, "-c", "lock.c")
            self.assertEqual(done.returncode, 127, command)
            self.assertRegex(done.stderr, r"^mutray: cannot run \S+: No such file or directory; give a compiler .*\n$")

    def test_not_executable_compiler(self):
        done = self.run_in(MUTRAY, "cc", "--", "./gcc", "-c", "lock.c")
        self.assertEqual(done.returncode, 127)
        shutil.copy(f"{self.folder}/lock.c", f"{self.folder}/gcc")
        self.assertEqual(self.run_in(MUTRAY, "cc", "--", "./gcc", "-c", "lock.c").returncode, 126)

    def test_off(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", MUTRAY_OFF="1")
        self.assert_plain("lock.o")
        self.good(CC, "gcc", "-c", "lock.c", MUTRAY_OFF="0")
        self.assert_instrumented("lock.o")

    def test_macro_that_says_so(self):
        """In C that is compiled, however, and nowhere else: not in checks, other languages, or with MUTRAY_OFF."""
        with open(f"{self.folder}/says.c", "w") as file:
            file.write("#ifdef __MUTRAY__\nint through_mutray = __MUTRAY__;\n#else\nint plain;\n#endif\n")
        for name in "says.cc", "conftest.c", "locks.c":
            shutil.copy(f"{self.folder}/says.c", f"{self.folder}/{name}")
        with open(f"{self.folder}/locks.c", "a") as file:
            file.write("#include <pthread.h>\nint f(pthread_mutex_t *m) { return pthread_mutex_lock(m); }\n")

        def says(*command, **environment):
            self.good(*command, "-o", "says.o", **environment)
            return "through_mutray" in self.good("nm", "says.o").stdout

        for compiler in filter(have, ("gcc", "clang")):
            for options in ((), ("-save-temps",), ("-D__MUTRAY__", "-Werror")):
                for source in "says.c", "locks.c":
                    self.assertTrue(says(CC, compiler, *options, "-c", source), (compiler, options, source))
            self.assertFalse(says(CC, compiler, "-c", "says.cc"))
            self.assertFalse(says(CC, compiler, "-c", "conftest.c"))
            self.assertFalse(says(CC, compiler, "-c", "says.c", MUTRAY_OFF="1"))
            self.assertFalse(says(CC, compiler, "-U__MUTRAY__", "-c", "says.c"))
        self.good("gcc", "given.h", "-o", "given.h.gch")
        done = self.good(CC, "gcc", "-H", "-Winvalid-pch", "-Werror", "-include", "given.h", "-DX=GIVEN", "-c", "lock.c")
        self.assertIn("! ./given.h.gch", done.stderr)
        self.assert_instrumented("lock.o")

    def test_stage_by_hand(self):
        done = self.run_in(STAGE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("mutray cc -- gcc", done.stderr)

    def test_a_wrapper_of_the_users_own(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-wrapper", "env,A=b", "-c", "lock.c")
        self.assert_plain("lock.o")

    def test_comma_in_the_tools_path(self):
        copy = f"{self.scratch.name}/odd, folder/bin"
        shutil.copytree(BIN, copy, symlinks=True,
                        ignore=lambda _, names: [name for name in names if not name.startswith("mutray")])
        self.good(f"{copy}/mutray", "cc", "--", "gcc", "-c", "lock.c")
        self.assert_instrumented("lock.o")
        self.good(f"{copy}/mutray-cc", "gcc", "main.c", "lock.c", "-o", "program")
        self.assert_instrumented("program")


class Trouble(Case):
    """A build with mutray never fails because of mutray."""

    def plain_with(self, reason, *arguments, **environment):
        done = self.good(CC, "gcc", "-c", "lock.c", *arguments, MUTRAY_EDIT=EDITOR, **environment)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.records("lock.o"), [f"mutray 1 unit lock.c plain reason={reason}"])
        self.good("gcc", "main.c", "lock.o", "-o", "program")
        self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")
        self.assert_tidy()

    def test_a_compiler_that_writes_objects_itself_records_it_too(self):
        for compiler in filter(have, ("clang", "clang-19")):
            for does, reason in ("fail", 'a reason, "quoted" and \\ all'), ("break", "the edited text does not compile: "):
                done = self.good(CC, compiler, "-g", "-MD", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES=does)
                self.assertEqual(done.stderr, "")
                self.assertTrue(self.records("lock.o")[0].startswith(f"mutray 1 unit lock.c plain reason={reason}"))
                with open(f"{self.folder}/lock.d") as file:
                    self.assertNotIn("record", file.read())
                self.good(compiler, "main.c", "lock.o", "-o", "program")
                self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")
                self.assert_tidy()

    def test_edit_fails(self):
        self.plain_with('a reason, "quoted" and \\ all', EDITOR_DOES="fail")
        self.assertIn("lock.c: not instrumented: a reason", self.logged())

    def test_edit_fails_through_a_pipe(self):
        self.plain_with('a reason, "quoted" and \\ all', "-pipe", EDITOR_DOES="fail")

    def test_edit_fails_silently(self):
        self.plain_with("mutray-edit failed with status 1", EDITOR_DOES="fail-silently")

    def test_edit_crashes(self):
        self.plain_with("mutray-edit ended by signal 11", EDITOR_DOES="crash")

    def test_edit_is_missing(self):
        done = self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", MUTRAY_EDIT="/nonexistent/mutray-edit")
        self.assertEqual(done.stderr, "")
        self.assertIn("cannot run mutray-edit: No such file", self.records("lock.o")[0])

    def test_edited_text_does_not_compile(self):
        for arguments in ((), ("-pipe",), ("-MD",)):
            self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", *arguments, MUTRAY_EDIT=EDITOR, EDITOR_DOES="break")
            self.assertIn("plain reason=the edited text does not compile: expected", self.records("lock.o")[0])
        self.good("gcc", "main.c", "lock.o", "-o", "program")
        self.good("./program")
        self.assert_tidy()

    def test_expanded_text_is_tried_before_giving_up(self):
        for does in "undeclared", "misplaced":
            for flags in ((), ("-w",), ("-Werror",)):
                if (does, flags) == ("undeclared", ("-w",)): continue  # then the compiler does not say that it guessed
                self.good(MUTRAY, "cc", "--", "gcc", "-c", *flags, "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES=does)
                symbols = self.good("nm", "lock.o").stdout
                self.assertIn("was_expanded", symbols)
                self.assertNotIn("mutray__at_1", symbols)
        self.assert_tidy()

    def test_edited_text_earns_a_warning(self):
        done = self.good(CC, "gcc", "-Wstrict-prototypes", "-Werror", "-c", "lock.c", MUTRAY_EDIT=EDITOR,
                         EDITOR_DOES="warn")
        self.assertEqual(done.stderr, "")
        self.assertIn("warned", self.good("nm", "lock.o").stdout)

    def test_expanded_text_is_the_second_try(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-g3", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="expanded")
        self.assertIn("was_expanded", self.good("nm", "lock.o").stdout)

    def test_input_is_left_alone(self):
        """Generated sources say `#line 1 "/dev/stdin"`; a build may well be fed by a pipe."""
        with open(f"{self.folder}/made.c", "w") as file:
            file.write('#include <pthread.h>\n#line 1 "/dev/stdin"\nint f(pthread_mutex_t *m)\n{\n'
                       '    return pthread_mutex_lock(m);\n}\n')
        done = subprocess.run(["sh", "-c", '"$0" cc -- gcc -c made.c && cat', MUTRAY], cwd=self.folder, input="mine\n",
                              env=self.environment, text=True, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, "mine\n"), done.stderr)
        self.assertTrue(self.records("made.o"))

    def test_nothing_to_edit(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="nothing")
        self.assert_plain("lock.o")

    def test_edit_has_a_limit_of_processor_time(self):
        started = f"{self.scratch.name}/limit"
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="limits",
                  EDITOR_STARTED=started)
        with open(started) as file:
            self.assertLess(int(file.read()), 1000)

    def test_strict(self):
        for extra in ({"MUTRAY_STRICT": "1"}, {}):
            option = [] if extra else ["--strict"]
            done = self.run_in(MUTRAY, "cc", *option, "--", "gcc", "-c", "lock.c", MUTRAY_EDIT=EDITOR,
                               EDITOR_DOES="fail", **extra)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"^lock\.c:\d: error: .*: a reason, [^\n]*\n$")
            self.assertFalse(os.path.exists(f"{self.folder}/lock.o"))
        self.good(MUTRAY, "cc", "--strict", "--", "gcc", "-c", "plain.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="fail")
        self.good(CC, "--strict", "gcc", "-c", "lock.c")
        done = self.run_in(CC, "--strict", "gcc", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="break")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the edited text does not compile", done.stderr)

    def test_temporary_folder_is_missing(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", TMPDIR="/nonexistent")
        self.assert_instrumented("lock.o")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
    def test_temporary_folder_is_full(self):
        small = f"{self.scratch.name}/small"
        os.mkdir(small)
        script = f"mount -t tmpfs -o size=64k none {small} && exec {MUTRAY} cc -- gcc -c lock.c"
        done = self.run_in("unshare", "-m", "sh", "-c", script, TMPDIR=small)
        if "unshare" in done.stderr or "mount" in done.stderr:
            self.skipTest("no private mounts here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("plain reason=", self.records("lock.o")[0])

    def test_what_fits_plain_fits(self):
        """Whatever the limit on the size of files: where the compiler succeeds it does so through mutray, and says the same."""
        with open(f"{self.folder}/large.c", "w") as file:
            file.write('#include <pthread.h>\nstatic pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n' + "".join(
                f"int f{i}(void) {{ pthread_mutex_lock(&m); return pthread_mutex_unlock(&m); }}\n" for i in range(40)))
        for compiler in filter(have, ("gcc", "clang")):
            outcomes = set()
            for blocks in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256):
                done = {}
                for command in compiler, f"{MUTRAY} cc -- {compiler}":
                    for left in ("large.o", "large.s"):
                        if os.path.exists(f"{self.folder}/{left}"):
                            os.unlink(f"{self.folder}/{left}")
                    done[command] = self.run_in("bash", "-c", f"ulimit -f {blocks}; {command} -S large.c -o plain.s && "
                                                f"exec {command} -O1 -c large.c", MUTRAY_CC_LOG="")
                plain, other = done.values()
                if plain.returncode == 0:
                    self.assertEqual((other.returncode, other.stdout, other.stderr), (0, plain.stdout, plain.stderr), blocks)
                    outcomes.add(any(" instrumented " in line for line in self.records("large.o")))
                else:
                    self.assertNotEqual(other.returncode, 0)
                    self.assertFalse(os.path.exists(f"{self.folder}/large.o"))
                # A clang that the limit kills leaves files of its own.
                self.assertEqual([name for name in os.listdir(f"{self.scratch.name}/tmp") if name.startswith("mutray-")], [])
            self.assertEqual(outcomes, {False, True})

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a file system that cannot be written to")
    def test_folders_that_cannot_be_written_to(self):
        """Sources may be anywhere, and where the output cannot be, the compiler says so in its own words."""
        os.mkdir(f"{self.scratch.name}/out")
        script = (f"mount --bind -o ro {self.folder} {self.folder} && mount -o remount,bind,ro {self.folder} && cd {self.folder} && "
                  "{ CC -MD -c lock.c -o ../out/lock.o && CC -c lock.c -o lock.o; }")
        said = {}
        for compiler in "gcc", f"{MUTRAY} cc -- gcc":
            done = self.run_in("unshare", "-m", "sh", "-c", script.replace("CC", compiler))
            if "unshare" in done.stderr or "mount" in done.stderr:
                self.skipTest("no private mounts here")
            self.assertNotEqual(done.returncode, 0)
            with open(f"{self.scratch.name}/out/lock.d") as file:
                said[compiler] = done.returncode, done.stdout, done.stderr, file.read()
        self.assertEqual(*said.values())
        self.assert_instrumented(f"{self.scratch.name}/out/lock.o")
        self.assert_tidy()

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            started = f"{self.scratch.name}/started"
            process = subprocess.Popen([MUTRAY, "cc", "--", "gcc", "-c", "lock.c"], cwd=self.folder,
                                       env={**self.environment, "MUTRAY_EDIT": EDITOR, "EDITOR_DOES": "sleep",
                                            "EDITOR_STARTED": started},
                                       start_new_session=True, stderr=subprocess.DEVNULL)
            for _ in range(600):
                if os.path.exists(started):
                    break
                time.sleep(0.05)
            os.killpg(process.pid, number)
            self.assertEqual(process.wait(60), -number)
            for _ in range(200):  # the compiler's driver may be gone before the stage is
                if not os.listdir(f"{self.scratch.name}/tmp"):
                    break
                time.sleep(0.05)
            self.assert_tidy()
            self.assertFalse(os.path.exists(f"{self.folder}/lock.o"))
            os.unlink(started)

    def test_compiler_is_killed(self):
        os.mkdir(f"{self.folder}/tools")
        with open(f"{self.folder}/tools/cc1", "w") as file:
            file.write("#!/bin/sh\nkill -KILL $$\n")
        os.chmod(f"{self.folder}/tools/cc1", 0o755)
        plain = self.run_in("gcc", "-B", "tools", "-c", "lock.c")
        other = self.run_in(MUTRAY, "cc", "--", "gcc", "-B", "tools", "-c", "lock.c")
        self.assertEqual(plain.returncode, other.returncode)
        self.assertIn("Killed signal terminated program", plain.stderr)
        self.assertIn("Killed signal terminated program", other.stderr)
        self.assert_tidy()

    def test_dependencies_that_the_environment_asks_for(self):
        """Each unit once, in the compiler's own words, whether or not there was anything to say."""
        wanted = f"{self.scratch.name}/wanted"
        for variable in "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES":
            said = []
            for command in (("gcc",), (MUTRAY, "cc", "--", "gcc")):
                for arguments in (("lock.c",), ("-Wall", "warn.c"), ("plain.c",), ("error.c",), ("-pipe", "fall.c")):
                    self.run_in(*command, "-c", *arguments, **{variable: f"{wanted} target"})
                if command[0] != "gcc":
                    self.good(*command, "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="fail", **{variable: f"{wanted} target"})
                else:
                    self.good(*command, "-c", "lock.c", **{variable: f"{wanted} target"})
                with open(wanted) as file:
                    said.append(file.read())
                os.unlink(wanted)
            self.assertEqual(said[0], said[1])
            self.assertIn("inline.h", said[0])

    def test_colours(self):
        """On a terminal the compiler colours its words; it must still find one."""
        for compiler in filter(have, ("gcc", "clang")):
            plain, other = (self.on_terminal(*command, "-Wall", "-c", "warn.c")
                            for command in ((compiler,), (MUTRAY, "cc", "--", compiler)))
            self.assertIn(b"\x1b[", plain)
            self.assertEqual(plain, other)

    def on_terminal(self, *command):
        master, slave = pty.openpty()
        process = subprocess.Popen(command, cwd=self.folder, env={**self.environment, "TERM": "xterm"}, stdout=slave,
                                   stderr=slave, stdin=slave)
        os.close(slave)
        output = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            output += piece
        os.close(master)
        self.assertEqual(process.wait(), 0)
        return output


class Configuration(Case):
    """A project's own `.mutray` decides with what has to do with locks."""

    def setUp(self):
        super().setUp()
        with open(f"{self.folder}/own.c", "w") as file:
            file.write("struct own { int x; };\nint own_lock(struct own *o);\nstruct own o;\n"
                       "int f(void) { return own_lock(&o); }\n")

    def describe(self, text):
        with open(f"{self.folder}/.mutray", "w") as file:
            file.write(text)

    def test_functions_of_the_project(self):
        self.good(CC, "gcc", "-c", "own.c")
        self.assert_plain("own.o")
        self.describe("type own\nfunction own_lock mutex acquire 0\n")
        self.good(CC, "gcc", "-c", "own.c")
        self.assert_instrumented("own.o")

    def test_mistakes_are_told(self):
        self.describe("nonsense\n")
        self.good(CC, "gcc", "-c", "lock.c")
        self.assertRegex(self.records("lock.o")[0], r"plain reason=.*\.mutray:1: ")

    @unittest.skipUnless(have("ccache"), "no ccache")
    def test_it_is_in_the_key_of_caches(self):
        ccache = {"CCACHE_DIR": f"{self.scratch.name}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        for description, wanted in (("", False), ("name mutex renamed_mutex\n", True), ("", False)):
            self.describe(description)
            self.good(MUTRAY, "cc", "--", "ccache", "gcc", "-c", "lock.c", **ccache)
            self.assertEqual("renamed_mutex" in self.good("strings", "-a", "lock.o").stdout, wanted)


class Linking(Case):
    def dynamic(self, path):
        return self.good("readelf", "-d", path).stdout

    def test_runtime_is_added(self):
        for compiler in filter(have, ("gcc", "clang")):
            self.good(MUTRAY, "cc", "--", compiler, "main.c", "lock.c", "-o", "program")
            self.assertIn("[libmutray.so", self.dynamic("program"))
            self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")
            self.good(MUTRAY, "cc", "--", compiler, "-shared", "-fPIC", "lock.c", "-o", "lock.so")
            self.assertIn("[libmutray.so", self.dynamic("lock.so"))

    def test_objects_link_without_it(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c")
        self.good("gcc", "main.c", "lock.o", "-o", "program")
        self.assertNotIn("mutray", self.dynamic("program"))
        self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")

    def test_where_it_is_not_wanted(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-nostdlib", "-shared", "-fPIC", "plain.c", "-o", "plain.so")
        self.assertNotIn("mutray", self.dynamic("plain.so"))
        self.good(MUTRAY, "cc", "--", "gcc", "-nodefaultlibs", "-shared", "-fPIC", "plain.c", "-o", "plain.so")
        self.assertNotIn("mutray", self.dynamic("plain.so"))
        self.good(MUTRAY, "cc", "--", "gcc", "-r", "lock.c", "-o", "all.o")
        self.assertNotIn("NEEDED", self.dynamic("all.o"))
        self.good(MUTRAY, "cc", "--", "gcc", "conftest.c", "-o", "conftest")
        self.assertNotIn("mutray", self.dynamic("conftest"))

    def test_static(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-static", "main.c", "lock.c", "-o", "program")
        self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")
        if " T mutray__attach" not in self.good("nm", f"{BIN}/../lib/libmutray.a").stdout:
            self.skipTest("this libmutray.a has no mutray__attach")
        self.assertTrue(" T mutray__attach" in self.good("nm", "program").stdout)

    @unittest.skipUnless(have("musl-gcc"), "no musl-gcc")
    def test_another_c_library(self):
        self.good(MUTRAY, "cc", "--", "musl-gcc", "main.c", "lock.c", "-o", "program")
        self.assertNotIn("mutray", self.dynamic("program"))
        self.assert_instrumented("program")
        self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")

    def test_linker_that_fails_only_with_it(self):
        os.mkdir(f"{self.folder}/tools")
        with open(f"{self.folder}/tools/ld", "w") as file:
            file.write('#!/bin/sh\ncase "$*" in *-lmutray*) echo no >&2; exit 1 ;; esac\nexec /usr/bin/ld "$@"\n')
        os.chmod(f"{self.folder}/tools/ld", 0o755)
        done = self.good(MUTRAY, "cc", "--", "gcc", "-B", "tools", "main.c", "lock.c", "-o", "program")
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.good("./program").stdout, "main.c:7 3\n")


class Company(Case):
    """Launchers, caches and build systems."""

    @unittest.skipUnless(have("ccache"), "no ccache")
    def test_ccache_inside(self):
        ccache = {"CCACHE_DIR": f"{self.scratch.name}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        masquerade = f"{self.scratch.name}/masquerade"
        os.mkdir(masquerade)
        os.symlink(shutil.which("ccache"), f"{masquerade}/gcc")
        for form in (("ccache", "gcc"), (f"{masquerade}/gcc",)):
            shutil.rmtree(ccache["CCACHE_DIR"], ignore_errors=True)
            for hits in (0, 1):
                if os.path.exists(f"{self.folder}/lock.o"):
                    os.unlink(f"{self.folder}/lock.o")
                self.good(MUTRAY, "cc", "--", *form, "-c", "lock.c", **ccache)
                self.assert_instrumented("lock.o")
                self.assertEqual(self.ccache_hits(ccache), hits, form)
            # Another mutray is another key: its objects are not this one's.
            self.good(MUTRAY, "cc", "--", *form, "-c", "lock.c", **ccache, MUTRAY_EDIT=EDITOR, EDITOR_DOES="fail")
            self.assertIn("plain", self.records("lock.o")[0])
            # And the plain compiler gets its own.
            self.good(*form, "-c", "lock.c", **ccache)
            self.assert_plain("lock.o")

    def ccache_hits(self, ccache):
        stats = self.good("ccache", "--print-stats", **ccache).stdout
        counts = dict(line.split("\t") for line in stats.splitlines())
        return int(counts["direct_cache_hit"]) + int(counts["preprocessed_cache_hit"])

    @unittest.skipUnless(have("ccache", "clang"), "no ccache, or no clang")
    def test_ccache_before_clang(self):
        ccache = {"CCACHE_DIR": f"{self.scratch.name}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        for hits in (0, 1):
            self.good(MUTRAY, "cc", "--", "ccache", shutil.which("clang"), "-MD", "-c", "lock.c", "-o", "lock.o", **ccache)
            self.assert_instrumented("lock.o")
            self.assertEqual(self.ccache_hits(ccache), hits)
        self.good(MUTRAY, "cc", "--", "ccache", "clang", "-c", "lock.c", **ccache, MUTRAY_EDIT=EDITOR, EDITOR_DOES="fail")
        self.assertIn("plain", self.records("lock.o")[0])
        self.good("ccache", "clang", "-c", "lock.c", **ccache)
        self.assert_plain("lock.o")

    @unittest.skipUnless(have("ccache"), "no ccache")
    def test_ccache_outside(self):
        ccache = {"CCACHE_DIR": f"{self.scratch.name}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        self.good("ccache", CC, "gcc", "-c", "lock.c", **ccache)
        self.assert_instrumented("lock.o")

    @unittest.skipUnless(have("ccache"), "no ccache")
    def test_as_ccache_prefix_it_refuses(self):
        ccache = {"CCACHE_DIR": f"{self.scratch.name}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        done = self.run_in("ccache", "gcc", "-c", "lock.c", **ccache, CCACHE_PREFIX=CC)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mutray cc -- ccache gcc", done.stderr)
        self.good("ccache", "gcc", "-c", "lock.c", **ccache)
        self.assert_plain("lock.o")

    @unittest.skipUnless(have("distcc"), "no distcc")
    def test_distcc(self):
        self.good(MUTRAY, "cc", "--", "distcc", "gcc", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_env(self):
        self.good(MUTRAY, "cc", "--", "env", "A=b", "gcc", "-c", "lock.c")
        self.assert_instrumented("lock.o")

    def test_make_in_parallel(self):
        for i in range(12):
            shutil.copy(f"{self.folder}/lock.c", f"{self.folder}/many{i}.c")
        with open(f"{self.folder}/Makefile", "w") as file:
            file.write("CFLAGS = -O1 -MD\nall: " + " ".join(f"many{i}.o" for i in range(12)) + "\n")
        self.good("make", "-j4", f"CC={MUTRAY} cc -- gcc")
        for i in range(12):
            self.assert_instrumented(f"many{i}.o")
        self.assertNotIn(b"Error", self.good("make", "-q", f"CC={MUTRAY} cc -- gcc").stdout.encode())
        self.assert_tidy()

    def cmake_project(self):
        with open(f"{self.folder}/CMakeLists.txt", "w") as file:
            file.write("cmake_minimum_required(VERSION 3.16)\nproject(p C)\ninclude(CheckFunctionExists)\n"
                       "find_package(Threads REQUIRED)\ncheck_function_exists(pthread_mutex_lock HAVE)\n"
                       "add_executable(program main.c lock.c)\ntarget_link_libraries(program Threads::Threads)\n")

    @unittest.skipUnless(have("cmake", "ninja"), "no cmake")
    def test_cmake_launcher(self):
        self.cmake_project()
        self.good("cmake", "-S", ".", "-B", "build", "-G", "Ninja", CMAKE_C_COMPILER_LAUNCHER=f"{MUTRAY};cc;--")
        self.assertNotIn("edited", self.logged())  # some versions run launchers in checks, some do not
        self.good("cmake", "--build", "build")
        self.assert_instrumented("build/CMakeFiles/program.dir/lock.c.o")
        self.assertEqual(self.good("build/program").stdout.split()[-1], "3")

    @unittest.skipUnless(have("cmake", "ninja"), "no cmake")
    def test_cmake_compiler(self):
        """As CMAKE_C_COMPILER it is asked everything while configuring, and must answer as gcc does."""
        self.cmake_project()
        self.good("cmake", "-S", ".", "-B", "build", "-G", "Ninja", CC=CC)
        self.assertNotIn("instrumented", self.logged())
        self.assertNotIn("edited", self.logged())
        self.good("cmake", "--build", "build")
        self.assert_instrumented("build/program")
        self.assertIn("[libmutray.so", self.good("readelf", "-d", "build/program").stdout)

    @unittest.skipUnless(have("meson", "ninja"), "no meson")
    def test_meson(self):
        with open(f"{self.folder}/meson.build", "w") as file:
            file.write("project('p', 'c')\ncc = meson.get_compiler('c')\ncc.has_function('pthread_mutex_lock')\n"
                       "executable('program', 'main.c', 'lock.c', dependencies: dependency('threads'))\n")
        self.good("meson", "setup", "build", CC=f"{CC} gcc")
        self.assertNotIn("edited", self.logged())
        self.good("ninja", "-C", "build")
        self.assert_instrumented("build/program")


class Status(Case):
    def status(self, *arguments):
        done = self.good(MUTRAY, "status", "--json", *arguments)
        return json.loads(done.stdout)

    def test_object_and_program(self):
        self.good(MUTRAY, "cc", "--", "gcc", "main.c", "lock.c", "plain.c", "-o", "program")
        found = self.status("program")
        self.assertEqual([unit["source"] for unit in found["units"]], ["lock.c"])
        self.assertEqual(found["total"], {"instrumented": 1, "plain": 0, "found": 4, "named": 4, "skipped": 0})
        self.good("strip", "program")
        self.assertEqual(self.status("program"), found)

    def test_reasons(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", MUTRAY_EDIT=EDITOR, EDITOR_DOES="fail")
        self.assertEqual(self.status("lock.o")["units"][0]["reason"], 'a reason, "quoted" and \\ all')
        text = self.good(MUTRAY, "status", "lock.o").stdout
        self.assertIn("lock.c: not instrumented: a reason", text)
        self.assertIn("units with locks: 0 instrumented, 1 not", text)

    def test_archives_and_folders(self):
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c", "fall.c", "plain.c")
        shutil.copy(f"{self.folder}/fall.o", f"{self.folder}/{'long' * 10}.o")
        self.good("ar", "rc", "lib.a", "lock.o", "plain.o", "long" * 10 + ".o")
        self.good("ar", "rcT", "thin.a", "lock.o", "long" * 10 + ".o")
        for archive in ("lib.a", "thin.a"):
            units = self.status(archive)["units"]
            self.assertEqual([unit["source"] for unit in units], ["fall.c", "lock.c"])
        self.assertIn("long" * 10, self.status("lib.a")["units"][0]["file"])
        self.assertEqual(self.status(".")["total"]["instrumented"], 2)

    def test_records_for_a_terminal(self):
        with open(f"{self.folder}/other.s", "w") as file:
            file.write('.section .mutray,"",%progbits\n'
                       '.asciz "mutray 1 unit a\\033[31mb.c instrumented found=1 named=0 skipped=1"\n'
                       '.asciz "mutray 1 skip a.c:7 mtx_lock \\302\\233because"\n')
        self.good("gcc", "-c", "other.s")
        shown = self.good(MUTRAY, "status", "other.o").stdout
        self.assertIn("a?[31mb.c: 1 found", shown)
        self.assertIn("mtx_lock: ??because", shown)

    def test_archive_of_itself(self):
        def member(name, size):
            return f"{name:16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n"
        with open(f"{self.folder}/self.a", "w") as file:
            file.write("!<thin>\n" + member("//", 8) + "self.a/\n" + member("/0", 100))
        done = self.run_in(MUTRAY, "status", "self.a")
        self.assertEqual(done.returncode, 2)
        self.assertIn("self.a: damaged", done.stderr)

    @unittest.skipUnless(have("clang"), "no clang")
    def test_other_machines(self):
        record = "mutray 1 unit a b.c instrumented found=3 named=2 skipped=1\\0mutray 1 skip a b.c:7 mtx_lock no reason"
        with open(f"{self.folder}/other.s", "w") as file:
            file.write(f'.section .mutray,"",%progbits\n.asciz "{record}"\n')
        for target in ("i386-linux-gnu", "powerpc-linux-gnu", "powerpc64-linux-gnu", "aarch64-linux-gnu"):
            self.good("clang", f"--target={target}", "-c", "other.s")
            unit, = self.status("other.o")["units"]
            numbers = [unit[key] for key in ("found", "named", "skipped")]
            self.assertEqual((unit["source"], numbers), ("a b.c", [3, 2, 1]), target)
            self.assertEqual(unit["skips"], [{"place": "a b.c:7", "function": "mtx_lock", "reason": "no reason"}])

    def test_nothing_there(self):
        self.good("gcc", "-c", "lock.c")
        done = self.run_in(MUTRAY, "status", "lock.o")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing instrumented", done.stdout)

    def test_bad_input(self):
        for path, words in (("lock.c", "no object code"), ("nowhere", "No such file")):
            done = self.run_in(MUTRAY, "status", path)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_damaged_objects(self):
        """Cut at every length and with wrong numbers in its header, a file is damaged or not, never a crash."""
        self.good(MUTRAY, "cc", "--", "gcc", "-c", "lock.c")
        self.good("ar", "rc", "lib.a", "lock.o")
        for name in ("lock.o", "lib.a"):
            with open(f"{self.folder}/{name}", "rb") as file:
                whole = file.read()
            damaged = [whole[:size] for size in range(0, len(whole), 97)]
            for at in list(range(4, 64)) + list(range(len(whole) - 128, len(whole))):
                for value in (0, 0x7F, 0xFF):
                    damaged.append(whole[:at] + bytes([value]) + whole[at + 1:])
            for i, content in enumerate(damaged):
                with open(f"{self.folder}/damaged{i}", "wb") as file:
                    file.write(content)
        for i in range(len(damaged)):
            done = self.run_in(MUTRAY, "status", f"damaged{i}")
            self.assertIn(done.returncode, (0, 1, 2), f"{name} {i}: {done.stderr}")


if __name__ == "__main__":
    unittest.main(verbosity=1)
