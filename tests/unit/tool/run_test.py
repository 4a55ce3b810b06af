#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run_test.py MUTRAY MAKE_PROFILE PROFILE_TEXT LINKED EMPTY - `mutray run` seen from all sides: nobody around the program may
notice it. LINKED is a program that is linked with the runtime and prints its LD_PRELOAD, EMPTY a shared library without anything. Nothing here depends on times but
the limits after which a hanging test is given up."""
import atexit, json, os, pathlib, pty, shutil, signal, subprocess, sys, tempfile, time, unittest

MUTRAY, MAKE_PROFILE, PROFILE_TEXT, LINKED, EMPTY = (os.path.abspath(path) for path in sys.argv[1:6])
# A place of its own, where the library to preload is one that does nothing: profiles are written by the tests.
PLACE = tempfile.mkdtemp()
atexit.register(shutil.rmtree, PLACE)
os.mkdir(f"{PLACE}/bin")
os.mkdir(f"{PLACE}/lib")
MUTRAY = shutil.copy(MUTRAY, f"{PLACE}/bin/mutray")
shutil.copy(EMPTY, f"{PLACE}/lib/libmutray.so")
PROFILE = f'{MAKE_PROFILE} {PROFILE_TEXT} "$DD_PROFILING_OUTPUT_PPROF.$$.1.pprof"'
LIMIT = 60


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DD_") and k != "LD_PRELOAD"}
        self.environment["TMPDIR"] = self.folder.name

    def tearDown(self):
        self.folder.cleanup()

    def run_shell(self, script, *options, **more):
        return subprocess.run([MUTRAY, "run", *options, "--", "/bin/sh", "-c", script], env={**self.environment, **more},
                              cwd=self.folder.name, input="in\n", capture_output=True, text=True, timeout=LIMIT)

    def wait_for(self, name):
        end = time.monotonic() + LIMIT
        while not (self.path / name).exists():
            self.assertLess(time.monotonic(), end, f"{name} never came")
            time.sleep(0.01)

    def test_status_is_the_programs(self):
        for status in (0, 1, 2, 77, 255):
            self.assertEqual(self.run_shell(f"exit {status}").returncode, status)

    def test_signal_is_the_programs(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGUSR1, signal.SIGSEGV, signal.SIGABRT):
            self.assertEqual(self.run_shell(f"kill -{int(number)} $$").returncode, -number)

    def test_programs_that_are_not_there(self):
        for program, status in (("nosuchprogram", 127), ("./none", 127), ("/", 126)):
            done = subprocess.run([MUTRAY, "run", program], env=self.environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, status)
            self.assertIn("cannot run", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(list(self.path.iterdir()), [])

    def test_output_is_the_programs(self):
        done = self.run_shell(f"echo out; echo err >&2; cat; {PROFILE}", "--top", "1")
        self.assertEqual(done.stdout, "out\nin\n")
        self.assertTrue(done.stderr.startswith("err\n"))
        self.assertIn("pool.c:31:conn_queue.lock", done.stderr)
        self.assertIn("4 more locks", done.stderr)
        prefix = done.stderr.splitlines()[-1].removeprefix("profiles: ").removesuffix(".*.pprof")
        self.assertEqual(len(list(pathlib.Path(prefix).parent.iterdir())), 1)

    def test_environment(self):
        done = self.run_shell("echo $DD_PROFILING_ENABLED $DD_PROFILING_CAPTURE_PCT $DD_PROFILING_OUTPUT_PPROF $LD_PRELOAD")
        enabled, pct, prefix, preload = done.stdout.split()
        self.assertEqual((enabled, pct), ("true", "10"))
        self.assertTrue(prefix.startswith(f"{self.folder.name}/mutray-sh-"))
        self.assertEqual(preload, f"{PLACE}/lib/libmutray.so")
        self.assertEqual(self.run_shell("echo $DD_PROFILING_CAPTURE_PCT", "--pct", "2.5").stdout, "2.5\n")
        self.assertEqual(self.run_shell("echo $DD_PROFILING_CAPTURE_PCT", DD_PROFILING_CAPTURE_PCT="3").stdout, "3\n")
        self.assertEqual(self.run_shell("exit", "--pct", "101").returncode, 2)

    def test_linked_program_is_not_preloaded(self):
        done = subprocess.run([MUTRAY, "run", LINKED], env=self.environment, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.stdout, "LD_PRELOAD=none\n")

    def test_users_prefix_is_kept(self):
        done = self.run_shell(PROFILE, DD_PROFILING_OUTPUT_PPROF="mine")
        self.assertEqual(len(list(self.path.glob("mine.*.1.pprof"))), 1)
        self.assertIn("profiles: mine.*.pprof", done.stderr)

    def test_keep_output_json_quiet(self):
        done = self.run_shell(PROFILE, "--keep", "kept", "-o", "table", "--json", "data")
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(list((self.path / "kept").glob("sh.*.1.pprof"))), 1)
        self.assertIn("conn_queue.lock", (self.path / "table").read_text())
        self.assertEqual(json.loads((self.path / "data").read_text())["locks"][0]["name"], "pool.c:31:lock")
        # Again into the same folder: what was there before is not of this run.
        done = self.run_shell("exit 4", "--keep", "kept")
        self.assertIn("no profile", done.stderr)
        self.assertEqual(done.returncode, 4)
        self.assertEqual(self.run_shell(PROFILE, "-q").stderr, "")

    def make_browser(self):
        """A browser that notes what it is given, in one step, and with which environment."""
        browser = self.path / "browser"
        browser.write_text('#!/bin/sh\necho "$# $* $DD_PROFILING_ENABLED$DD_PROFILING_OUTPUT_PPROF$LD_PRELOAD" > opened.new\nmv opened.new opened\n')
        browser.chmod(0o755)
        return str(browser)

    def test_page_is_opened(self):
        browser = self.make_browser()
        for setting, given in ((browser, "1 PAGE "), (f"{browser} --new-window", "2 --new-window PAGE "),
                               (f"/nonexistent/browser:{browser} %s --last", "2 PAGE --last ")):
            done = self.run_shell(f"{PROFILE}; exit 3", "--open", "--keep", "kept", BROWSER=setting)
            self.assertEqual(done.returncode, 3)
            self.assertIn(f"page: {self.folder.name}/kept/sh.locks.html\n", done.stderr)
            self.wait_for("opened")
            page = self.path / "kept" / "sh.locks.html"
            self.assertEqual((self.path / "opened").read_text(), given.replace("PAGE", str(page)) + "\n")
            self.assertIn("conn_queue.lock", page.read_text())
            (self.path / "opened").unlink()

    def test_page_without_a_browser(self):
        done = self.run_shell(f"{PROFILE}; exit 3", "--open", "-q", BROWSER="/nonexistent/browser")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("name a browser in BROWSER", done.stderr)

    def test_damaged_profile_is_not_in_the_page(self):
        done = self.run_shell(f'{PROFILE}; echo no > "$DD_PROFILING_OUTPUT_PPROF.1.1.pprof"; exit 3', "--open", "--keep", "kept",
                              BROWSER=self.make_browser())
        self.assertEqual(done.returncode, 3)
        self.assertIn("not a pprof profile", done.stderr)
        self.wait_for("opened")

    def test_processes_are_shown_together(self):
        later = PROFILE_TEXT.replace("shop.txt", "shop-later.txt")
        second = f'{MAKE_PROFILE} {later} "$DD_PROFILING_OUTPUT_PPROF.1.1.pprof"'
        done = self.run_shell(f"{PROFILE}; {second}")
        self.assertIn("in 2 processes, 2 files", done.stderr)

    def test_damaged_profile_does_not_hide_the_others(self):
        done = self.run_shell(f'{PROFILE}; echo no > "$DD_PROFILING_OUTPUT_PPROF.1.1.pprof"')
        self.assertIn("not a pprof profile", done.stderr)
        self.assertIn("conn_queue.lock", done.stderr)

    def test_no_profile_is_explained(self):
        self.assertIn("was killed (Killed)", self.run_shell("kill -9 $$").stderr)
        self.assertIn("ended without writing one", self.run_shell("exit 0").stderr)
        self.assertEqual(list(self.path.iterdir()), [])

    def start(self, script):
        return subprocess.Popen([MUTRAY, "run", "-q", "--", "/bin/sh", "-c", script], env=self.environment,
                                cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True)

    def test_signals_are_passed_on_once(self):
        loop = "trap 'echo got; n=1' TERM; n=0; touch ready; while [ $n = 0 ]; do sleep 0.01; done; sleep 0.2; exit 9"
        running = self.start(loop)
        self.wait_for("ready")
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=LIMIT)
        self.assertEqual((out, running.returncode), ("got\n", 9))

    def test_ignored_signals_stay_ignored(self):
        inner = f"exec {MUTRAY} run -q -- /bin/sh -c 'kill -INT $$; kill -HUP $$; exit 5'"
        done = subprocess.run(["/bin/sh", "-c", f"trap '' INT HUP; {inner}"], env=self.environment, cwd=self.folder.name,
                              capture_output=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 5)

    def test_terminals_interrupt_comes_once(self):
        loop = "trap 'echo got >> count; n=1' INT; n=0; touch ready; while [ $n = 0 ]; do sleep 0.01; done; sleep 0.2; exit 9"
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder.name)
            os.execve(MUTRAY, [MUTRAY, "run", "-q", "--", "/bin/sh", "-c", loop], self.environment)
        self.wait_for("ready")
        os.write(terminal, b"\x03")
        try:
            while os.read(terminal, 1024):
                pass
        except OSError:
            pass  # the terminal is gone with its last user
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual((self.path / "count").read_text(), "got\n")
        self.assertEqual(os.waitstatus_to_exitcode(status), 9)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
