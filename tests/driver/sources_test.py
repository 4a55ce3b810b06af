#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a look at the files of a unit says (tool/driver/sources.c), held against the preprocessor's text.

usage: sources_test.py RELEVANCE_COMPARE SOURCE_FOLDER

Whatever the files are like: "no locks" by the files must be "no locks" by the text. And units that have none, and are
written as most are, must be recognised without preprocessing, or the look is for nothing.
"""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

COMPARE, ROOT = map(os.path.abspath, sys.argv[1:3])
LOCK = "#include <pthread.h>\nvoid f(pthread_mutex_t *m) { pthread_mutex_lock(m); }\n"
INLINE = "#include <pthread.h>\nstatic inline int take(pthread_mutex_t *m) { return pthread_mutex_lock(m); }\n"
PASTE = "#define JOIN(a, b) a##b\n#define FINISH(a) a##ke\n#define PLAIN static inline\n"
UNUSED = 'int x;\n'

# name: (files, arguments, are there locks by the files?)
CASES = {
    "nothing": ({"a.c": "#include <stdio.h>\nint x;\n"}, "", 0),
    "a lock": ({"a.c": LOCK}, "", 1),
    "a header beside the source": ({"a.c": '#include "h.h"\n', "h.h": LOCK}, "", 1),
    "a header above": ({"d/a.c": '#include "../h.h"\n', "h.h": LOCK}, "", 1),
    "a header of a header": ({"a.c": '#include "d/h.h"\n', "d/h.h": '#include "i.h"\n', "d/i.h": LOCK}, "", 1),
    "a header in a folder": ({"a.c": "#include <h.h>\n", "d/h.h": LOCK}, "-Id", 1),
    "in a folder named apart": ({"a.c": "#include <h.h>\n", "d/h.h": LOCK}, "-I d", 1),
    "in a folder for quotes": ({"a.c": '#include "h.h"\n', "d/h.h": LOCK}, "-iquote d", 1),
    "in the second folder": ({"a.c": "#include <h.h>\n", "d/x.h": "", "e/h.h": LOCK}, "-Id -Ie", 1),
    "in a folder's folder": ({"a.c": "#include <e/h.h>\n", "d/e/h.h": LOCK}, "-Id", 1),
    "by its whole path": ({"a.c": '#include "{here}/d/h.h"\n', "d/h.h": LOCK}, "", 1),
    "another of that name": ({"a.c": "#include <h.h>\n", "d/h.h": "int x;\n", "e/h.h": LOCK}, "-Id -Ie", 0),
    "a name of the system's": ({"a.c": "#include <stdio.h>\n", "d/stdio.h": LOCK}, "-Id", 1),
    "a system header": ({"a.c": "#include <h.h>\n", "d/h.h": LOCK}, "-isystem d", 0),
    "a system header's header": ({"a.c": "#include <h.h>\n", "d/h.h": "#include <i.h>\n", "e/i.h": LOCK},
                                 "-isystem d -Ie", 0),
    "a system header's header and ours": ({"a.c": "#include <h.h>\n#include <i.h>\n", "d/h.h": "#include <i.h>\n",
                                           "e/i.h": LOCK}, "-isystem d -Ie", 1),
    "forced": ({"a.c": "int x;\n", "h.h": LOCK}, "-include h.h", 1),
    "forced, from a folder": ({"a.c": "int x;\n", "d/h.h": LOCK}, "-Id -include h.h", 1),
    "forced, macros only": ({"a.c": "int f(void) { return L(0); }\n", "h.h": "#define L(m) pthread_mutex_lock(m)\n"},
                            "-imacros h.h", 1),
    "a macro of the command": ({"a.c": "int f(void) { return L(0); }\n"}, "-DL=pthread_mutex_lock", 1),
    "a macro with arguments": ({"a.c": "int f(void) { return L(0); }\n"}, "'-DL(m)=pthread_mutex_lock(m)'", 1),
    "a branch not taken": ({"a.c": "#if X\n" + LOCK + "#endif\n"}, "", 1),
    "a branch that is C++": ({"a.c": "#ifdef __cplusplus\n" + LOCK + "#endif\n"}, "", 0),
    "left out, then included": ({"a.c": '#if 0\n#include "h.h"\n#endif\n#include "h.h"\n', "h.h": LOCK}, "", 1),
    "left out by a header": ({"a.c": '#include "g.h"\n#include "h.h"\n', "g.h": '#ifdef __cplusplus\n#include "h.h"\n#endif\n',
                              "h.h": LOCK}, "", 1),
    "in a comment": ({"a.c": '/*\n#include "h.h"\n*/\nint x;\n', "h.h": LOCK}, "", 0),
    "behind a comment": ({"a.c": '/* x */ # /* y */ include /* z */ "h.h" /*\n */ int x;\n', "h.h": LOCK}, "", 1),
    "imported": ({"a.c": '#import "h.h"\n', "h.h": LOCK}, "", 1),
    "named by a macro": ({"a.c": '#define H "h.h"\n#include H\n', "h.h": LOCK}, "", 1),
    "the next one": ({"a.c": "#include <h.h>\n", "d/h.h": "#include_next <h.h>\n", "e/h.h": LOCK}, "-Id -Ie", 1),
    "over two lines": ({"a.c": '#inc\\\nlude "h.h"\n', "h.h": LOCK}, "", 1),
    "name over two lines": ({"a.c": '#include "h\\\n.h"\n', "h.h": LOCK}, "", 1),
    "digraph": ({"a.c": '%:include "h.h"\n', "h.h": LOCK}, "", 1),
    "trigraph": ({"a.c": '??=include "h.h"\n', "h.h": LOCK}, "-std=c99", 1),
    "trigraph that joins": ({"a.c": 'pthread_mutex??/\n_lock x;\n'}, "-std=c99", 1),
    "byte order mark": ({"a.c": '\ufeff#include "h.h"\n', "h.h": LOCK}, "", 1),
    "CRLF": ({"a.c": '#include "h.h"\r\nint x;\r\n', "h.h": LOCK}, "", 1),
    "no newline at the end": ({"a.c": '#include "h.h"', "h.h": LOCK.rstrip()}, "", 1),
    "precompiled": ({"a.c": '#include "h.h"\n', "h.h": "int x;\n", "h.h.gch": "x"}, "", 1),
    "precompiled and gone": ({"a.c": '#include "h.h"\n', "h.h.gch": "x"}, "", 1),
    "precompiled in a folder": ({"a.c": "#include <h.h>\n", "d/h.h.gch": "x"}, "-Id", 1),
    "folders in a response file": ({"a.c": "#include <h.h>\n", "d/h.h": LOCK, "r": "-Id"}, "@r", 1),
    "described": ({"a.c": "void f(void *m) { my_take(m); }\n", ".mutray": "function my_take mutex acquire 0\n"}, "", 1),
    "unused inline function": ({"a.c": '#include "h.h"\n' + UNUSED, "h.h": INLINE}, "", 0),
    "used inline function": ({"a.c": '#include "h.h"\nint (*p)() = take;\n', "h.h": INLINE}, "", 1),
    "used by another header": ({"a.c": '#include "h.h"\n#include "i.h"\n', "h.h": INLINE, "i.h": "int (*p)() = take;\n"}, "", 1),
    "put together": ({"a.c": '#include "p.h"\n#include "h.h"\nint (*p)() = JOIN(ta, ke);\n', "h.h": INLINE, "p.h": PASTE}, "", 1),
    "put together by the system": ({"a.c": '#include <p.h>\n#include "h.h"\nint (*p)() = FINISH(ta);\n', "h.h": INLINE,
                                    "d/p.h": PASTE}, "-isystem d", 1),
    "put together by a header's header": ({"a.c": '#include <q.h>\n#include "h.h"\nint (*p)() = FINISH(ta);\n', "h.h": INLINE,
                                           "d/q.h": "/* x */\n  #  include <p.h>\n", "d/p.h": PASTE}, "-isystem d", 1),
    "put together by the C library": ({"a.c": '#include <stdlib.h>\n#include "h.h"\nint (*p)() = __CONCAT(ta, ke);\n',
                                       "h.h": INLINE}, "", 1),
    "named by the system": ({"a.c": '#include <p.h>\n#include <pthread.h>\nPLAIN int take(pthread_mutex_t *m) '
                             '{ return pthread_mutex_lock(m); }\n', "d/p.h": PASTE}, "-isystem d", 1),
    "an attribute of the C library": ({"a.c": '#include <pthread.h>\n__attribute_used__ static inline int take(void) '
                                       '{ return pthread_mutex_lock(0); }\n'}, "", 1),
    "a body in a header": ({"a.c": 'static inline int f(void) {\n#include "h.h"\n}\n', "h.h": "mtx_lock(0);\n"}, "", 1),
    "declarations in a header": ({"a.c": 'struct s {\n#include "h.h"\n};\nstruct s v;\n', "h.h": "pthread_mutex_t m;\n"}, "", 1),
}


def must_not_miss(test, line):
    files, text, rest = line.split(" ", 2)
    test.assertFalse(files == "0" and text == "1", f"the files hide locks: {rest}")


def look(folder, arguments, **environment):
    log = f"{folder}/log"
    subprocess.run(["gcc", "-w", "-wrapper", f"{COMPARE},{log}", *arguments, "-o", f"{folder}/out.o", "-c"], cwd=folder,
                   env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(log):
        return []
    with open(log) as file:
        lines = file.read().splitlines()
    os.unlink(log)
    return lines


class Sources(unittest.TestCase):
    def test_cases(self):
        for name, (files, arguments, expected) in CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                for path, content in files.items():
                    os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
                    with open(f"{folder}/{path}", "w", newline="") as file:
                        file.write(content.replace("{here}", folder))
                source = "d/a.c" if "d/a.c" in files else "a.c"
                (line,) = look(folder, [*shlex.split(arguments), source])
                must_not_miss(self, line)
                self.assertEqual(line[0], str(expected), line)

    def test_folders_of_the_environment(self):
        for variable in ("CPATH", "C_INCLUDE_PATH"):
            with tempfile.TemporaryDirectory() as folder:
                os.mkdir(f"{folder}/d")
                for path, content in (("a.c", "#include <h.h>\n"), ("d/h.h", LOCK)):
                    with open(f"{folder}/{path}", "w") as file:
                        file.write(content)
                (line,) = look(folder, ["a.c"], **{variable: f"{folder}/d"})
                self.assertEqual(line[0], "1")

    def test_golden_programs(self):
        """All of them, with their own options; one in a branch, or behind strange characters, is one all the same."""
        count = 0
        with tempfile.TemporaryDirectory() as folder:
            for source in sorted(glob.glob(f"{ROOT}/tests/golden/edit/cases/*.c") + glob.glob(f"{ROOT}/samples/shop/*.c")):
                with open(source, errors="replace") as file:
                    options = re.findall(r"/\* (?:flags|also): (.*?) \*/", file.read()) or [""]
                for flags in {"", *options}:
                    for line in look(folder, [*shlex.split(flags), source]):
                        must_not_miss(self, line)
                        count += 1
        self.assertGreater(count, 50)

    def test_folders_are_the_compilers(self):
        """Those that are taken to be searched by any gcc below /usr/lib are the ones that this one says it searches."""
        cc1 = subprocess.check_output(["gcc", "-print-prog-name=cc1"], text=True).strip()
        said = subprocess.run(["gcc", "-E", "-v", "-x", "c", "/dev/null"], capture_output=True, text=True).stderr
        machine, version = os.path.dirname(cc1).split("/")[-2:]
        if not re.match(r"/usr/lib(exec)?/gcc/", cc1):
            self.skipTest("a compiler that is left to the preprocessor")
        multiarch = subprocess.check_output(["gcc", "-print-multiarch"], text=True).strip()
        own = f"/usr/lib/gcc/{machine}/{version}"
        known = [f"{own}/include", f"{own}/include-fixed", f"/usr/{machine}/include", "/usr/local/include",
                 f"/usr/local/include/{multiarch}", f"/usr/include/{multiarch}", "/usr/include"]
        searched = re.search(r"#include <...> search starts here:\n(.*?)End of search list", said, re.S)[1].split()
        self.assertLessEqual({os.path.realpath(folder) for folder in searched}, set(map(os.path.realpath, known)))

    def test_standard_headers_need_no_reading(self):
        """Their macros with ## are for numbers, or for the library's own use."""
        with open(f"{ROOT}/tool/driver/sources.c") as file:
            table = re.search(r"standard_headers\[\] = \{(.*?)\};", file.read(), re.S)[1]
        count = 0
        for header in [name for name in re.findall(r'"(\S+?)"', table) if name.endswith(".h")]:
            text = subprocess.run(["gcc", "-D_GNU_SOURCE", "-E", "-dD", "-x", "c", "-"], input=f"#include <{header}>\n",
                                  capture_output=True, text=True)
            if text.returncode != 0:
                continue
            count += 1
            for name, body in re.findall(r"^#define (\w+)(.*##.*)$", text.stdout, re.M):
                self.assertTrue(name.startswith("_") or re.fullmatch(r"U?INT(8|16|32|64|MAX)_C", name), f"{header}: {name}{body}")
        self.assertGreater(count, 60)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
