#!/usr/bin/env python3
"""A server with a companion process: what becomes of a run when the companion dies, and when it is
not installed.

    companion_test.py PROGRAM

Fetches Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import postfix_here

PROGRAM = ""


def companion_below(process):
    """The pid of the companion among the descendants of `process`; None: there is none."""
    parents, companions = {}, []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        if any(word.endswith(b"/mta-sts-daemon") for word in words):
            companions.append(int(entry.name))
    for pid in companions:
        at = pid
        while at and at != process:
            at = parents.get(at, 0)
        if at == process:
            return pid
    return None


class Companion(unittest.TestCase):
    def test_its_death_is_told_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.Popen([PROGRAM, "run", "--server", "postfix", "--policy", "mta-sts",
                                    "--out", folder, "sts/*"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            pid = None
            while pid is None and run.poll() is None:
                pid = companion_below(run.pid)
                time.sleep(0.01)
            self.assertIsNotNone(pid, "the companion was never there")
            os.kill(pid, signal.SIGKILL)
            output, _ = run.communicate(timeout=300)
        self.assertNotEqual(run.returncode, 0, output)
        self.assertIn("its companion sts-resolver: signal 9", " ".join(output.split()))

    def test_without_it_the_policy_is_left_out(self):
        version, root = postfix_here.listed(PROGRAM)
        if not root:
            self.skipTest("Postfix is the system's own")
        with tempfile.TemporaryDirectory() as folder:
            bare = pathlib.Path(folder) / "root"
            shutil.copytree(root, bare, symlinks=True)
            (bare / postfix_here.COMPANION).unlink()
            done = subprocess.run([PROGRAM, "run", "--server", "postfix", "--server-root", bare,
                                   "--policy", "may,mta-sts", "--out", folder, "cert/good"],
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("played without the policy mta-sts: there is no /usr/bin/mta-sts-daemon",
                      done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    if postfix_here.postfix(PROGRAM) is None:
        print("skipped: no Postfix here and none to fetch; try `smtprig servers fetch postfix`")
        sys.exit(77)
    unittest.main(verbosity=2)
