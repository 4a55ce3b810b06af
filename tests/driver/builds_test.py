#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole builds through `mutray cc`: the ways in which projects compile and link, each with Debian's own tool.

A small project (a library with a static lock and one in a structure, and a program) is built plain and through mutray.
Of each build: it succeeds without a word of mutray's, the program says what the plain one says, `mutray status` accounts
for every lock call, and a profile of everything names the two locks and no other.

usage: builds_test.py BIN_FOLDER [unittest options]; test names of the class Long need packages of the group `long`
"""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
import pprof_raw

BIN = os.path.abspath(sys.argv.pop(1))
MUTRAY, CC = f"{BIN}/mutray", f"{BIN}/mutray-cc"
CALLS = 6  # lock calls in FILES: what `mutray status` has to account for
NAMES = ["table.c:3:table_lock", "table.c:15:lock"]
FILES = {
    "table.h": """#include <pthread.h>
struct queue { int length; pthread_mutex_t lock; };
int table_add(int by);
void queue_init(struct queue *queue);
int queue_add(struct queue *queue, int by);
""",
    "table.c": """#include "table.h"

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
int table_add(int by)
{
    static int sum;
    pthread_mutex_lock(&table_lock);
    int result = sum += by;
    pthread_mutex_unlock(&table_lock);
    return result;
}

void queue_init(struct queue *queue)
{
    pthread_mutex_init(&queue->lock, 0);
}
""",
    "queue.c": """#include "table.h"

int queue_add(struct queue *queue, int by)
{
    if (pthread_mutex_trylock(&queue->lock) != 0) pthread_mutex_lock(&queue->lock);
    int result = queue->length += by;
    pthread_mutex_unlock(&queue->lock);
    return result;
}
""",
    "main.c": """#include <stdio.h>
#include "table.h"

static struct queue queue;

