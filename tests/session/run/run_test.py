#!/usr/bin/env python3
"""The program as a whole, on the embedded server: that runs repeat themselves, that every planted
defect is caught by the shipped catalogue, and that the cell which brings a server down is found.

    run_test.py PROGRAM [unittest arguments]
"""
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""


class Run:
    """One `smtprig run`: exit status, final records by cell id, standard output."""

    def __init__(self, *arguments, env=None):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAM, "run", "--out", folder, *arguments],
                                  capture_output=True, text=True, env=env)
            self.status, self.output, self.errors = done.returncode, done.stdout, done.stderr
            self.cells = records(folder)

    def verdicts(self):
        return {cell: record["verdict"] for cell, record in self.cells.items()}

    def fallen(self):
        """Ids of cells at whose end the server was not alive."""
        return {cell: record["outcome"]["server"] for cell, record in self.cells.items()
                if record["outcome"]["server"] != "alive"}


def records(folder):
    cells = {}
    for file in pathlib.Path(folder).rglob("results.jsonl"):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if "cell" in record:
                cells[record["cell"]] = record
    return cells


def canonical(cells):
    return {cell: {key: value for key, value in record.items() if key != "measured"}
            for cell, record in cells.items()}


class Runs(unittest.TestCase):
    def test_the_whole_catalogue_is_as_expected(self):
        run = Run()
        self.assertEqual(run.status, 0, run.output + run.errors)
        self.assertGreater(len(run.cells), 300)

    def test_a_policy_of_the_users_own(self):
        run = Run("--policy", "partners = may, secure: */partner cert/good", "cert", "domains")
        self.assertEqual(run.status, 0, run.output + run.errors)
        cells = {cell.split("@")[0]: record for cell, record in run.cells.items()}
        self.assertTrue(all(cell.endswith("@embedded/partners") for cell in run.cells))
        self.assertEqual({(scenario, record["policy"]) for scenario, record in cells.items()
                          if scenario in ("cert/good", "cert/expired", "domains/apart")},
                         {("cert/good", "secure"), ("cert/expired", "may"),
                          ("domains/apart", "may")})

        def channels(scenario):
            return {each["recipient"]: each["channel"] for each
                    in cells[scenario]["outcome"]["recipients"]}
        self.assertEqual(channels("domains/apart"),
                         {"alice": "encrypted", "bob@partner": "authenticated"})
        self.assertEqual(channels("domains/partner-plaintext"),
                         {"alice": "encrypted", "bob@partner": "none"})
        self.assertIn("partners = may, secure: */partner cert/good", run.output)

    def test_same_seed_same_records_in_any_split(self):
        one = Run("cert", "starttls")
        two = Run("cert", "starttls", "--jobs", "3")
        self.assertEqual(canonical(one.cells), canonical(two.cells))

    def test_selection_does_not_change_a_cell(self):
        whole = canonical(Run("cert").cells)
        alone = canonical(Run("cert/expired@embedded/verify").cells)
        cell = "cert/expired@embedded/verify"
        self.assertEqual(whole[cell], alone[cell])

    def test_nothing_selected_is_status_4(self):
        run = Run("cert/expierd")
        self.assertEqual(run.status, 4)
        self.assertIn("cert/expired", run.output + run.errors)

    def test_a_bad_file_is_status_2_and_tells_the_place(self):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write('<suite xmlns="urn:smtprig:1">\n'
                       '  <scenario id="a/b"><summary>s</summary><mx startls="no"/></scenario>\n'
                       '</suite>\n')
            file.flush()
            run = Run(file.name)
        self.assertEqual(run.status, 2)
        self.assertIn(f"{file.name}:2:", run.errors)
        self.assertIn("starttls", run.errors)

    def test_a_rig_that_fails_is_not_asked_a_thousand_times(self):
        environment = {**os.environ, "TMPDIR": "/nowhere"}
        run = Run("control/honest", "--repeat", "1000", env=environment)
        self.assertEqual(run.status, 3)
        self.assertIn("/nowhere", run.errors)
        self.assertEqual(run.errors.count("the rig failed"), 1)

    def test_an_interrupted_run_has_complete_reports(self):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.Popen([PROGRAM, "run", "--out", folder, "--repeat", "1000"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while not records_so_far(folder) and time.monotonic() < deadline:
                try:
                    run.wait(timeout=0.05)
                except subprocess.TimeoutExpired:
                    pass
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=60), 130)
            cells = records(folder)  # every line parses
            self.assertTrue(cells)
            self.assertTrue(list(pathlib.Path(folder).rglob("junit.xml")))


