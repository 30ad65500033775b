#!/usr/bin/env python3
"""The program as programs, shells and folders see it, as far as no mail flows: JSON, completion,
project files, exit status, and the script that builds it first.

    program_test.py PROGRAM SOURCE_FOLDER [unittest arguments]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
SOURCE = pathlib.Path()

SUITE = """<suite xmlns="urn:smtprig:1">
  <scenario id="mine/odd" clause="RFC 5321 5.1" level="MUST">
    <summary>Odd &#x202e;&#xe9;&#x9b;2J "quoted" \\ text.</summary>
    <mx/>
  </scenario>
  <scenario id="mine/plain"><summary>Plain.</summary><mx/></scenario>
</suite>
"""
KNOWN = '<known xmlns="urn:smtprig:1"/>\n'


def project(body):
    return f'<project xmlns="urn:smtprig:1">\n{body}\n</project>\n'


class Case(unittest.TestCase):
    """Each in a folder of its own, with the shipped data of the source tree."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = dict(os.environ, SMTPRIG_SHARE=str(SOURCE),
                                XDG_CACHE_HOME=str(self.folder / "cache"), LC_ALL="C.UTF-8")
        self.environment.pop("SMTPRIG_COMMAND", None)

    def enterContext(self, manager):  # python 3.11 has it
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def smtprig(self, *arguments, status=0, command=None):
        done = subprocess.run([*(command or [PROGRAM]), *arguments], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def ids(self, *arguments):
        return [one["id"] for one in json.loads(self.smtprig("list", "--format", "json",
                                                             *arguments).stdout)]


class Json(Case):
    def test_scenarios(self):
        shipped = json.loads(self.smtprig("list", "--format", "json").stdout)
        self.assertGreater(len(shipped), 100)
        members = {"id", "summary", "clause", "level", "ref", "file", "line", "cells"}
        for one in shipped:
            self.assertLessEqual(members, set(one))
            self.assertTrue(one["cells"])
        self.assertEqual([one["id"] for one in shipped], sorted(one["id"] for one in shipped))

    def test_filters_are_those_of_list(self):
        (one,) = json.loads(self.smtprig("list", "--format=json", "cert/expired", "--policy",
                                         "verify,may", "--server", "embedded,postfix").stdout)
        self.assertEqual(one["cells"], [f"cert/expired@{server}/{policy}"
                                        for server in ("embedded", "postfix")
                                        for policy in ("none", "may", "encrypt", "fingerprint",
                                                       "verify", "secure")
                                        if policy in ("may", "verify")])

    def test_what_a_resolver_would_hide_is_left_out_and_told(self):
        done = self.smtprig("list", "--format", "json", "--dns", "signed", "routing", "dane/denied")
        proven = {one["id"] for one in json.loads(done.stdout)}
        claimed = set(self.ids("routing", "dane/denied"))
        told = {line.split(": ")[0].strip() for line in done.stderr.splitlines()
                if line.startswith("  ")}
        self.assertTrue(told)
        self.assertEqual(proven, claimed - told)
        self.assertIn("dane/denied/nodata", proven)
        alone = self.smtprig("list", "--dns", "signed", "dane/lookup-forged", status=4)
        self.assertIn("dane/lookup-forged: TLSA _25._tcp.mx (wrong-id): ", alone.stderr)

    def test_whatever_a_summary_holds(self):
        self.write("a.xml", SUITE)
        text = self.smtprig("list", "a.xml", "mine/odd", "--format", "json").stdout
        self.assertTrue(text.isascii() and text.replace("\n", " ").isprintable(), text)
        (one,) = json.loads(text)
        self.assertEqual(one["summary"], 'Odd \u202e\u00e9\u009b2J "quoted" \\ text.')
        self.assertEqual((one["file"], one["line"], one["ref"]), ("a.xml", 2, ""))

    def test_nothing_selected_prints_nothing(self):
        self.assertEqual(self.smtprig("list", "zzz", "--format", "json", status=4).stdout, "")

    def test_servers(self):
        servers = json.loads(self.smtprig("servers", "list", "--format", "json").stdout)
        by_name = {one["name"]: one for one in servers}
        self.assertEqual(by_name["embedded"]["origin"], "built-in")
        self.assertIn("verify", by_name["postfix"]["policies"])
        self.assertEqual(by_name["postfix"]["package"], "postfix")


class Project(Case):
    def setUp(self):
        super().setUp()
        self.write("mail/a.xml", SUITE)
        self.write("known.xml", KNOWN)

    def test_it_holds_where_nothing_is_typed(self):
        self.write("smtprig.xml", project('<scenarios path="mail"/><server name="postfix"/>'
                                          '<policy name="may"/>'))
        done = self.smtprig("list", "--format", "json")
        self.assertEqual([one["cells"] for one in json.loads(done.stdout)],
                         [["mine/odd@postfix/may"], ["mine/plain@postfix/may"]])
        self.assertEqual(done.stderr.splitlines()[0],
                         "Project file: smtprig.xml; --no-project ignores it")
        explained = self.smtprig("explain", "mine/plain").stdout
        self.assertIn("--server postfix --policy may", explained)

    def test_what_is_typed_wins(self):
        self.write("smtprig.xml", project('<scenarios path="mail"/><policy name="may"/>'))
        self.assertIn("cert/expired", self.ids("--no-project"))
        controls = self.ids("--scenarios", str(SOURCE / "scenarios/control"))
        self.assertEqual({one.split("/")[0] for one in controls}, {"control"})
        self.assertEqual(self.ids(str(SOURCE / "scenarios/control")), controls)
        done = self.smtprig("list", "mine/plain", "--policy", "none", "--long")
        self.assertIn("mine/plain@embedded/none", done.stdout)
        self.assertNotIn("/may", done.stdout)

    def test_shipped_scenarios_beside(self):
        self.write("smtprig.xml", project('<shipped/><scenarios path="mail"/>'))
        self.assertLess({"mine/odd", "cert/expired"}, set(self.ids()))

    def test_paths_are_relative_to_the_file(self):
        self.write("below/smtprig.xml", project('<scenarios path="../mail/a.xml"/>'))
        self.assertEqual(self.ids("--project", "below/smtprig.xml"), ["mine/odd", "mine/plain"])
        self.assertGreater(len(self.ids()), 100)  # only the working directory's is found

    def test_mistakes_have_a_place_and_end_all_that_reads_it(self):
        self.write("smtprig.xml", project('<scenarios path="mial"/><server name="postfx"/>'))
        for arguments in (["list"], ["run"], ["explain", "cert/good"],
                          ["accept", "cert/good", "--reason", "x"], ["validate"],
                          ["validate", "smtprig.xml"]):
            with self.subTest(arguments=arguments):
                errors = self.smtprig(*arguments, status=2).stderr
                self.assertIn('smtprig.xml:2:18: error: mial does not exist', errors)
                self.assertIn('did you mean "mail"?', errors)
                self.assertIn('smtprig.xml:2:39: error: no server is named "postfx"', errors)
        self.smtprig("list", "--no-project")
        self.smtprig("servers", "list")
        self.smtprig("schema")

    def test_validate_takes_all_that_it_names(self):
        self.write("smtprig.xml", project('<scenarios path="mail"/><known path="known.xml"/>'))
        for arguments in ([], ["smtprig.xml"], ["--project", "smtprig.xml"]):
            self.assertEqual(self.smtprig("validate", *arguments).stdout,
                             "1 project, 2 scenarios, 0 known deviations, 0 servers: 0 problems\n")
        self.write("mail/b.xml", SUITE.replace("mine/", "mine2/").replace("<mx/>", "<mxx/>"))
        self.assertIn("mail/b.xml:4:", self.smtprig("validate", status=2).stderr)
        self.assertNotIn("project", self.smtprig("validate", "--no-project").stdout)

    def test_files_are_told_by_their_root(self):
        self.write("odd-name.xml", project('<scenarios path="mail"/>'))
        self.write("deviations.xml", "<!-- not a <suite> -->" + KNOWN)
        self.assertIn("1 project, 2 scenarios, 0 known",
                      self.smtprig("validate", "odd-name.xml", "deviations.xml").stdout)

    def test_a_folder_may_hold_it_beside_scenarios(self):
        self.write("smtprig.xml", project('<scenarios path="."/>'))
        (self.folder / "known.xml").unlink()
        self.assertEqual(self.ids(), ["mine/odd", "mine/plain"])


class ExitStatus(Case):
    """What needs no mail; tests/session/cli has the rest."""

    def test_success(self):
        for arguments in (["list", "cert"], ["--help"], ["--version"], ["help", "exit-status"],
                          ["explain", "cert/good"], ["validate"], ["servers"], ["schema"],
                          ["completion", "bash"], ["run", "--mutant", "list"]):
            with self.subTest(arguments=arguments):
                self.assertTrue(self.smtprig(*arguments).stdout)

    def test_usage_and_invalid_files(self):
        bad = self.write("bad.xml", SUITE.replace("<mx/>", "<mxx/>"))
        for arguments in (["rnu"], ["run", "--sever", "x"], ["run", "--policy", "x"],
                          ["run", "--server", "x"], ["run", "--mutant", "x"],
                          ["run", "--server-root", "/", "--server", "embedded,postfix"],
                          ["run", str(bad)], ["list", str(bad)], ["validate", str(bad)],
                          ["validate", "absent.xml"], ["explain"], ["help", "x"],
                          ["completion", "x"], ["servers", "fetch", "embedded"],
                          ["accept", "cert/good", "--reason", "no run yet"],
                          ["list", "--project", "absent.xml"]):
            with self.subTest(arguments=arguments):
                done = self.smtprig(*arguments, status=2)
                self.assertEqual(done.stdout if arguments[0] != "validate" else "", "")
                self.assertTrue(done.stderr)

    def test_the_rig_failed(self):
        self.environment["SMTPRIG_SHARE"] = str(self.folder)
        self.assertIn("SMTPRIG_SHARE", self.smtprig("run", status=3).stderr)
        self.environment["SMTPRIG_SHARE"] = str(SOURCE)
        self.smtprig("run", "--server", "postfix-0.0.1", status=3)

    def test_nothing_was_selected(self):
        for arguments in (["run", "cert/expierd"], ["list", "zzz"], ["explain", "zzz"],
                          ["run", "--last-failed"], ["run", "cert/good@embedded/zzz"]):
            with self.subTest(arguments=arguments):
                self.smtprig(*arguments, status=4)


# Completes LINE as bash would, and prints what it would offer: COMP_WORDS as bash splits them.
BASH = r"""
source "$1"
complete -p smtprig >/dev/null || exit 1
compopt() { :; }
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() rest=$2
while [[ -n $rest ]]; do
  if [[ $rest =~ ^[[:space:]]+ ]]; then
    rest=${rest#"${BASH_REMATCH[0]}"}
    [[ -n $rest ]] || COMP_WORDS+=("")
  elif [[ $rest =~ ^[=:]+ || $rest =~ ^@?[^[:space:]=:@]* ]]; then
    COMP_WORDS+=("${BASH_REMATCH[0]}")
    rest=${rest#"${BASH_REMATCH[0]}"}
  fi
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
replaced=${COMP_WORDS[COMP_CWORD]}
[[ $replaced == [=:]* ]] && replaced=
_smtprig "$3" "$replaced" ""
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(Case):
    def bash(self, line, program=None):
        script = self.write("completion.bash", self.smtprig("completion", "bash").stdout)
        done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", script, line,
                               program or PROGRAM], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_bash(self):
        self.write("a file.xml", SUITE)
        (self.folder / "folder").mkdir()
        for line, expected in (
                ("smtprig ru", ["run"]),
                ("smtprig run --fail", ["--fail-fast"]),
                ("smtprig run cert/expired-i", ["cert/expired-intermediate"]),
                ("smtprig run cert/expired@", ["@embedded/"]),
                ("smtprig run cert/expired@embedded/ver", ["@embedded/verify"]),
                ("smtprig run --server=po", ["postfix"]),
                ("smtprig run --server po", ["postfix"]),
                ("smtprig run --policy may,en", ["may,encrypt"]),
                ("smtprig run --mutant ignores-nu", ["ignores-null-mx"]),
                ("smtprig validate a", ["a\\ file.xml"]),
                ("smtprig run --out fol", ["folder/"]),
                ("smtprig explain control/ho", ["control/honest"]),
                ("smtprig completion ", ["bash", "zsh", "fish"]),
                ("smtprig servers fetch post", ["postfix"]),
                ("smtprig servers fetch emb", []),
                ("smtprig help exit", ["exit-status"]),
                ("smtprig run --seed ", [])):
            with self.subTest(line=line):
                self.assertEqual(self.bash(line), expected)

    def test_every_server_behind_an_equals_sign(self):
        servers = json.loads(self.smtprig("servers", "list", "--format", "json").stdout)
        self.assertEqual(self.bash("smtprig run --server="), sorted(s["name"] for s in servers))

    def test_an_open_quote(self):
        self.assertEqual(self.bash("smtprig run 'cert/expired-i"), ["cert/expired-intermediate"])

    def test_what_the_command_would_find(self):
        self.write("mail/a.xml", SUITE)
        self.assertEqual(self.bash("smtprig list --scenarios mail mi"), ["mine/"])
        self.assertEqual(self.bash("smtprig list mine/o"), [])
        self.write("smtprig.xml", project('<scenarios path="mail"/><server name="postfix"/>'))
        self.assertEqual(self.bash("smtprig list mine/o"), ["mine/odd"])
        self.assertEqual(self.bash("smtprig list mine/odd@"), ["@postfix/"])
        self.assertEqual(self.bash("smtprig list --no-project mine/o"), [])

    def test_versions_in_the_cache(self):
        (self.folder / "cache/smtprig/servers/postfix-9.9.9").mkdir(parents=True)
        self.assertEqual(self.bash("smtprig run --server postfix-"), ["postfix-9.9.9"])

    def test_whatever_is_wrong_it_is_silent(self):
        self.write("smtprig.xml", "<broken")
        self.environment["SMTPRIG_SHARE"] = str(self.folder)
        for words in ([], [""], ["run", ""], ["run", "--server", ""], ["zebra", "--x", "y"],
                      ["help", "zebra", ""], ["accept", ""]):
            done = self.smtprig("__complete", *words)
            self.assertEqual(done.stderr, "")

    def test_scripts_are_well_formed(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.write(f"script.{shell}", self.smtprig("completion", shell).stdout)
            if shutil.which(shell):
                subprocess.run([shell, "-n", script], check=True, timeout=60)


class Script(Case):
    """./smtprig, in a tree where the program is a stand-in that tells how it was called."""

    def setUp(self):
        super().setUp()
        self.tree = self.folder / "tree"
        program = self.write("tree/build/release/smtprig", '#!/bin/sh\necho "$PWD:$*"\n')
        program.chmod(0o755)
        shutil.copy(SOURCE / "smtprig", self.tree / "smtprig")

    def test_a_tab_builds_nothing_and_the_folder_is_the_users(self):
        done = self.smtprig("__complete", "run", "", command=[self.tree / "smtprig"])
        self.assertEqual(done.stdout, f"{self.folder.resolve()}:__complete run \n")
        (self.tree / "build/release/smtprig").unlink()
        done = self.smtprig("__complete", "run", command=[self.tree / "smtprig"])
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_the_folder_is_the_users_when_it_is_built(self):
        for name in ("fakes", "harness", "reports"):
            (self.tree / name).mkdir()
        for name in ("CMakeLists.txt", "CMakePresets.json"):
            self.write(f"tree/{name}", "")
        # What the script would write after a build: the answer of its own function.
        text = (self.tree / "smtprig").read_text()
        function = text[text.index("sources() {"):text.index("\n}\n") + 3]
        stamp = subprocess.run(["bash", "-c", f'top=$1\n{function}\nsources', "bash", self.tree],
                               capture_output=True, text=True, check=True).stdout
        self.write("tree/build/release/.built", stamp)
        done = self.smtprig("list", command=[self.tree / "smtprig"])
        self.assertEqual(done.stdout, f"{self.folder.resolve()}:list\n")


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
