#!/usr/bin/env python3
"""Tests of tidy.py: each rule finds its bad sample and leaves the good one beside it alone."""
import os
import subprocess
import sys
import tempfile
import unittest

import tidy

GOOD_HEADER = "// What it is.\n#pragma once\n"
GOOD_SOURCE = "// What it does.\n"


def rules(path, text):
    return [finding.rule for finding in tidy.check_file(path, text)]


def function_of(lines):
    return "int f() {\n" + "  g();\n" * (lines - 2) + "}\n"


# (name, path, text, rules that must find something)
SAMPLES = (
    ("good header", "fakes/a.hpp", GOOD_HEADER, []),
    ("good source", "fakes/a.cpp", GOOD_SOURCE, []),
    ("no opening", "fakes/a.cpp", "#include <map>\n", ["opening"]),
    ("opening behind a blank line", "fakes/a.cpp", "\n// What.\n", ["opening"]),
    ("empty file", "fakes/a.cpp", "", ["opening"]),
    ("script", "tests/a.sh", "#!/bin/sh\n# What.\n", []),
    ("script without opening", "tests/a.sh", "#!/bin/sh\nset -e\n", ["opening"]),
    ("python", "tests/a.py", '#!/usr/bin/env python3\n"""What."""\n', []),
    ("no pragma", "fakes/a.hpp", "// What.\n", ["pragma-once"]),
    ("400 lines", "fakes/a.cpp", GOOD_SOURCE + "\n" * 399, []),
    ("401 lines", "fakes/a.cpp", GOOD_SOURCE + "\n" * 400, ["file-lines"]),
    ("401 lines of a document", "docs/a.md", "\n" * 401, []),
    ("100 columns", "tests/a.cpp", "//" + "x" * 98 + "\n", []),
    ("101 columns", "tests/a.cpp", "//" + "x" * 99 + "\n", ["line-columns"]),
    ("100 columns of two bytes each", "tests/a.cpp", "//" + "ä" * 98 + "\n", []),
    ("function of 100", "fakes/a.cpp", GOOD_SOURCE + function_of(100), []),
    ("function of 101", "fakes/a.cpp", GOOD_SOURCE + function_of(101), ["function-lines"]),
    ("struct of 101", "fakes/a.cpp", GOOD_SOURCE + function_of(101).replace("int f()", "struct S"),
     []),
    ("texts of 101", "fakes/a.hpp",
     GOOD_HEADER + 'inline constexpr char a[] =\n    R"(a' + "\nb" * 101 + '\n)";\n}\n', []),
    ("a function behind a text", "fakes/a.cpp",
     GOOD_SOURCE + 'auto a = R"x(a)x";\nauto b = R"x(\nb\n)x";\n' + function_of(101),
     ["function-lines"]),
    ("home", "docs/a.md", "cd /home/me\n", ["banned"]),
    ("work", "tests/a.cpp", GOOD_SOURCE + '"/work/x"\n', ["banned"]),
    ("work inside a path", "docs/a.md", "harness/work/x\n", []),
    ("fixme", "docs/a.md", "FIXME\n", ["banned"]),
    ("xxx", "docs/a.md", "XXX\n", ["banned"]),
    ("xxx inside a word", "docs/a.md", "aXXXa\n", []),
    ("bare todo", "docs/a.md", "TODO: later\n", ["banned"]),
    ("todo with a reason", "docs/a.md", "TODO(ldns 2 has it): use it\n", []),
    ("regex", "fakes/a.cpp", GOOD_SOURCE + "std::regex r;\n", ["banned"]),
    ("regex in a document", "docs/a.md", "std::regex is not used\n", []),
    ("sleep_for", "tests/a.cpp", GOOD_SOURCE + "std::this_thread::sleep_for(1s);\n", ["banned"]),
    ("usleep", "tests/a.cpp", GOOD_SOURCE + "  usleep(5);\n", ["banned"]),
    ("process", "harness/lab/a.cpp", GOOD_SOURCE + "#include <boost/process.hpp>\n", ["banned"]),
    ("utils", "fakes/utils.cpp", GOOD_SOURCE, ["file-name"]),
    ("string_util", "harness/xml/string_util.hpp", GOOD_HEADER, ["file-name"]),
    ("helpers", "tests/unit/helpers.py", "# What.\n", ["file-name"]),
    ("a noun that only begins so", "harness/xml/utility_bill.cpp", GOOD_SOURCE, []),
    ("own layer", "harness/judge/a.cpp", GOOD_SOURCE + '#include "harness/judge/judge.hpp"\n', []),
    ("left", "harness/judge/a.cpp", GOOD_SOURCE + '#include "harness/model/cell.hpp"\n', []),
    ("beside", "harness/judge/a.cpp", GOOD_SOURCE + '#include "harness/xml/read.hpp"\n', ["layer"]),
    ("right", "harness/model/a.cpp", GOOD_SOURCE + '#include "harness/run/job.hpp"\n', ["layer"]),
    ("fakes know no model", "fakes/dns/a.cpp", GOOD_SOURCE + '#include "harness/model/cell.hpp"\n',
     ["layer"]),
    ("pure layers see plain data", "reports/a.cpp", GOOD_SOURCE + '#include "fakes/journal.hpp"\n',
     []),
    ("and no peers", "reports/a.cpp", GOOD_SOURCE + '#include "fakes/dns/server.hpp"\n', ["layer"]),
    ("angle brackets", "reports/a.cpp", GOOD_SOURCE + "#include <harness/run/runner.hpp>\n",
     ["layer"]),
    ("asio in a pure layer", "harness/plan/a.cpp",
     GOOD_SOURCE + "#include <boost/asio/read.hpp>\n", ["layer"]),
    ("asio elsewhere", "harness/run/a.cpp", GOOD_SOURCE + "#include <boost/asio/read.hpp>\n", []),
    ("unknown layer", "harness/new/a.cpp", GOOD_SOURCE + "#include <map>\n", ["layer"]),
    ("tests may include all", "tests/a.cpp", GOOD_SOURCE + '#include "harness/run/runner.hpp"\n',
     []),
)


class Samples(unittest.TestCase):
    def test_samples(self):
        for name, path, text, expected in SAMPLES:
            with self.subTest(name):
                self.assertEqual(rules(path, text), expected)

    def test_every_rule_has_a_bad_sample(self):
        found = {rule for _, _, _, expected in SAMPLES for rule in expected}
        self.assertEqual(found, {"opening", "pragma-once", "file-lines", "line-columns",
                                 "function-lines", "banned", "file-name", "layer"})

    def test_layers_have_no_cycle(self):
        for layer, allowed in tidy.LAYERS.items():
            for other in allowed:
                self.assertNotIn(layer, tidy.LAYERS[other], f"{layer} and {other}")


class WholeTree(unittest.TestCase):
    def run_on(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy.py")
            return subprocess.run([sys.executable, program, root], capture_output=True, text=True,
                                  check=False)

    def test_clean(self):
        result = self.run_on({"fakes/a.cpp": GOOD_SOURCE, "build/b.cpp": "int x;"})
        self.assertEqual((result.returncode, result.stdout), (0, "1 files, 0 findings\n"))

    def test_finding(self):
        result = self.run_on({"fakes/a.cpp": "int x;\n"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("fakes/a.cpp:1: opening:", result.stdout)

    def test_nothing_to_check_is_no_success(self):
        self.assertEqual(self.run_on({"a.bin": "x"}).returncode, 1)


if __name__ == "__main__":
    unittest.main()