int main(void)
{
    queue_init(&queue);
    for (int i = 0; i < 5; i++) printf("%d %d\\n", table_add(i), queue_add(&queue, 2 * i));
    return 0;
}
""",
}
SAYS = "0 0\n1 2\n3 6\n6 12\n10 20\n"


def have(*programs):
    return all(shutil.which(program) for program in programs)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def compiles(*command):
    """Whether such a compiler, or linker, is here at all."""
    try:
        return subprocess.run([*command, "-x", "c", "-", "-o", "/dev/null"], input=b"#include <pthread.h>\nint main(void){return 0;}",
                              capture_output=True).returncode == 0
    except OSError:
        return False


class Build(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="builds-")
        self.addCleanup(scratch.cleanup)
        self.scratch, self.folder = scratch.name, f"{scratch.name}/work"
        os.mkdir(self.folder)
        for name, text in FILES.items():
            self.write(name, text)
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": self.scratch}

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def run_in(self, *command, **environment):
        return subprocess.run(command, cwd=self.folder, env={**self.environment, **environment}, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=300)

    def good(self, *command, **environment):
        done = self.run_in(*command, **environment)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        self.assertNotIn("mutray:", done.stderr)
        return done

    def forget_profiles(self):
        for profile in glob.glob(f"{self.scratch}/profile.*"):
            os.unlink(profile)

    def check(self, program="./program", calls=CALLS, names=NAMES, where=".", runs=True):
        """What every build has to give. `names` is None where no runtime can be in the program."""
        total = json.loads(self.good(MUTRAY, "status", "--json", where).stdout)["total"]
        self.assertEqual((total["found"], total["named"], total["skipped"]), (calls, calls, 0))
        if not runs:
            return
        self.assertEqual(self.good(program).stdout, SAYS)
        if names is None:
            return
        done = self.good(program, DD_PROFILING_OUTPUT_PPROF=f"{self.scratch}/profile", DD_PROFILING_CAPTURE_PCT="100")
        self.assertEqual(done.stdout, SAYS)
        profiles = [pprof_raw.read(path) for path in glob.glob(f"{self.scratch}/profile.*.pprof")]
        self.assertEqual(sorted(pprof_raw.totals_by_lock(profiles)), sorted(names))


class Compiler(Build):
    """Forms of the command line."""

    def test_several_sources_and_link(self):
        self.good(CC, "gcc", "-O2", "-g", "-pthread", "main.c", "table.c", "queue.c", "-o", "program")
        self.check(where="program")

    def test_compiler_with_an_option(self):
        self.write("Makefile", "CFLAGS = -O2 -Wall -Werror -pthread\nprogram: main.o table.o queue.o\n"
                               "\t$(CC) $(CFLAGS) $^ -o $@\n")
        self.good("make", f"CC={CC} gcc -std=c11")
        self.check(where="program")
        self.assertIn("up to date", self.good("make", f"CC={CC} gcc -std=c11").stdout)

    def test_options_with_files_and_code_of_their_own(self):
        """Each kind of option that writes more, adds code, or has the driver work in another way."""
        for options in ("-pipe", "-save-temps", "-g3", "-g -gsplit-dwarf", "--coverage", "-fsanitize=address,undefined",
                        "-fsanitize=thread", "-flto -O2", "-flto -ffat-lto-objects", "-x c", "-include stdlib.h", "-pg",
                        "-O3 -march=native", "-no-pie -fno-pie", "-fno-plt -fcf-protection=full", "-MD -MP -MF deps.d"):
            with self.subTest(options=options):
                self.good(CC, "gcc", "-pthread", *options.split(), "main.c", "table.c", "queue.c", "-o", "program",
                          ASAN_OPTIONS="detect_leaks=0")
                self.forget_profiles()
                self.environment["ASAN_OPTIONS"] = "detect_leaks=0"
                self.check(where="program")

    def test_profile_made_and_used(self):
        flags = ("-O2", "-pthread", "-Wall", "-Werror=coverage-mismatch")
        for option in "-fprofile-generate", "-fprofile-use":
            for source in "main", "table", "queue":
                self.good(CC, "gcc", *flags, option, "-c", f"{source}.c")
            self.good(CC, "gcc", *flags, option, "main.o", "table.o", "queue.o", "-o", "program")
            self.forget_profiles()
            self.check(where="program")

    def test_instrumented_and_plain_objects(self):
        self.good(CC, "gcc", "-pthread", "-c", "table.c", "queue.c")
        self.good("gcc", "-pthread", "-c", "main.c")
        self.good(CC, "gcc", "-pthread", "main.o", "table.o", "queue.o", "-o", "program")
        self.check(where="program")
        self.good("gcc", "-pthread", "main.o", "table.o", "queue.o", "-o", "unprofiled")
        self.assertEqual(self.good("./unprofiled").stdout, SAYS)
        self.good("gcc", "-pthread", "-c", "queue.c", "-o", "plain.o")
        self.good(CC, "gcc", "-pthread", "main.o", "table.o", "plain.o", "-o", "program")
        self.forget_profiles()
        self.check(where="program", calls=3, names=NAMES[:1])

    def test_one_source_twice_in_a_link(self):
        self.write("part.c", '#include "table.h"\nstatic pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\n'
                             "void PART(void);\nvoid PART(void) { pthread_mutex_lock(&lock); pthread_mutex_unlock(&lock); }\n")
        self.write("main.c", FILES["main.c"].replace("    queue_init", "    one();\n    two();\n    queue_init")
                                            .replace("int main", "void one(void);\nvoid two(void);\nint main"))
        for part in "one", "two":
            self.good(CC, "gcc", "-pthread", f"-DPART={part}", "-c", "part.c", "-o", f"{part}.o")
        self.good(CC, "gcc", "-pthread", "main.c", "table.c", "queue.c", "one.o", "two.o", "-o", "program")
        self.check(where="program", calls=CALLS + 2, names=["part.c:2:lock", *NAMES])

    def test_response_file(self):
        self.write("arguments", "-O1 -pthread\n'main.c' table.c\nqueue.c -o program\n")
        self.good(CC, "gcc", "@arguments")
        self.check(where="program")

    def test_precompiled_header(self):
        self.good("gcc", "-pthread", "table.h", "-o", "table.h.gch")
        self.good(CC, "gcc", "-pthread", "-Winvalid-pch", "-Werror", "main.c", "table.c", "queue.c", "-o", "program")
        self.check(where="program")

    def test_relocatable(self):
        self.good(CC, "gcc", "-pthread", "-r", "table.c", "queue.c", "-o", "both.o")
        self.check(where="both.o", runs=False)
        self.good(CC, "gcc", "-pthread", "main.c", "both.o", "-o", "program")
        self.check(where="program")

    def test_no_standard_libraries(self):
        self.good(CC, "gcc", "-pthread", "-nostdlib", "-shared", "-fPIC", "table.c", "queue.c", "-o", "libtable.so")
        self.assertNotIn("libmutray", self.good("readelf", "-d", "libtable.so").stdout)
        self.good(CC, "gcc", "-pthread", "main.c", "-L.", "-ltable", "-Wl,-rpath,.", "-o", "program")
        self.check(where="libtable.so")

    def test_static(self):
        self.good(CC, "gcc", "-pthread", "-static", "main.c", "table.c", "queue.c", "-o", "program")
        self.check(where="program")

    def test_shared_library_with_all_restrictions(self):
        self.write("exports", "{ global: table_add; queue_*; local: *; };\n")
        self.write("queue.c", "#pragma GCC visibility push(default)\n" + FILES["queue.c"])
        self.write("table.c", FILES["table.c"].replace('#include "table.h"\n', '#pragma GCC visibility push(default)\n#include "table.h"', 1))
        self.good(CC, "gcc", "-pthread", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,defs",
                  "-Wl,--version-script=exports", "table.c", "queue.c", "-o", "libtable.so")
        self.good(CC, "gcc", "-pthread", "main.c", "-L.", "-ltable", "-Wl,-rpath,.", "-o", "program")
        exported = self.good("nm", "-D", "--defined-only", "libtable.so").stdout.split()[2::3]
        self.assertEqual(sorted(exported), ["queue_add", "queue_init", "table_add"])
        self.check(where="libtable.so")

    def test_linkers_that_drop_sections(self):
        for linker in ("bfd", "gold", "lld"):
            with self.subTest(linker=linker):
                if not compiles("gcc", f"-fuse-ld={linker}"):
                    self.skipTest(f"no {linker}")
                self.good(CC, "gcc", "-pthread", "-O2", "-ffunction-sections", "-fdata-sections", f"-fuse-ld={linker}",
                          "-Wl,--gc-sections", "main.c", "table.c", "queue.c", "-o", f"program-{linker}")
                self.forget_profiles()
                self.check(f"./program-{linker}", where=f"program-{linker}")


class System(Build):
    """Build systems."""

    @unittest.skipUnless(have("autoreconf", "libtoolize"), "no autotools")
    def test_autotools(self):
        self.write("configure.ac", "AC_INIT([table], [1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAM_PROG_AR\nLT_INIT\n"
                                   "AC_SEARCH_LIBS([pthread_create], [pthread])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n")
        self.write("Makefile.am", "lib_LTLIBRARIES = libtable.la\nlibtable_la_SOURCES = table.c queue.c table.h\n"
                                  "bin_PROGRAMS = program\nprogram_SOURCES = main.c\nprogram_LDADD = libtable.la\n")
        self.good("autoreconf", "-fi")
        plain = self.good("./configure", "--disable-static", CC="gcc").stdout
        self.assertEqual(self.good("./configure", "--disable-static", CC=f"{CC} gcc").stdout.replace(f"{CC} gcc", "gcc"), plain)
        self.good("make")
        self.check(where=".libs/libtable.so")
        # A project that is configured already takes the compiler from make.
        self.good("make", "clean")
        self.good("./configure", "--disable-static", "--quiet", CC="gcc")
        self.good("make", f"CC={CC} gcc")
        self.forget_profiles()
        self.check(where=".libs/libtable.so")

    @unittest.skipUnless(have("cmake", "ninja"), "no cmake")
    def test_cmake_launcher_with_every_generator(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\nproject(table C)\nfind_package(Threads REQUIRED)\n"
                                     "add_library(table SHARED table.c queue.c)\nadd_executable(program main.c)\n"
                                     "target_link_libraries(table PUBLIC Threads::Threads)\ntarget_link_libraries(program table)\n")
        launcher = f"{MUTRAY};cc;--"
        for generator in ("Unix Makefiles", "Ninja"):
            with self.subTest(generator=generator):
                folder = generator.split()[-1]
                self.good("cmake", "-S", ".", "-B", folder, "-G", generator, CMAKE_C_COMPILER_LAUNCHER=launcher)
                self.good("cmake", "--build", folder)
                self.forget_profiles()
                # The launcher stands before compilations only, so the runtime has to come by `mutray run` or a link.
                self.check(f"{folder}/program", where=f"{folder}/libtable.so", names=None)
                self.good(MUTRAY, "run", "--quiet", "--output", f"{self.scratch}/run", "--", f"{folder}/program")

    @unittest.skipUnless(have("meson", "ninja"), "no meson")
    def test_meson_native_file(self):
        self.write("native.ini", f"[binaries]\nc = ['{CC}', 'gcc']\n")
        self.write("meson.build", "project('table', 'c')\nthreads = dependency('threads')\n"
                                  "table = shared_library('table', 'table.c', 'queue.c', dependencies: threads)\n"
                                  "executable('program', 'main.c', link_with: table, dependencies: threads)\n")
        self.good("meson", "setup", "build", "--native-file", "native.ini")
        self.good("ninja", "-C", "build")
        self.check("build/program", where="build/libtable.so")

    @unittest.skipUnless(have("ccache"), "no ccache")
    def test_ccache_keeps_instrumented_objects(self):
        ccache = {"CCACHE_DIR": f"{self.scratch}/cache", "CCACHE_CONFIGPATH": "/dev/null"}
        forms = {"outside": ["ccache", CC, "gcc"], "inside": [CC, "ccache", "gcc"],
                 "outside, depend mode": ["env", "CCACHE_DEPEND=1", "ccache", CC, "gcc"],
                 "inside, depend mode": ["env", "CCACHE_DEPEND=1", CC, "ccache", "gcc"],
                 "inside, no direct mode": ["env", "CCACHE_NODIRECT=1", CC, "ccache", "gcc"]}
        for form, command in forms.items():
            with self.subTest(form=form):
                self.launched(*command, **ccache)

    def launched(self, *command, **environment):
        """The library by this command, twice: what a cache has the second time must be as good."""
        for _ in range(2):
            for source in "main", "table", "queue":
                self.good(*command, "-pthread", "-MD", "-c", f"{source}.c", "-o", f"{source}.o", **environment)
            self.good(CC, "gcc", "-pthread", "main.o", "table.o", "queue.o", "-o", "program")
            self.forget_profiles()
            self.check(where="program")

    @unittest.skipUnless(have("sccache"), "needs the package sccache")
    def test_sccache(self):
        server = {"SCCACHE_DIR": f"{self.scratch}/cache", "SCCACHE_SERVER_PORT": str(free_port()), "SCCACHE_IDLE_TIMEOUT": "60",
                  "SCCACHE_CONF": "/dev/null"}
        try:
            self.launched(CC, "sccache", "gcc", **server)
        finally:
            self.run_in("sccache", "--stop-server", **server)

    @unittest.skipUnless(have("icecc"), "needs the package icecc")
    def test_icecc(self):
        self.launched(CC, "icecc", "gcc")

    @unittest.skipUnless(have("distccd"), "no distcc")
    def test_distcc_with_a_server(self):
        """No other machine has mutray, so nothing goes to the server, though it is there and would take it."""
        port, log = free_port(), f"{self.scratch}/distccd.log"
        with open(log, "w") as errors:
            server = subprocess.Popen(["distccd", "--no-detach", "--daemon", "--allow", "127.0.0.1", "--listen", "127.0.0.1",
                                       "--port", str(port), "--log-stderr", "--jobs", "2"], stderr=errors,
                                      env={**self.environment, "PATH": f"/usr/lib/distcc:{self.environment['PATH']}"})
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        # A server that is asked before it listens would not be asked again for a minute.
        hosts = {"DISTCC_HOSTS": f"127.0.0.1:{port}", "DISTCC_FALLBACK": "0", "DISTCC_BACKOFF_PERIOD": "0",
                 "DISTCC_DIR": f"{self.scratch}/distcc"}
        os.mkdir(hosts["DISTCC_DIR"])
        for _ in range(600):
            sent = self.run_in("distcc", "gcc", "-pthread", "-c", "main.c", "-o", "main.o", **hosts)
            if sent.returncode == 0:
                break
            time.sleep(0.1)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        for _ in range(600):  # it writes that down when the object is sent
            with open(log) as file:
                done = file.read().count("COMPILE_OK")
            if done > 0:
                break
            time.sleep(0.1)
        self.assertGreater(done, 0)  # more than one if distcc gave an answer up for lost
        self.launched(CC, "distcc", "gcc", **hosts)
        with open(log) as file:
            self.assertEqual(file.read().count("COMPILE_OK"), done)


class Instruments(Build):
    """Side files and what analyses of code see."""

    def coverage(self, *compiler, **environment):
        """The files that gcov knows, and for each of the program's how often each line ran."""
        self.good(*compiler, "-O0", "--coverage", "-pthread", "-c", "main.c", "table.c", "queue.c", **environment)
        self.good(*compiler, "--coverage", "-pthread", "main.o", "table.o", "queue.o", "-o", "program", **environment)
        self.assertEqual(self.good("./program").stdout, SAYS)
        out = self.good("gcov", "main.gcda", "table.gcda", "queue.gcda").stdout
        counts = {}
        for name in "main.c", "table.c", "queue.c":
            with open(f"{self.folder}/{name}.gcov") as file:
                counts[name] = [re.match(r" *([^*:]+)\*?: *(\d+)", line).groups() for line in file]
        for name in glob.glob(f"{self.folder}/*.gc*"):
            os.unlink(name)
        return {line[6:-1] for line in out.splitlines() if line.startswith("File")}, counts

    @unittest.skipUnless(have("gcov"), "no gcov")
    def test_coverage(self):
        """
        The same files, and each line as often as in a plain build, those with lock calls too. These get a star, which
        says that a part of the line did not run: what measures, while profiling is off.
        """
        self.assertEqual(self.coverage(CC, "gcc"), self.coverage("gcc"))

    @unittest.skipUnless(have("gcov"), "no gcov")
    def test_coverage_of_units_that_cannot_be_instrumented(self):
        broken = {"MUTRAY_EDIT": f"{HERE}/editor.sh", "EDITOR_DOES": "break"}
        self.assertEqual(self.coverage(CC, "gcc", **broken), self.coverage("gcc"))

    def test_stack_usage(self):
        for compiler in filter(have, ("gcc", "clang-19")):
            functions = {}
            for way, command in ("plain", [compiler]), ("instrumented", [CC, compiler]):
                self.good(*command, "-O2", "-pthread", "-fstack-usage", "-c", "queue.c", "-o", "sub.o")
                with open(f"{self.folder}/sub.su") as file:
                    functions[way] = {line.split()[0].rsplit(":", 1)[1] for line in file}
            self.assertEqual(functions["instrumented"], functions["plain"])


