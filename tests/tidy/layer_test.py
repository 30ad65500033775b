#!/usr/bin/env python3
"""Shows that the build itself enforces the layers: a wrong include does not compile, the right one
does. Compiles two-line files with the include directories that CMake gives to code of a layer.

Usage: layer_test.py COMPILER LAYER=DIRECTORY;DIRECTORY... ...
"""
import subprocess
import sys

# (layer whose view is taken, header, whether it may be included)
ROWS = (
    ("model", "harness/model/cell.hpp", True),
    ("model", "fakes/spec.hpp", True),
    ("model", "harness/judge/judge.hpp", False),
    ("model", "harness/run/runner.hpp", False),
    ("model", "fakes/net/stream.hpp", False),
    ("judge", "harness/judge/judge.hpp", True),
    ("judge", "harness/model/verdict.hpp", True),
    ("judge", "harness/xml/read.hpp", False),
    ("judge", "harness/lab/launch.hpp", False),
    ("fakes_dns", "fakes/dns/server.hpp", True),
    ("fakes_dns", "harness/model/cell.hpp", False),
)


def compiles(compiler, directories, header):
    source = f'#include "{header}"\nint main() {{}}\n'
    command = [compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "-"]
    command += [f"-I{directory}" for directory in directories]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stderr


def main(compiler, views):
    failures = 0
    for layer, header, allowed in ROWS:
        if layer not in views:
            print(f"{layer}: no include directories given")
            failures += 1
            continue
        done, errors = compiles(compiler, views[layer], header)
        # A refusal counts only if it is this header that was not found, and no other reason.
        refused = not done and f"{header}: No such file" in errors
        if done if allowed else refused:
            continue
        failures += 1
        must = "must" if allowed else "must not"
        print(f'{layer}: #include "{header}" {must} compile\n{errors[:800]}')
    print(f"{len(ROWS)} includes, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    pairs = [argument.split("=", 1) for argument in sys.argv[2:]]
    sys.exit(main(sys.argv[1], {name: [d for d in text.split(";") if d] for name, text in pairs}))
