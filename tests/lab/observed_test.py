#!/usr/bin/env python3
"""The first attempt of a real Postfix 3.7 at each receiver under each policy, against what was
observed without this rig (Postfix 3.7.11, Debian 12).

    observed_test.py PROGRAM SUITE

Fetches Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import postfix_here

POLICIES = ["none", "may", "encrypt", "fingerprint", "verify", "secure", "dane", "dane-only"]
OBSERVED = """
plain     | plain | = | deferred 4.7.4 | = | = | = | plain | deferred 4.7.5
good      | plain | Trusted | = | Verified | = | = | Trusted | deferred 4.7.5
self      | plain | Untrusted | = | Verified | deferred 4.7.5 | = | Untrusted | deferred 4.7.5
expired   | plain | Untrusted | = | Verified | deferred 4.7.5 | = | Untrusted | deferred 4.7.5
wrongname | plain | Trusted | = | Verified | deferred 4.7.5 | = | Trusted | deferred 4.7.5
tlsaok    | plain | Untrusted | = | Verified | deferred 4.7.5 | = | Verified | =
tlsabad   | plain | Trusted | = | - | Verified | = | deferred 4.7.5 | =
tlsata    | plain | Trusted | = | Verified | = | = | = | =
tlsainsec | plain | Untrusted | = | Verified | deferred 4.7.5 | = | Untrusted | deferred 4.7.5
tlsaservf | plain | Trusted | = | Verified | = | = | deferred 4.7.5 | =
tlsaunus  | plain | Trusted | = | Verified | = | = | Trusted | deferred 4.7.5
tlsaexp   | plain | Untrusted | = | Verified | deferred 4.7.5 | = | Verified | =
tlsaplain | plain | = | deferred 4.7.4 | = | = | = | = | =
s454      | plain | = | deferred 4.7.0 | = | = | = | plain | deferred 4.7.5
tlsa454   | plain | = | deferred 4.7.0 | = | = | = | = | =
abort     | plain | deferred 4.7.5 | = | = | = | = | = | =
abort220  | plain | deferred 4.7.5 | = | = | = | = | = | =
garbage   | plain | deferred 4.7.5 | = | = | = | = | = | =
tlsaabort | plain | deferred 4.7.5 | = | = | = | = | = | =
tls10     | plain | Trusted | = | deferred 4.7.5 | = | = | Trusted | deferred 4.7.5
r550      | bounced 5.1.1 | = | deferred 4.7.4 | = | = | = | bounced 5.1.1 | deferred 4.7.5
r451      | deferred 4.7.1 | = | deferred 4.7.4 | = | = | = | deferred 4.7.1 | deferred 4.7.5
refuse    | deferred 4.4.1 | = | = | = | = | = | = | deferred 4.7.5
"""  # "=": as to its left; "-": pinned otherwise there
# With postfix-mta-sts-resolver 1.1.2.
OBSERVED_STS = """
stsgood  | Verified
stsself  | deferred 4.7.5
stsplain | deferred 4.7.4
stsmxbad | deferred 4.7.5
ststest  | Untrusted
nosts    | Trusted
"""


def expected_cells():
    cells = {}
    for table, policies in ((OBSERVED, POLICIES), (OBSERVED_STS, ["mta-sts"])):
        for line in table.strip().splitlines():
            receiver, *columns = [column.strip() for column in line.split("|")]
            seen = ""
            for policy, cell in zip(policies, columns, strict=True):
                seen = seen if cell == "=" else cell
                cells[receiver, policy] = seen
    return cells


def first_attempt(journal):
    """What the server's log says of its first attempt, in the words of the table."""
    tls = None
    for event in journal:
        if event["event"] != "server-fact":
            continue
        if event["kind"] == "tls":
            tls = event["detail"]
        elif event["kind"] == "delivered":
            return tls or "plain"
        elif event["kind"] in ("deferred", "bounced"):
            return f"{event['kind']} {event['status']}"
    return "nothing"


def main():
    program, suite = sys.argv[1:]
    if postfix_here.postfix(program) is None:
        print("skipped: no Postfix here and none to fetch; try `smtprig servers fetch postfix`")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        status = subprocess.run([program, "run", "--server", "postfix", "--out", folder, suite],
                                stdout=subprocess.DEVNULL).returncode
        file = next(iter(pathlib.Path(folder).rglob("results.jsonl")))
        seen = {}
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if record.get("scenario", "").startswith("observed/"):
                receiver = record["scenario"].removeprefix("observed/")
                seen[receiver, record["policy"]] = first_attempt(record["measured"]["journal"])
    wrong = 0
    for cell, wanted in expected_cells().items():
        if wanted != "-" and seen.get(cell) != wanted:
            wrong += 1
            print(f"{cell[0]} under {cell[1]}: observed {wanted}, the rig saw {seen.get(cell)}")
    print(f"{len(seen)} cells, {wrong} differ; exit status {status}")
    return 1 if wrong or status != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