def records_so_far(folder):
    return any('"cell"' in file.read_text() for file in pathlib.Path(folder).rglob("results.jsonl"))


class Attacks(unittest.TestCase):
    """Who could read the mail, by policy, where the truth is plain."""

    SCENARIOS = ["cert/good", "starttls/absent", "dane/end-entity/3-1-1", "sts/mode/enforce"]

    @staticmethod
    def exposure(run, scenario, policy):
        found = run.cells[f"{scenario}@embedded/{policy}"]["exposure"]
        return found["content"], found["later_content"]

    def test_the_readers_of_each_policy(self):
        run = Run("--attack", "all", *self.SCENARIOS)
        self.assertEqual(run.status, 0, run.output)
        nobody, listener, attacker = "nobody", "passive-listener", "active-attacker"
        expected = {
            ("cert/good", "none"): (listener, listener),
            ("cert/good", "may"): (attacker, attacker),
            ("cert/good", "encrypt"): (attacker, attacker),
            # It believes the MX record.
            ("cert/good", "verify"): (attacker, attacker),
            ("cert/good", "secure"): (nobody, nobody),
            ("cert/good", "fingerprint"): (nobody, nobody),
            ("starttls/absent", "may"): (listener, listener),
            ("starttls/absent", "encrypt"): (attacker, attacker),
            ("starttls/absent", "secure"): (nobody, nobody),
            ("dane/end-entity/3-1-1", "dane"): (nobody, nobody),
            ("dane/end-entity/3-1-1", "may"): (attacker, attacker),
            ("sts/mode/enforce", "mta-sts"): (attacker, nobody),
            ("sts/mode/enforce", "may"): (attacker, attacker),
        }
        for (scenario, policy), readers in expected.items():
            with self.subTest(scenario=scenario, policy=policy):
                self.assertEqual(self.exposure(run, scenario, policy), readers)

    def test_what_was_not_run_is_not_known(self):
        run = Run("--attack", "passive", "--policy", "may,none", "cert/good")
        self.assertEqual(self.exposure(run, "cert/good", "may"), ("not-measured",) * 2)
        self.assertEqual(self.exposure(run, "cert/good", "none"), ("passive-listener",) * 2)

    def test_a_defect_is_readable(self):
        """A server that forgets its policy shows it in who reads its later mail."""
        run = Run("--attack", "sts-block", "--policy", "mta-sts", "--mutant",
                  "forgets-sts-policy", "sts/mode/enforce")
        self.assertEqual(run.status, 1, run.output)
        cell = "sts/mode/enforce@embedded/mta-sts"
        self.assertEqual(run.cells[cell + "~sts-block-later"]["verdict"], "fail")
        self.assertEqual(run.cells[cell]["exposure"]["later_content"], "active-attacker")

    def test_a_pattern_names_an_attacker(self):
        run = Run("cert/good@embedded/may~strip")
        self.assertEqual(run.status, 0, run.output)
        self.assertIn("cert/good@embedded/may~strip", run.cells)
        self.assertNotIn("cert/good@embedded/may", run.cells)


