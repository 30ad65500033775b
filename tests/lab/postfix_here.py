"""Where Postfix lies for these tests; it is fetched where it is missing."""
import subprocess


def listed(program):
    """(version, root) of the first Postfix; root "" is the system itself. None: there is none."""
    text = subprocess.run([program, "servers", "list"], capture_output=True, text=True).stdout
    for line in text.splitlines():
        name, version, where = (line.split() + ["", "", ""])[:3]
        if name == "postfix" and version[:1].isdigit():
            return version, where if where.startswith("/") else ""
    return None


def postfix(program):
    """As listed(), after an attempt to fetch it where there is none."""
    if listed(program) is None:
        subprocess.run([program, "servers", "fetch", "postfix"])
    return listed(program)
