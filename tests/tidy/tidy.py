#!/usr/bin/env python3
"""Checks the rules of CONTRIBUTING.md that need no parser: sizes, openings, banned words, layers.

Usage: tidy.py ROOT. Prints one line a finding (file:line: rule: what) and exits 1 if there is any.
It reads text and knows no C++: a rule that needs a parser is not here. Function lengths rely on the
formatting, where a function outside a class begins and ends in the first column.
"""
import os
import re
import sys
from dataclasses import dataclass

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 100
LINE_COLUMNS_MAX = 100

SOURCE_FOLDERS = ("fakes/", "harness/", "reports/", "tests/")
CODE = (".cpp", ".hpp")
SCRIPTS = (".py", ".sh")
TEXT = CODE + SCRIPTS + (".md", ".xml", ".xsd", ".txt", ".cmake", ".json", ".in", ".cf")
SKIPPED_FOLDERS = {".git", "build", "out", "corpus", "__pycache__"}
# This folder spells out what it bans.
UNBANNED = "tests/tidy/"

BANNED = (
    (r"(?<![\w./])/(work|home)/", TEXT, "a path of somebody's machine"),
    (r"\bFIXME\b", TEXT, "unfinished work belongs into an issue"),
    (r"\bXXX\b", TEXT, "unfinished work belongs into an issue"),
    (r"\bTODO\b(?!\()", TEXT, "unfinished work needs a reason: TODO(why)"),
    (r"std::w?regex\b", CODE, "RE2 matches patterns, in linear time"),
    (r"\bsleep_(for|until)\b|\bu?sleep\(", CODE, "wait for the event, under a deadline"),
    (r"boost/process\.hpp", CODE, "costs more to compile than all of Asio; see lab/child.hpp"),
)
BANNED_FILE_NAMES = re.compile(r"(^|_)(utils?|common|helpers?|managers?)(_|\.|$)")
FUNCTION_BEGINS = re.compile(
    r"(?!(namespace|extern|struct|class|enum|union|template|using|(inline )?constexpr|const)\b)"
    r"[A-Za-z_]")
RAW_STRING = re.compile(r'R"(\w*)\(')

# Who may include whom; own headers always. What is not listed here is not a layer.
PURE = ("fakes/core", "harness/model")
FAKES = ("fakes/core", "fakes/tls", "fakes/net", "fakes/smtp", "fakes/dns", "fakes/https",
         "fakes/attacker")
MIDDLE = ("harness/xml", "harness/plan", "harness/judge", "reports")
LAYERS = {
    "fakes/core": (),
    "fakes/tls": ("fakes/core",),
    "fakes/net": ("fakes/core", "fakes/tls"),
    "fakes/smtp": ("fakes/core", "fakes/tls", "fakes/net"),
    "fakes/dns": ("fakes/core", "fakes/net"),
    "fakes/https": ("fakes/core", "fakes/tls", "fakes/net"),
    "fakes/attacker": ("fakes/core", "fakes/tls", "fakes/net"),
    "harness/model": ("fakes/core",),
    "harness/xml": PURE,
    "harness/plan": PURE,
    "harness/judge": PURE,
    "reports": PURE,
    "harness/lab": FAKES + ("harness/model",) + MIDDLE,
    "harness/servers": FAKES + ("harness/model",) + MIDDLE + ("harness/lab",),
    "harness/run": FAKES + ("harness/model",) + MIDDLE + ("harness/lab", "harness/servers"),
    "harness/cli": FAKES + ("harness/model",) + MIDDLE
                   + ("harness/lab", "harness/servers", "harness/run"),
}
WITHOUT_ASIO = ("harness/model", "harness/xml", "harness/plan", "harness/judge", "reports")


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.rule}: {self.text}"


def over(path, line, rule, number, allowed):
    return Finding(path, line, rule, f"{number}, {allowed} allowed")


