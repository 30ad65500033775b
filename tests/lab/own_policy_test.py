#!/usr/bin/env python3
"""A policy of the user's own with Postfix: what became of each recipient, by the level of its
domain (smtp_tls_policy_maps with one entry per domain).

    own_policy_test.py PROGRAM

Fetches Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

POLICY = "partners = may, secure: */partner cert/good, encrypt: cert/expired"
EXPECTED = {
    "cert/good": ["authenticated"],
    "cert/expired": ["encrypted"],
    "cert/untrusted-ca": ["encrypted"],
    "domains/apart": ["encrypted", "authenticated"],
    "domains/shared-mx": ["encrypted", "none"],
    "domains/partner-plaintext": ["encrypted", "none"],
    "domains/partner-first-plaintext": ["authenticated", "plaintext"],
}


def have_postfix(program):
    listed = subprocess.run([program, "servers", "list", "--format", "json"],
                            capture_output=True, text=True).stdout
    return any(server["name"] == "postfix" and server["origin"]
               for server in json.loads(listed or "[]"))


def main():
    program = sys.argv[1]
    if not have_postfix(program):
        subprocess.run([program, "servers", "fetch", "postfix"])
    if not have_postfix(program):
        print("skipped: no Postfix here and none to fetch")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run([program, "run", "--server", "postfix", "--policy", POLICY,
                              "--no-project", "--out", scratch, *EXPECTED],
                             capture_output=True, text=True)
        records = [json.loads(line) for line in
                   pathlib.Path(scratch, "latest/results.jsonl").read_text().splitlines()]
    seen = {record["scenario"]: [each["channel"] for each in record["outcome"]["recipients"]]
            for record in records
            if record["type"] == "cell" and record["own_policy"] == "partners"}
    wrong = [f"{scenario}: {seen.get(scenario)}, expected {expected}"
             for scenario, expected in EXPECTED.items() if seen.get(scenario) != expected]
    if run.returncode != 0:
        wrong.append(f"exit status {run.returncode}\n{run.stderr}{run.stdout}")
    print("\n".join(wrong) if wrong else "as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
