#!/usr/bin/env python3
"""`run --config` with the folder that Debian's package makes: what its maintainer scripts would put
together from the package's own files. The folder must work as it is, stay as it is, and every
change of the lab must be told. A project file that names the folder does the same.

    config_test.py PROGRAM

Fetches Postfix where it is missing; exits 77 with the reason if it cannot.
"""
import pathlib
import subprocess
import sys
import tempfile

import postfix_here

ASKED_AT_INSTALLATION = """
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = debian.example.test
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
myorigin = /etc/mailname
mydestination = $myhostname, debian, localhost.localdomain, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
inet_interfaces = loopback-only
inet_protocols = all
"""
# Of the last, a deviation of the default configuration is known, which this one does not have.
SCENARIOS = ["control", "inbound/auth", "inbound/expired/plain", "inbound/expired/ipv6",
             "inbound/tls-version/tls-1-0"]
TOLD = [
    "inet_interfaces = {listen}    instead of: inet_interfaces = loopback-only",
    "myorigin = $myhostname    instead of: myorigin = /etc/mailname",
    "master.cf, no chroot: there is no resolver in it: in ",
    "main.cf names /etc/ssl/private/ssl-cert-snakeoil.key, which lies outside of the folder",
]


def text_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def main():
    program = sys.argv[1]
    found = postfix_here.postfix(program)
    shared = pathlib.Path(f"{found[1] if found else ''}/usr/share/postfix")
    if found is None or not (shared / "main.cf.debian").exists():
        print("skipped: no Postfix of Debian's here and none to fetch")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "postfix"
        folder.mkdir()
        parts = [(shared / name).read_text() for name in ("main.cf.debian", "main.cf.tls")]
        (folder / "main.cf").write_text("".join(parts) + ASKED_AT_INSTALLATION)
        (folder / "master.cf").write_text((shared / "master.cf.dist").read_text())
        before = text_of(folder)
        run = subprocess.run([program, "run", "--server", "postfix", "--config", folder,
                              "--no-project", "--out", f"{scratch}/out", *SCENARIOS],
                             capture_output=True, text=True)
        wrong = [f"not told: {text}" for text in TOLD if text not in run.stderr]
        if run.returncode != 0:
            wrong.append(f"exit status {run.returncode}")
        pathlib.Path(scratch, "smtprig.xml").write_text(
            '<project xmlns="urn:smtprig:1"><server name="postfix" configuration="postfix"/>'
            '</project>\n')
        by_project = subprocess.run([program, "run", "control/honest"], capture_output=True,
                                    text=True, cwd=scratch)
        wrong += [f"not told for a project: {text}" for text in TOLD
                  if text not in by_project.stderr]
        if by_project.returncode != 0:
            wrong.append(f"exit status {by_project.returncode} for a project\n{by_project.stderr}")
        if text_of(folder) != before:
            wrong.append("the folder was changed")
        print("\n".join(wrong + [run.stderr, run.stdout] if wrong else ["as it should be"]))
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
