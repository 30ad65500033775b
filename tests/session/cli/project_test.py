#!/usr/bin/env python3
"""A day of work in a folder with a project file, on the embedded server: runs that are green, red,
accepted and interrupted, each with its exit status.

    project_test.py PROGRAM SOURCE_FOLDER [unittest arguments]
"""
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""
SOURCE = pathlib.Path()

# Postfix is never started: what is typed takes another server.
PROJECT = """<project xmlns="urn:smtprig:1" jobs="2">
  <scenarios path="mail"/>
  <known path="known.xml"/>
  <server name="{server}"/>
  <policy name="verify"/>
  <out path="results/mail"/>
</project>
"""
SUITE = """<suite xmlns="urn:smtprig:1">
  <scenario id="mine/expired" clause="RFC 8461 4.2">
    <summary>The certificate is too old.</summary>
    <mx certificate="expired"/>
  </scenario>
</suite>
"""
CELL = "mine/expired@embedded/verify"
DEFECT = ("--mutant", "ignores-dates")


class Day(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = dict(os.environ, SMTPRIG_SHARE=str(SOURCE))
        (self.folder / "mail").mkdir()
        (self.folder / "mail/a.xml").write_text(SUITE)
        (self.folder / "known.xml").write_text('<known xmlns="urn:smtprig:1"/>')
        self.project("embedded")

    def project(self, server):
        (self.folder / "smtprig.xml").write_text(PROJECT.format(server=server))

    def smtprig(self, *arguments, status=0):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_a_green_run_does_what_the_file_says(self):
        done = self.smtprig("run")
        self.assertEqual(done.stderr.splitlines()[0],
                         "Project file: smtprig.xml; --no-project ignores it")
        self.assertIn("Results: results/mail/", done.stdout)
        self.assertTrue((self.folder / "results/mail/latest/results.jsonl").exists())
        self.assertFalse((self.folder / "out").exists())
        text = (self.folder / "results/mail/latest/results.jsonl").read_text()
        self.assertIn(CELL, text)
        self.assertIn('"jobs":2', text)
        self.assertNotIn("@embedded/may", text)

    def test_the_command_line_wins(self):
        self.project("postfix")
        self.smtprig("run", "--server", "embedded", "--policy", "may", "--out", "elsewhere")
        text = (self.folder / "elsewhere/latest/results.jsonl").read_text()
        self.assertIn("mine/expired@embedded/may", text)
        self.assertNotIn("/verify", text)

    def test_red_then_accepted_then_green(self):
        self.project("postfix")  # a planted defect is the embedded server's all the same
        self.smtprig("run", *DEFECT, status=1)
        words = self.smtprig("__complete", "accept", CELL).stdout
        self.assertEqual(words.split("\t")[0], CELL)
        (self.folder / "known.xml").unlink()  # accept makes it, nobody else does without
        self.smtprig("run", *DEFECT, status=2)
        self.smtprig("accept", "mine/expired", "--reason", "planted")
        self.assertIn("planted", (self.folder / "known.xml").read_text())
        self.smtprig("run", *DEFECT)
        self.smtprig("run", "--last-failed", *DEFECT, status=4)

    def test_last_failed_is_looked_for_in_the_projects_results(self):
        self.smtprig("run", "--policy", "secure", *DEFECT, status=1)
        # The cell's policy is not the project's.
        done = self.smtprig("run", "--last-failed", *DEFECT, status=1)
        self.assertIn("mine/expired@embedded/secure", done.stdout)

    def test_a_policy_of_ones_own(self):
        definition = "partners = may, verify: mine"
        cell = "mine/expired@embedded/partners"
        done = self.smtprig("run", "--policy", definition, *DEFECT, status=1)
        (line,) = [line for line in done.stdout.splitlines() if "run again" in line]
        self.assertIn(f"--policy '{definition}'", line)
        self.assertIn(cell, self.smtprig(*shlex.split(line.replace("run again", ""))[1:],
                                         status=1).stdout)
        self.assertIn(cell, self.smtprig("run", "--last-failed", *DEFECT, status=1).stdout)
        # In the file: by name, beside the others, and offered to the Tab key.
        own = ('<policy name="partners" default="may">'
               '<exception policy="verify" domains="mine"/></policy>')
        (self.folder / "smtprig.xml").write_text(
            PROJECT.format(server="embedded").replace("<out", own + "<out"))
        listed = self.smtprig("list", "--policy", "partners", "--format", "json").stdout
        self.assertEqual(json.loads(listed)[0]["cells"], [cell])
        listed = self.smtprig("list", "--format", "json").stdout
        self.assertEqual(json.loads(listed)[0]["cells"], [CELL, cell])
        self.assertIn("partners: verify", self.smtprig("explain", cell).stdout)
        self.assertIn("partners\t", self.smtprig("__complete", "run", "--policy", "p").stdout)
        self.smtprig("run", cell)
        self.smtprig("run", cell, *DEFECT, status=1)
        # A deviation that is known at the level is known here too.
        self.smtprig("run", "--policy", "verify", *DEFECT, status=1)
        (self.folder / "known.xml").unlink()
        self.smtprig("accept", "mine/expired", "--reason", "planted")
        self.smtprig("run", cell, *DEFECT)

    def test_what_is_printed_to_run_again_does_so(self):
        (self.folder / "my mail.xml").write_text(SUITE)
        done = self.smtprig("run", "my mail.xml", "--no-project", "--policy", "verify", *DEFECT,
                            status=1)
        (line,) = [line for line in done.stdout.splitlines() if "run again" in line]
        again = shlex.split(line.replace("run again", ""))
        self.assertEqual(again[0], PROGRAM)
        self.assertIn(CELL, self.smtprig(*again[1:], status=1).stdout)

    def test_an_interrupted_run(self):
        run = subprocess.Popen([PROGRAM, "run", "--repeat", "100000"], cwd=self.folder,
                               env=self.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.has_records() and time.monotonic() < deadline:
            try:
                run.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                pass
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=60), 130)
        self.assertTrue((self.folder / "results/mail/latest/junit.xml").exists())

    def has_records(self):
        return any('"cell"' in file.read_text()
                   for file in self.folder.rglob("results/mail/*/results.jsonl"))


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
