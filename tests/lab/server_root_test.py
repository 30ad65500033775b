#!/usr/bin/env python3
"""`run --server-root` with Debian's package of Postfix, unpacked into a folder: as the package lays
it out, as Postfix' own `make install` does, and with programs missing.

    server_root_test.py PROGRAM

Fetches Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCENARIOS = ["control", "cert/expired", "inbound/starttls"]


def fetched_root(program):
    """(version, folder) of a fetched package; the system's own is no folder to give."""
    listed = subprocess.run([program, "servers", "list", "--format", "json"],
                            capture_output=True, text=True).stdout
    for server in json.loads(listed or "[]"):
        if server["name"] == "postfix" and server["origin"] == "cache":
            return server["version"], pathlib.Path(server["root"])
    return None


def run(program, root, out, *words):
    return subprocess.run([program, "run", "--server", "postfix", "--server-root", root,
                           "--no-project", "--report", "jsonl,junit", "--out", out, *words],
                          capture_output=True, text=True)


def played(program, root, out, version):
    """What is wrong with a run against that root; empty: nothing."""
    done = run(program, root, out, *SCENARIOS)
    if done.returncode != 0:
        return [f"{root}: exit status {done.returncode}", done.stderr, done.stdout]
    latest = out / "latest"
    records = [json.loads(line) for line in (latest / "results.jsonl").read_text().splitlines()]
    wrong = []
    if records[0]["server_roots"] != [{"server": f"postfix-{version}", "root": str(root)}]:
        wrong.append(f"{root}: results.jsonl has {records[0]['server_roots']}")
    if f"postfix-{version} is that of {root}." not in " ".join(done.stdout.split()):
        wrong.append(f"{root}: the folder is not told")
    if f'<property name="server-root" value="{root}"/>' not in (latest / "junit.xml").read_text():
        wrong.append(f"{root}: junit.xml does not name it")
    cells = {record["cell"] for record in records if record["type"] == "cell"}
    if f"cert/expired@postfix-{version}/may" not in cells:
        wrong.append(f"{root}: cert/expired was not played")
    return wrong


def refused(program, root, out, *missing):
    done = run(program, root, out, *SCENARIOS)
    if done.returncode != 2 or not all(f"{name} is missing" in done.stderr for name in missing):
        return [f"{root}: exit status {done.returncode}, {done.stderr}"]
    return []


def main():
    program = sys.argv[1]
    if fetched_root(program) is None:
        subprocess.run([program, "servers", "fetch", "postfix"])
    found = fetched_root(program)
    if found is None:
        print("skipped: no package of Postfix here and none to fetch")
        return 77
    version, package = found
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch).resolve()
        root, out = scratch / "root", scratch / "out"
        shutil.copytree(package, root, symlinks=True)
        wrong = played(program, root, out, version)
        (root / "usr/libexec").mkdir(exist_ok=True)
        (root / "usr/lib/postfix/sbin").rename(root / "usr/libexec/postfix")
        wrong += played(program, root, out, version)
        (root / "usr/sbin/postqueue").unlink()
        (root / "usr/libexec/postfix/master").unlink()
        wrong += refused(program, root, out, "usr/sbin/postqueue",
                         "usr/lib/postfix/sbin/master (or usr/libexec/postfix/master)")
        print("\n".join(wrong) if wrong else "as it should be")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
