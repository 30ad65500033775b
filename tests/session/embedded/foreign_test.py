#!/usr/bin/env python3
"""Mail clients that are not ours bring mail to the embedded server: STARTTLS, implicit TLS, a
client certificate, every mechanism of AUTH; and what must be refused is refused.

Usage: foreign_test.py CLIENT SERVER; CLIENT is openssl, curl, swaks, msmtp or smtplib. Exits 77
where the client is missing.
"""
import re
import shutil
import smtplib
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

SENDER, RECIPIENT = "a@b.test", "c@d.test"
MESSAGE = "From: a@b.test\r\n\r\ntext\r\n.dot\r\n"


class Server:
    """The server, as long as the block runs. Its log is read once it has stopped."""

    def __init__(self, program, folder):
        self.folder = Path(folder)
        self.process = subprocess.Popen([program, folder], stdout=subprocess.PIPE, text=True)
        self.ports = {}
        for line in self.process.stdout:
            found = re.search(r" started listen=127\.0\.0\.1:(\d+)(?: policy=(\S+) service=(\S+))?",
                              line)
            if not found:
                sys.exit(f"not a listener: {line}")
            self.ports[found.group(2, 3)] = int(found.group(1))
            if len(self.ports) == 5:
                break

    def port(self, policy, service):
        return self.ports[policy, service]

    def file(self, name):
        return str(self.folder / name)

    def stop(self):
        self.process.terminate()
        log = self.process.stdout.read()
        self.process.wait()
        return log


def run(command, text=""):
    """Whether the client is content, and what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def with_openssl(server, port, service, certificate=False, auth=None, password=""):
    command = ["openssl", "s_client", "-quiet", "-crlf", "-connect", f"127.0.0.1:{port}",
               "-CAfile", server.file("ca.pem"), "-verify_return_error",
               "-verify_hostname", "me.test"]
    if service != "submissions":
        command += ["-starttls", "smtp"]
    if certificate:
        client = server.file("client.pem")
        command += ["-cert", client, "-cert_chain", client, "-key", client]
    lines = ["EHLO client.test", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA",
             "From: a@b.test", "", "text", "..dot", ".", "QUIT"]
    done, said = run(command, "\n".join(lines) + "\n")
    return done and "250 2.0.0 Ok: queued as" in said, said


def with_curl(server, port, service, certificate=False, auth=None, password=""):
    scheme = "smtps" if service == "submissions" else "smtp"
    command = ["curl", "--silent", "--show-error", "--verbose", "--max-time", "30", "--ssl-reqd",
               "--cacert", server.file("ca.pem"), "--resolve", f"me.test:{port}:127.0.0.1",
               "--mail-from", SENDER, "--mail-rcpt", RECIPIENT, "--upload-file", "-",
               f"{scheme}://me.test:{port}/client.test"]
    if certificate:
        command += ["--cert", server.file("client.pem")]
    if auth == "XOAUTH2":
        command += ["--user", "user", "--oauth2-bearer", password]
    elif auth:
        command += ["--user", f"user:{password}"]
    if auth:
        command += ["--login-options", f"AUTH={auth}"]
    return run(command, MESSAGE)


def with_swaks(server, port, service, certificate=False, auth=None, password=""):
    command = ["swaks", "--server", "127.0.0.1", "--port", str(port), "--from", SENDER,
               "--to", RECIPIENT, "--ehlo", "client.test", "--timeout", "30", "--body", "text",
               "--tls-on-connect" if service == "submissions" else "--tls"]
    if certificate:
        client = server.file("client.pem")
        command += ["--tls-cert", client, "--tls-key", client]
    if auth:
        command += ["--auth", auth, "--auth-user", "user", "--auth-password", password]
    return run(command)


def with_msmtp(server, port, service, certificate=False, auth=None, password=""):
    command = ["msmtp", "--file=/dev/null", "--host=127.0.0.1", f"--port={port}",
               "--domain=client.test", "--timeout=30", f"--from={SENDER}", "--tls=on",
               f"--tls-starttls={'off' if service == 'submissions' else 'on'}",
               f"--tls-trust-file={server.file('ca.pem')}", "--tls-host-override=me.test"]
    if certificate:
        client = server.file("client.pem")
        command += [f"--tls-cert-file={client}", f"--tls-key-file={client}"]
    if auth:
        command += [f"--auth={auth.lower()}", "--user=user", f"--passwordeval=echo {password}"]
    return run([*command, RECIPIENT], MESSAGE)


def with_smtplib(server, port, service, certificate=False, auth=None, password=""):
    context = ssl.create_default_context(cafile=server.file("ca.pem"))
    context.check_hostname = False
    if certificate:
        context.load_cert_chain(server.file("client.pem"))
    try:
        options = {"local_hostname": "client.test", "timeout": 30}
        if service == "submissions":
            client = smtplib.SMTP_SSL("127.0.0.1", port, context=context, **options)
        else:
            client = smtplib.SMTP("127.0.0.1", port, **options)
        with client:
            if service != "submissions":
                client.starttls(context=context)
            client.ehlo()
            if auth:
                client.user, client.password = "user", password
                method = getattr(client, "auth_" + auth.lower().replace("-", "_"))
                client.auth(auth, method)
            client.sendmail(SENDER, [RECIPIENT], MESSAGE)
    except smtplib.SMTPException as error:
        return False, str(error)
    return True, ""


# By which mechanisms a client can authenticate. swaks shows a certificate without its chain, which
# the server rightly does not trust: it is not asked for one.
CLIENTS = {
    "openssl": (with_openssl, ()),
    "curl": (with_curl, ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")),
    "swaks": (with_swaks, ("PLAIN", "LOGIN", "CRAM-MD5")),
    "msmtp": (with_msmtp, ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")),
    "smtplib": (with_smtplib, ("PLAIN", "LOGIN", "CRAM-MD5")),
}


def can_swaks(mechanism):
    module = {"CRAM-MD5": "Digest::HMAC_MD5"}.get(mechanism, "MIME::Base64")
    return subprocess.run(["perl", f"-M{module}", "-e", "1"], capture_output=True).returncode == 0


def cases(name, mechanisms):
    """(policy, service, further arguments, accepted)"""
    yield "may", "smtp", {}, True
    yield "encrypt", "submission", {}, True
    yield "encrypt", "submissions", {}, True
    if name != "swaks":
        yield "require-client-cert", "smtp", {"certificate": True}, True
    yield "require-client-cert", "smtp", {}, False
    for mechanism in mechanisms:
        if name == "swaks" and not can_swaks(mechanism):
            continue
        for service in ("submission", "submissions"):
            yield "encrypt", service, {"auth": mechanism, "password": "secret"}, True
            yield "encrypt", service, {"auth": mechanism, "password": "wrong"}, False


def main(name, program):
    if name != "smtplib" and not shutil.which(name):
        print(f"skipped: needs {name} (apt-get install {name})")
        return 77
    send, mechanisms = CLIENTS[name]
    failed, accepted = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, folder)
        for policy, service, arguments, wanted in cases(name, mechanisms):
            done, said = send(server, server.port(policy, service), service, **arguments)
            accepted += done
            if done != wanted:
                failed += 1
                result = "accepted" if done else "refused"
                print(f"{policy} {service} {arguments}: {result}\n{said}")
        log = server.stop()
    queued = len(re.findall(r" queued id=\S+ from=<a@b\.test> ", log))
    if queued != accepted:
        failed += 1
        print(f"{accepted} messages were sent, {queued} are in the log")
    if "secret" in log:
        failed += 1
        print("a password is in the log")
    if failed:
        print(log)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
