#!/bin/sh
# foreign.sh CLIENT MODE RECEIVER: lets a mail client that is not ours deliver one message to a
# receiving peer, and looks into the journal for it, byte by byte (by hash). CLIENT is openssl,
# swaks, curl, msmtp or smtplib; MODE as in foreign_receiver.cpp. Exits 77 where the client is
# missing.
set -eu
client=$1
mode=$2
receiver=$3

skip() {
  echo "skipped: $1"
  exit 77
}

# What the receiver wants beyond a mode: a login behind STARTTLS, or another protocol.
wanted_mode=$mode
mechanism=
case $mode in
  auth-*) mechanism=${mode#auth-}; mode=starttls ;;
  lmtp) mode=plain ;;
esac

case $client in
  openssl) command -v openssl >/dev/null || skip "needs openssl (apt-get install openssl)" ;;
  curl) command -v curl >/dev/null || skip "needs curl (apt-get install curl)" ;;
  msmtp) command -v msmtp >/dev/null || skip "needs msmtp (apt-get install msmtp)" ;;
  swaks)
    command -v swaks >/dev/null || skip "needs swaks (apt-get install swaks)"
    if [ "$mode" != plain ]; then
      perl -MNet::SSLeay -e 1 2>/dev/null ||
        skip "swaks needs Net::SSLeay for TLS (apt-get install libnet-ssleay-perl)"
    fi
    ;;
  smtplib)
    python3 -c 'import smtplib, ssl' 2>/dev/null ||
      skip "needs python3 (apt-get install python3)"
    ;;
  *) echo "no such client: $client" >&2; exit 2 ;;
esac

folder=$(mktemp -d)
pid=
finish() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
mkfifo "$folder/ready"
"$receiver" "$wanted_mode" "$folder/ca.pem" "$folder/journal" >"$folder/ready" &
pid=$!
read -r port <"$folder/ready"

# CRLF, a dot at the front of a line, a line that is one dot.
printf '%s\r\n' 'From: a@b.test' 'Message-ID: <1@b.test>' 'X-Smtprig-Token: token-1' '' 'text' \
  '.dot' '.' '..' 'end' >"$folder/message"
hash=$(sha256sum <"$folder/message" | cut -d' ' -f1)

with_openssl() {
  set -- -quiet -crlf -connect "127.0.0.1:$port" -servername mx.peer.test -CAfile "$folder/ca.pem" \
    -verify_return_error -verify_hostname mx.peer.test
  if [ "$mode" != implicit ]; then set -- "$@" -starttls smtp; fi
  # All at once: the receiver announces PIPELINING.
  {
    printf '%s\n' 'EHLO client.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<c@d.test>' 'DATA'
    tr -d '\r' <"$folder/message" | sed 's/^\./../'
    printf '%s\n' . QUIT
  } | openssl s_client "$@"
}

with_swaks() {
  # swaks ends the last line itself.
  head -c -2 "$folder/message" >"$folder/data"
  set -- --server 127.0.0.1 --port "$port" --from a@b.test --to c@d.test --ehlo client.test \
    --data "@$folder/data" --timeout 30
  case $mode in
    plain) ;;
    implicit) set -- "$@" --tls-on-connect --tls-sni mx.peer.test ;;
    *) set -- "$@" --tls --tls-sni mx.peer.test ;;
  esac
  if [ -n "$mechanism" ]; then
    set -- "$@" --auth "$mechanism" --auth-user tim --auth-password secret
  fi
  if [ "$wanted_mode" = lmtp ]; then set -- "$@" --protocol LMTP; fi
  swaks "$@"
}

with_curl() {
  scheme=smtp
  set -- --silent --show-error --max-time 30 --resolve "mx.peer.test:$port:127.0.0.1" \
    --mail-from a@b.test --mail-rcpt c@d.test --upload-file "$folder/message"
  case $mode in
    plain) ;;
    implicit) scheme=smtps; set -- "$@" --cacert "$folder/ca.pem" ;;
    *) set -- "$@" --ssl-reqd --cacert "$folder/ca.pem" ;;
  esac
  if [ -n "$mechanism" ]; then
    set -- "$@" --user tim:secret --login-options "AUTH=$(echo "$mechanism" | tr a-z A-Z)"
  fi
  curl "$@" "$scheme://mx.peer.test:$port/client.test"
}

with_msmtp() {
  # msmtp adds a Date and a Message-ID where there is none, and makes the line ends itself.
  set -- --file=/dev/null --host=127.0.0.1 --port="$port" --from=a@b.test --domain=client.test \
    --timeout=30 --set-date-header=off
  case $mode in
    plain) set -- "$@" --tls=off ;;
    implicit) set -- "$@" --tls=on --tls-starttls=off ;;
    *) set -- "$@" --tls=on --tls-starttls=on ;;
  esac
  if [ "$mode" != plain ]; then
    set -- "$@" --tls-trust-file="$folder/ca.pem" --tls-host-override=mx.peer.test
  fi
  if [ -n "$mechanism" ]; then
    set -- "$@" --auth="$mechanism" --user=tim --passwordeval='echo secret'
  fi
  if [ "$wanted_mode" = lmtp ]; then set -- "$@" --protocol=lmtp; fi
  tr -d '\r' <"$folder/message" | msmtp "$@" c@d.test
}

with_smtplib() {
  python3 - "$wanted_mode" "$port" "$folder" <<'PYTHON'
import smtplib
import ssl
import sys

mode, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=folder + "/ca.pem")
content = open(folder + "/message", "rb").read()


class Named:
    """Connects to the loopback address, and verifies the name."""

    def _get_socket(self, host, port, timeout):
        self._host = "mx.peer.test"
        return super()._get_socket("127.0.0.1", port, timeout)


class Plain(Named, smtplib.SMTP):
    pass


class Mailboxes(Named, smtplib.LMTP):
    pass


class Implicit(Named, smtplib.SMTP_SSL):
    pass


arguments = {"port": port, "local_hostname": "client.test", "timeout": 30}
if mode == "implicit":
    client = Implicit(host="mx.peer.test", context=context, **arguments)
elif mode == "lmtp":
    # Its __init__ takes no timeout in every version.
    client = Mailboxes("mx.peer.test", port, "client.test")
else:
    client = Plain(host="mx.peer.test", **arguments)
with client:
    if mode in ("starttls", "required") or mode.startswith("auth-"):
        client.starttls(context=context)
    if mode.startswith("auth-"):
        client.login("tim", "secret")
    client.sendmail("a@b.test", ["c@d.test"], content)
PYTHON
}

"with_$client" >"$folder/client.log" 2>&1 || {
  echo "$client failed:"
  cat "$folder/client.log"
  exit 1
}
wait "$pid"
pid=

tls=true
if [ "$mode" = plain ]; then tls=false; fi
wanted="accepted from=a@b.test to=c@d.test token=token-1 tls=$tls sha256=$hash"
status=0
grep -qxF "$wanted" "$folder/journal" || {
  echo "not in the journal: $wanted"
  status=1
}
if [ "$tls" = true ] && ! grep -q '^tls TLSv1' "$folder/journal"; then
  echo "no TLS in the journal"
  status=1
fi
if [ "$tls" = true ] && grep -q '^in MAIL' "$folder/journal"; then
  echo "the envelope came in clear"
  status=1
fi
if [ -n "$mechanism" ] && ! grep -q '^out+tls 235 ' "$folder/journal"; then
  echo "no login in the journal"
  status=1
fi
if [ "$status" != 0 ]; then
  cat "$folder/journal" "$folder/client.log"
fi
exit "$status"