def layer_of(path):
    """The layer of a source file or of an include, or None."""
    if path.startswith("fakes/"):
        parts = path.split("/")
        return "fakes/core" if len(parts) == 2 else "fakes/" + parts[1]
    if path.startswith("harness/"):
        return "/".join(path.split("/")[:2])
    return "reports" if path.startswith("reports/") else None


def check_sizes(path, lines):
    if not path.startswith(SOURCE_FOLDERS) or not path.endswith(CODE + SCRIPTS):
        return
    if len(lines) > FILE_LINES_MAX:
        yield over(path, len(lines), "file-lines", len(lines), FILE_LINES_MAX)
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield over(path, number, "line-columns", len(line), LINE_COLUMNS_MAX)


def without_raw_strings(lines):
    """The lines, where those that a raw string began before are empty: they are text, not code."""
    end = None
    for line in lines:
        inside = end is not None
        if inside and end in line:
            end = None
        elif not inside:
            found = RAW_STRING.search(line)
            if found and f'){found.group(1)}"' not in line[found.end():]:
                end = f'){found.group(1)}"'
        yield "" if inside else line


def check_functions(path, lines):
    if not path.endswith(CODE):
        return
    begin = None
    for number, line in enumerate(without_raw_strings(lines), 1):
        if line.startswith("}"):
            if begin and number - begin + 1 > FUNCTION_LINES_MAX:
                yield over(path, begin, "function-lines", number - begin + 1, FUNCTION_LINES_MAX)
            begin = None
        elif begin is None and ";" not in line and FUNCTION_BEGINS.match(line):
            begin = number


def check_opening(path, lines):
    if not path.endswith(CODE + SCRIPTS):
        return
    at = 1 if lines and lines[0].startswith("#!") else 0
    first = lines[at] if at < len(lines) else ""
    opens = ("//", "/*") if path.endswith(CODE) else ("#", '"""')
    if not first.startswith(opens):
        yield Finding(path, at + 1, "opening", "a file opens with a comment: what it does, limits")
    if path.endswith(".hpp") and "#pragma once" not in lines:
        yield Finding(path, 1, "pragma-once", "a header needs #pragma once")


def check_words(path, lines):
    if path.startswith(UNBANNED):
        return
    for pattern, endings, why in BANNED:
        if not path.endswith(endings):
            continue
        expression = re.compile(pattern)
        for number, line in enumerate(lines, 1):
            found = expression.search(line)
            if found:
                yield Finding(path, number, "banned", f'"{found.group(0)}": {why}')


def check_name(path):
    name = os.path.basename(path)
    if path.startswith(SOURCE_FOLDERS) and BANNED_FILE_NAMES.search(name.lower()):
        yield Finding(path, 1, "file-name", "a file is named by the one noun that it holds")


def check_includes(path, lines):
    layer = layer_of(path)
    if layer is None or not path.endswith(CODE):
        return
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not found:
            continue
        included = found.group(1)
        other = layer_of(included)
        if layer not in LAYERS:
            yield Finding(path, number, "layer", f"{layer} is no layer that tidy.py knows")
            return
        if other and other != layer and other not in LAYERS[layer]:
            yield Finding(path, number, "layer", f"{layer} may not include {included}")
        if layer in WITHOUT_ASIO and included.startswith("boost/asio"):
            yield Finding(path, number, "layer", f"{layer} is pure and may not include {included}")


def check_file(path, text):
    """All findings of one file. `path` is relative to the root, with forward slashes."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    yield from check_name(path)
    yield from check_sizes(path, lines)
    yield from check_functions(path, lines)
    yield from check_opening(path, lines)
    yield from check_words(path, lines)
    yield from check_includes(path, lines)


def files_below(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(names):
            if name.endswith(TEXT):
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def main(root):
    checked = 0
    findings = []
    for path in files_below(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            findings += check_file(path, file.read())
        checked += 1
    for finding in findings:
        print(finding)
    print(f"{checked} files, {len(findings)} findings")
    return 1 if findings or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
