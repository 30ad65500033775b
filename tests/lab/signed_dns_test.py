#!/usr/bin/env python3
"""Signed zones and a real validating resolver (unbound) in front of the server: every cell ends as
it does where the rig's DNS claims by itself what is secure.

    signed_dns_test.py PROGRAM

What ended how is compared cell by cell, with all that a verdict rests on: delivery, channel, cause
and conduct of every recipient. Where a message goes to several domains at once, causes are not:
what a delivered recipient met on its way depends on which domain was tried first. That the resolver
validates is read off its questions, and that the comparison can fail is shown by a server that
trusts TLSA records which nothing proves.

Fetches unbound and Postfix where they are missing; exits 77 with the reason if it cannot.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import postfix_here

# Server, what is played, least number of cells. Postfix has no MTA-STS of its own.
COLUMNS = [
    ("embedded", ["dane", "sts", "routing", "domains", "cert", "relay"], 2000),
    ("postfix", ["--policy", "dane,dane-only", "dane", "routing", "domains", "starttls"], 250),
    ("postfix", ["--policy", "may,verify", "dane", "routing", "cert"], 350),
]
DEFECT = "trusts-insecure-tlsa"


class Run:
    def __init__(self, program, server, *arguments):
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run([program, "run", "--no-project", "--server", server, "--out",
                                   scratch, *arguments], capture_output=True, text=True)
            self.status, self.text = done.returncode, done.stderr + done.stdout
            self.cells, self.header = {}, {}
            for line in self.lines(scratch):
                record = json.loads(line)
                if record["type"] == "cell":
                    self.cells[record["cell"]] = record
                elif record["type"] == "run":
                    self.header = record

    @staticmethod
    def lines(scratch):
        file = pathlib.Path(scratch, "latest/results.jsonl")
        return file.read_text().splitlines() if file.exists() else []

    def questions(self, cell, kind):
        return [event for event in self.cells[cell]["measured"]["journal"]
                if event["event"] == "dns-query" and event["type"] == kind]


def end(record):
    outcome = record["outcome"]
    facts = ["message", "recipient", "delivery", "channel", "weakest", "via", "status"]
    if not any("@" in each["recipient"] for each in outcome["recipients"]):
        facts.append("cause")
    return {
        "verdict": record["verdict"],
        "ruling": record["ruling"],
        "server": outcome["server"],
        "conduct": [violation["rule"] for violation in outcome["conduct"]],
        "recipients": [[each[fact] for fact in facts] for each in outcome["recipients"]],
    }


def differences(claimed, proven):
    left_out = {each["scenario"] for each in proven.header.get("left_out", [])}
    expected = {cell for cell, record in claimed.cells.items()
                if record["scenario"] not in left_out}
    wrong = [f"{cell}: played in one mode only" for cell in expected ^ proven.cells.keys()]
    for cell in sorted(expected & proven.cells.keys()):
        one, two = end(claimed.cells[cell]), end(proven.cells[cell])
        wrong += [f"{cell}: {part} is {one[part]}, behind unbound {two[part]}"
                  for part in one if one[part] != two[part]]
    return wrong


def unvalidated(run, server):
    """What shows that AD and SERVFAIL are the resolver's own conclusions."""
    def cell(scenario):
        return f"{scenario}@{server}/dane"
    wrong = []
    if run.header.get("resolver", "")[:8] != "unbound-":
        wrong.append(f"the resolver is {run.header.get('resolver')!r}")
    if not run.questions(cell("dane/end-entity/3-1-1"), "DNSKEY"):
        wrong.append("nobody asked for the key of a secure zone")
    insecure = cell("routing/null-mx")
    if not run.questions(insecure, "DS") or run.questions(insecure, "DNSKEY"):
        wrong.append("an insecure zone was not told by its missing DS record")
    bogus = cell("dane/lookup-fails/servfail")
    answers = {(question["rcode"], question["answers"])
               for question in run.questions(bogus, "TLSA")}
    fate = [each["delivery"] for each in run.cells[bogus]["outcome"]["recipients"]]
    if answers != {("NOERROR", 1)} or fate != ["deferred"]:
        wrong.append(f"TLSA records with wrong signatures: {answers}, then {fate}")
    return wrong


def listed(program, run, arguments):
    """Every scenario that was left out is told by `list`, with the same reason."""
    text = subprocess.run([program, "list", "--no-project", "--dns", "signed", *arguments],
                          capture_output=True, text=True).stderr
    told = {f"  {each['scenario']}: {each['reason']}" for each in run.header["left_out"]}
    missing = told - set(text.splitlines())
    return [f"list does not tell:{line}" for line in missing] if told else ["nothing is left out"]


def main():
    program = sys.argv[1]
    fetched = subprocess.run([program, "servers", "fetch", "unbound"],
                             capture_output=True, text=True)
    probe = subprocess.run([program, "run", "--no-project", "--dns", "signed", "--out",
                            tempfile.mkdtemp(), "control/honest", "--policy", "may"],
                           capture_output=True, text=True)
    if fetched.returncode != 0 and "servers fetch unbound" in probe.stderr:
        print(f"skipped: no unbound here and none to fetch: {fetched.stderr}")
        return 77
    if postfix_here.postfix(program) is None:
        print("skipped: no Postfix here and none to fetch")
        return 77
    wrong = []
    for server, arguments, least in COLUMNS:
        claimed = Run(program, server, *arguments)
        proven = Run(program, server, "--dns", "signed", *arguments)
        wrong += [f"{server}: exit status {run.status}\n{run.text}" for run in (claimed, proven)
                  if run.status != 0]
        different = differences(claimed, proven)
        print(f"{server}: {len(proven.cells)} cells behind unbound, {len(different)} differ; "
              f"{len(proven.header.get('left_out', []))} scenarios left out")
        wrong += different
        if len(proven.cells) < least:
            wrong.append(f"{server}: {len(proven.cells)} cells, fewer than {least}")
    wrong += listed(program, proven, arguments[2:])
    defect = Run(program, "embedded", "--policy", "dane", "--dns", "signed", "--mutant", DEFECT,
                 "dane")
    honest = Run(program, "embedded", "--policy", "dane", "dane")
    proven = Run(program, "embedded", "--policy", "dane", "--dns", "signed", "dane", "routing")
    if not any("dane/insecure" in line for line in differences(honest, defect)):
        wrong.append(f"a server that {DEFECT} is no different")
    wrong += unvalidated(proven, "embedded")
    print("\n".join(wrong) if wrong else "as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
