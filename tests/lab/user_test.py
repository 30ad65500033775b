#!/usr/bin/env python3
"""A real Postfix in the hands of an ordinary user, who has one id and no privilege: the cells end
as they do for root. Where the system refuses namespaces to users, the rig must say so and name the
way out.

    user_test.py PROGRAM

Started by root it becomes another user for this, with a copy of the program and what it reads: the
tree may lie where only root may go. Fetches Postfix where it is missing; exits 77 with
the reason if it cannot.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import postfix_here

TREE = pathlib.Path(__file__).resolve().parents[2]
USER = 4242  # has no entry in /etc/passwd nor in /etc/subuid
SCENARIOS = ["control", "cert/expired", "starttls/refused-454", "inbound/trusted/plain",
             "inbound/auth"]


def as_user(command, home):
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(home),
                   "SMTPRIG_SHARE": str(home / "share")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home,
                          **({"user": USER, "group": USER, "extra_groups": []}
                             if os.geteuid() == 0 else {}))


def records(folder):
    """Cell -> what is the same on every machine."""
    cells = {}
    for file in pathlib.Path(folder).rglob("results.jsonl"):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            record.pop("measured", None)
            if "cell" in record:
                cells[record["cell"]] = record
    return cells


def main():
    program = sys.argv[1]
    found = postfix_here.postfix(program)
    if found is None or not found[1]:
        print("skipped: no fetched Postfix here; try `smtprig servers fetch postfix`")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        home = pathlib.Path(scratch, "home")
        shutil.copytree(found[1], home / "root", symlinks=True)
        shutil.copytree(TREE / "scenarios", home / "share" / "scenarios")
        shutil.copytree(TREE / "harness" / "servers", home / "share" / "servers")
        (home / "bin").mkdir()
        for file in (program, pathlib.Path(program).with_name("libsmtprig_ids.so")):
            shutil.copy(file, home / "bin")
        if os.geteuid() == 0:
            for path in [home, *home.rglob("*")]:
                os.lchown(path, USER, USER)
        run = ["run", "--no-project", "--server", "postfix", "--server-root",
               str(home / "root")]
        own = str(home / "bin" / pathlib.Path(program).name)
        user = as_user([own, *run, "--out", str(home / "out"), *SCENARIOS], home)
        if "create a user namespace" in user.stderr:
            told = "docs/servers.md" in user.stderr and user.returncode == 3
            print("this system refuses namespaces to users; the rig says:\n" + user.stderr)
            return 0 if told else 1
        root = subprocess.run([program, *run, "--out", f"{scratch}/out", *SCENARIOS],
                              capture_output=True, text=True)
        ours, theirs = records(f"{scratch}/out"), records(home / "out")
        different = [cell for cell in ours.keys() | theirs.keys()
                     if ours.get(cell) != theirs.get(cell)]
        print(f"{len(theirs)} cells, {len(different)} differ from root's; "
              f"exit status {user.returncode}, root's {root.returncode}")
        if different or not theirs or user.returncode != 0 or root.returncode != 0:
            print("\n".join(different), user.stdout, user.stderr, root.stderr)
            return 1
        return 0


if __name__ == "__main__":
    sys.exit(main())
