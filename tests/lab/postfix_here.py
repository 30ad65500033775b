"""Where Postfix lies for these tests, with its companion; it is fetched where it is missing."""
import pathlib
import subprocess

COMPANION = "usr/bin/mta-sts-daemon"


def listed(program):
    """(version, root) of the first Postfix; root "" is the system itself. None: there is none."""
    text = subprocess.run([program, "servers", "list"], capture_output=True, text=True).stdout
    for line in text.splitlines():
        name, version, where = (line.split() + ["", "", ""])[:3]
        if name == "postfix" and version[:1].isdigit():
            return version, where if where.startswith("/") else ""
    return None


def postfix(program):
    """As listed(), after an attempt to fetch it where there is none, or a part of it is missing."""
    here = listed(program)
    if here is None or not (pathlib.Path(here[1] or "/") / COMPANION).exists():
        subprocess.run([program, "servers", "fetch", "postfix"])
    return listed(program)