class Defects(unittest.TestCase):
    # Class Blame looks at these, and more closely.
    BLAMED = {"crashes-on-garbage", "hangs-on-garbage", "closes-listener-on-garbage"}
    INBOUND = "inbound:"  # what the effect of a defect of reception begins with

    # Where a message is lost, a run waits for it and needs no processor.
    AT_ONCE = 4

    # What the effect of a defect begins with that shows only where domains differ in their policy.
    BY_DOMAIN = "by domain:"
    OWN_POLICY = "partners = may, secure: */partner"

    # Each cell that meets it ends the server, and costs a search: it is looked for where it is met.
    MET = {"crashes-on-http": ("--policy", "may", "inbound/other-protocol", "inbound/content")}

    # By their names, defects of topics to which the whole catalogue would come late.
    TOPICS = (("requiretls", "requiretls"), ("tls-required-no", "requiretls"),
              ("field-beats", "requiretls"), ("reports", "tlsrpt"), ("expired-policies", "clock"),
              ("sts", "sts"), ("policy-host", "sts"))

    def run_with(self, mutant, effect):
        if mutant in self.MET:
            return Run("--mutant", mutant, *self.MET[mutant])
        for part, topic in self.TOPICS:
            if f"-{part}-" in f"-{mutant}-" and not effect.startswith(self.INBOUND):
                return Run("--mutant", mutant, "--fail-fast", topic)
        way = "inbound" if effect.startswith(self.INBOUND) else "outbound"
        if effect.startswith(self.BY_DOMAIN):
            return Run("--mutant", mutant, "--policy", self.OWN_POLICY, "domains")
        return Run("--mutant", mutant, "--fail-fast", "--direction", way)

    def test_every_planted_defect_is_caught(self):
        listed = subprocess.run([PROGRAM, "run", "--mutant", "list"], capture_output=True,
                                text=True)
        mutants = dict(line.split(maxsplit=1) for line in listed.stdout.splitlines()
                       if line.strip())
        self.assertGreater(len(mutants), 60)
        with concurrent.futures.ThreadPoolExecutor(self.AT_ONCE) as pool:
            runs = {mutant: pool.submit(self.run_with, mutant, mutants[mutant])
                    for mutant in sorted(set(mutants) - self.BLAMED)}
            for mutant, run in runs.items():
                with self.subTest(mutant=mutant):
                    self.check(mutant, run.result())

    def check(self, mutant, run):
        bad = [cell for cell, verdict in run.verdicts().items() if verdict == "fail"]
        self.assertIn(run.status, (1, 3), f"{mutant} survives")
        others = {cell: record for cell, record in run.cells.items()
                  if record["verdict"] not in ("pass", "not-reached", "known")}
        self.assertTrue(bad, f"{mutant}: no cell failed, but {others}\n{run.errors}")
        print(f"{mutant}: {', '.join(bad[:3])}", flush=True)


class Accepting(unittest.TestCase):
    CELL = "cert/wildcard-too-deep@embedded/verify"

    def test_an_accepted_cell_is_known_until_it_ends_otherwise(self):
        defect = ("--mutant", "deep-wildcard", "cert/wildcard-too-deep", "--policy", "verify")
        with tempfile.TemporaryDirectory() as folder:
            known = pathlib.Path(folder) / "known.xml"
            out = pathlib.Path(folder) / "out"
            run = subprocess.run([PROGRAM, "run", "--out", out, *defect], capture_output=True)
            self.assertEqual(run.returncode, 1)
            accept = [PROGRAM, "accept", "cert/wildcard-too-deep/verify", "--out", out, "--file",
                      known, "--reason"]
            self.assertEqual(subprocess.run([*accept, "planted"]).returncode, 0)
            # The same again would be said twice.
            self.assertEqual(subprocess.run([*accept, "again"], capture_output=True).returncode, 2)
            run = Run("--known", str(known), *defect)
            self.assertEqual(run.verdicts()[self.CELL], "known")
            self.assertEqual(run.status, 0)
            run = Run("--known", str(known), *defect[2:])
            self.assertEqual(run.verdicts()[self.CELL], "unexpected-pass")
            self.assertEqual(run.status, 1)


class Blame(unittest.TestCase):
    """Three scenarios send no TLS where a handshake is due; the others must not suffer."""

    CULPRITS = {"starttls/garbage-after-220@embedded/encrypt",
                "starttls/injected-refusal@embedded/encrypt",
                "starttls/injected-reply@embedded/encrypt"}

    def check(self, mutant, health):
        run = Run("--mutant", mutant, "--policy", "encrypt", "starttls")
        self.assertEqual(run.fallen(), dict.fromkeys(self.CULPRITS, health), run.output)
        others = {cell: verdict for cell, verdict in run.verdicts().items()
                  if cell not in self.CULPRITS and verdict not in ("pass", "not-reached")}
        self.assertEqual(others, {})
        self.assertEqual(run.status, 1)

    def test_a_crash_is_found(self):
        self.check("crashes-on-garbage", "crashed")

    def test_a_hang_is_found(self):
        self.check("hangs-on-garbage", "hung")

    def test_a_lost_listener_is_found(self):
        self.check("closes-listener-on-garbage", "lost-listener")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
