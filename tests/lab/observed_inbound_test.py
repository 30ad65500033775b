#!/usr/bin/env python3
"""What a real Postfix 3.7 makes of each sender under each level of smtpd, against what was observed
without this rig (Postfix 3.7.11, Debian 12; senders in Python).

    observed_inbound_test.py PROGRAM

Levels that are no policy of the rig come from a main.cf of one's own (`run --config`). Fetches
Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import postfix_here

SENDERS = {"plain": "inbound/plaintext/plain", "no certificate": "inbound/starttls/plain",
           "trusted": "inbound/trusted/plain", "self-signed": "inbound/self-signed/plain",
           "TLS 1.0": "inbound/tls-version/tls-1-0"}
# The name of the level, the policy that the rig asks for, lines of main.cf.
LEVELS = [
    ("none", "none", ""),
    ("may", "may", ""),
    ("encrypt", "encrypt", ""),
    ("encrypt + req_ccert", "require-client-cert", ""),
    ("may + ask_ccert", "may", "smtpd_tls_ask_ccert = yes\n"),
    ("encrypt + ask_ccert", "encrypt", "smtpd_tls_ask_ccert = yes\n"),
    ("may + req_ccert", "may", "smtpd_tls_req_ccert = yes\n"),
]
# "plain": accepted in clear; a word of Postfix's log: accepted inside TLS; a number: refused so;
# "fails": no reply at all. The sender of TLS 1.0 has a trusted certificate too.
OBSERVED = """
none                | plain | plain     | plain     | plain     | plain
may                 | plain | Anonymous | Anonymous | Anonymous | Anonymous
encrypt             | 530   | Anonymous | Anonymous | Anonymous | Anonymous
encrypt + req_ccert | 530   | 421       | Trusted   | 421       | fails
may + ask_ccert     | plain | Anonymous | Trusted   | Untrusted | Trusted
encrypt + ask_ccert | 530   | Anonymous | Trusted   | Untrusted | Trusted
may + req_ccert     | plain | Anonymous | Anonymous | Anonymous | Anonymous
"""


def observed():
    cells = {}
    for line in OBSERVED.strip().splitlines():
        level, *columns = [column.strip() for column in line.split("|")]
        for sender, cell in zip(SENDERS, columns, strict=True):
            cells[level, sender] = cell
    return cells


def what_happened(journal):
    """In the words of the table."""
    level, reply = "plain", 0
    for event in journal:
        established = re.match(r"(\w+) TLS connection established", event.get("detail", ""))
        if event["event"] == "server-fact" and established:
            level = established.group(1)
        elif event["event"] == "injected":
            reply = event["reply"]
    if reply == 0:
        return "fails"
    return level if reply == 250 else str(reply)


def seen_with(program, levels, extra):
    """Cells of the levels that share `extra`, in one run."""
    policies = {policy: level for level, policy, lines in levels if lines == extra}
    with tempfile.TemporaryDirectory() as scratch:
        arguments = ["--policy", ",".join(policies)]
        if extra:
            folder = pathlib.Path(scratch) / "postfix"
            folder.mkdir()
            (folder / "main.cf").write_text("compatibility_level = 3.6\n" + extra)
            root = postfix_here.listed(program)[1]
            dist = pathlib.Path(f"{root}/usr/share/postfix/master.cf.dist")
            (folder / "master.cf").write_text(dist.read_text())
            arguments += ["--config", folder]
        run = subprocess.run([program, "run", "--server", "postfix", "--no-project", "--out",
                              f"{scratch}/out", *arguments, *SENDERS.values()],
                             capture_output=True, text=True)
        if run.returncode not in (0, 1):
            sys.exit(f"exit status {run.returncode}\n{run.stdout}{run.stderr}")
        seen = {}
        file = next(iter(pathlib.Path(scratch, "out").rglob("results.jsonl")))
        for line in file.read_text().splitlines():
            record = json.loads(line)
            for sender, scenario in SENDERS.items():
                if record.get("scenario") == scenario:
                    place = policies[record["policy"]], sender
                    seen[place] = what_happened(record["measured"]["journal"])
        return seen


def main():
    program = sys.argv[1]
    if postfix_here.postfix(program) is None:
        print("skipped: no Postfix here and none to fetch; try `smtprig servers fetch postfix`")
        return 77
    seen = {}
    for extra in dict.fromkeys(lines for _, _, lines in LEVELS):
        seen |= seen_with(program, LEVELS, extra)
    wrong = {cell: wanted for cell, wanted in observed().items() if seen.get(cell) != wanted}
    for (level, sender), wanted in wrong.items():
        print(f"{sender} at {level}: observed {wanted}, the rig saw {seen.get((level, sender))}")
    print(f"{len(seen)} cells, {len(wrong)} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
