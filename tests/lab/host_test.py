#!/usr/bin/env python3
"""A run leaves the machine as it found it, however it ends: by itself, interrupted, or killed.

    host_test.py PROGRAM

Compared before and after: mounts, addresses, routes and settings of the network, System V IPC,
every file below /etc, the folder for scratch files; and no process may be left. This process is the
reaper of what a killed run leaves behind (PR_SET_CHILD_SUBREAPER), so nothing can hide.
"""
import ctypes
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import postfix_here

PROGRAM = ""
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 60  # seconds for what must come true


def text_of(path):
    try:
        return path.read_bytes()
    except OSError as error:
        return str(error.errno).encode()


def files_below(folder):
    """Path -> owner, mode and content."""
    seen = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        what = os.readlink(path) if path.is_symlink() else ""
        if path.is_file() and not path.is_symlink():
            what = hashlib.sha256(text_of(path)).hexdigest()
        seen[str(path)] = (status.st_mode, status.st_uid, status.st_gid, what)
    return seen


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


def host():
    state = {"/etc" + path.removeprefix("/etc"): what for path, what in files_below("/etc").items()}
    state["mounts"] = text_of(pathlib.Path("/proc/self/mounts"))
    state["addresses"] = said_by("ip", "-o", "address", "show")
    state["links"] = said_by("ip", "-o", "link", "show")
    state["rules"] = said_by("ip", "rule", "show")
    for family in ("-4", "-6"):
        state["routes" + family] = said_by("ip", family, "route", "show", "table", "all")
    state["named namespaces"] = said_by("ip", "netns", "list")
    for kind in ("ipv4", "ipv6"):
        for path in pathlib.Path("/proc/sys/net", kind).rglob("*"):
            if path.is_file():
                state[str(path)] = text_of(path)
    for kind in ("msg", "sem", "shm"):
        state["IPC " + kind] = text_of(pathlib.Path("/proc/sysvipc", kind))
    return state


def children_of(parent):
    """Every descendant: process id -> command line."""
    by_parent = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        fields = text_of(stat).decode(errors="replace").rpartition(")")[2].split()
        if len(fields) > 1 and fields[0] != "Z":
            by_parent.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, unseen = {}, [parent]
    while unseen:
        for child in by_parent.get(unseen.pop(), []):
            command = text_of(pathlib.Path(f"/proc/{child}/cmdline"))
            found[child] = command.replace(b"\0", b" ").decode(errors="replace").strip()
            unseen.append(child)
    return found


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)
        reap()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def end(process):
    """A run that a failed test left behind."""
    if process in children_of(os.getpid()):
        os.kill(process, signal.SIGKILL)


class Host(unittest.TestCase):
    maxDiff = None
    server = "embedded"

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        os.chmod(self.scratch.name, 0o755)  # the users of a server pass through
        self.temporary = pathlib.Path(self.scratch.name, "tmp")
        self.temporary.mkdir()
        self.before = host()

    def begin(self, *more):
        """A run with results on their way."""
        out = pathlib.Path(self.scratch.name, f"out{time.monotonic_ns()}")
        arguments = [PROGRAM, "run", "--no-project", "--server", self.server, "--out", str(out),
                     *more]
        environment = {**os.environ, "TMPDIR": str(self.temporary)}
        run = os.posix_spawn(PROGRAM, arguments, environment, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        self.addCleanup(end, run)
        # Not of a lab that could not begin: that would leave nothing anyway.
        wait_for(lambda: any(b'"verdict":"pass"' in text_of(file)
                             for file in out.rglob("results.jsonl")), "a first cell that passed")
        return run

    def lab_inits(self):
        return [process for process, command in children_of(os.getpid()).items()
                if " lab-init " in f" {command} "]

    def check(self, scratch_may_stay=False):
        wait_for(lambda: not children_of(os.getpid()), "the end of every process")
        after = host()
        changed = {key: (self.before.get(key), after.get(key))
                   for key in self.before.keys() | after.keys()
                   if self.before.get(key) != after.get(key)}
        self.assertEqual(changed, {})
        if not scratch_may_stay:
            wait_for(lambda: not list(self.temporary.iterdir()), "an empty scratch folder")

    def test_a_run_that_ends_by_itself(self):
        self.begin("starttls")
        self.check()

    def test_a_run_that_is_interrupted(self):
        os.kill(self.begin("--repeat", "1000"), signal.SIGINT)
        self.check()

    def test_a_run_that_is_killed(self):
        run = self.begin("--repeat", "1000")
        self.assertTrue(self.lab_inits())
        os.kill(run, signal.SIGKILL)
        self.check()

    def test_a_lab_that_is_killed(self):
        run = self.begin("--repeat", "1000")
        inits = self.lab_inits()
        self.assertTrue(inits)
        for init in inits:
            try:
                os.kill(init, signal.SIGKILL)
            except ProcessLookupError:
                pass  # an isolated lab has several, and dies with the first
        wait_for(lambda: not self.lab_inits(), "the end of the lab")
        end(run)
        self.check(scratch_may_stay=True)
        # What nobody was left to remove goes with the next lab.
        self.begin("control")
        self.check()


class HostOfPostfix(Host):
    server = "postfix"


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if postfix_here.postfix(PROGRAM) is None:
        print("skipped: no Postfix here and none to fetch; try `smtprig servers fetch postfix`")
        sys.exit(77)
    unittest.main(verbosity=2)