class Long(Build):
    """Compilers for other machines."""

    @unittest.skipUnless(compiles("gcc", "-m32"), "needs the package gcc-12-multilib")
    def test_32_bits(self):
        self.good(CC, "gcc", "-m32", "-O2", "-pthread", "main.c", "table.c", "queue.c", "-o", "program")
        self.check(where="program", names=None)

    @unittest.skipUnless(have("arm-linux-gnueabihf-gcc"), "needs the package gcc-arm-linux-gnueabihf")
    def test_arm(self):
        self.good(CC, "arm-linux-gnueabihf-gcc", "-O2", "-pthread", "main.c", "table.c", "queue.c", "-o", "program")
        self.assertIn("ARM", self.good("readelf", "-h", "program").stdout)
        self.assertNotIn("libmutray", self.good("readelf", "-d", "program").stdout)
        self.check(where="program", runs=False)

    @unittest.skipUnless(have("aarch64-linux-gnu-gcc"), "needs the package gcc-aarch64-linux-gnu")
    def test_aarch64_objects_and_archives(self):
        self.good(CC, "aarch64-linux-gnu-gcc", "-O2", "-g", "-pthread", "-c", "main.c", "table.c", "queue.c")
        self.check(where="table.o", runs=False, calls=3)
        self.good("aarch64-linux-gnu-ar", "rc", "libtable.a", "table.o", "queue.o")
        self.check(where="libtable.a", runs=False)
        self.good(CC, "aarch64-linux-gnu-gcc", "-pthread", "main.o", "-L.", "-ltable", "-o", "program")
        self.assertNotIn("libmutray", self.good("aarch64-linux-gnu-readelf", "-d", "program").stdout)
        self.check(where="program", runs=False)


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    tried = result.testsRun > len(result.skipped)
    sys.exit(1 if not result.wasSuccessful() else 0 if tried else 77)
