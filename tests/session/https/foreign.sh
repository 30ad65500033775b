#!/bin/sh
# foreign.sh CLIENT CASE HOST: lets an HTTPS client that is not ours fetch a policy or post a
# report, and looks at what it got and into the journal. CLIENT is curl, openssl or python; CASE as
# in foreign_https.cpp. Exits 77 where the client is missing.
set -eu
client=$1
case=$2
host=$3

skip() {
  echo "skipped: $1"
  exit 77
}
case $client in
  openssl) command -v openssl >/dev/null || skip "needs openssl (apt-get install openssl)" ;;
  curl) command -v curl >/dev/null || skip "needs curl (apt-get install curl)" ;;
  python) python3 -c 'import ssl' 2>/dev/null || skip "needs python3 (apt-get install python3)" ;;
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
"$host" "$case" "$folder/ca.pem" "$folder/journal" >"$folder/ready" &
pid=$!
read -r port <"$folder/ready"

name=mta-sts.peer.test
path=/.well-known/mta-sts.txt
printf '%s\r\n' 'version: STSv1' 'mode: enforce' 'mx: mx.peer.test' 'mx: *.other.test' \
  'max_age: 604800' >"$folder/policy"

# What the client wrote of the body is in $folder/got.
with_curl() {
  set -- --silent --show-error --max-time 30 --cacert "$folder/ca.pem" \
    --resolve "$name:$port:127.0.0.1" --output "$folder/got" "$@"
  case $case in
    report)
      printf '{"report-id": "1"}' | gzip >"$folder/report"
      curl "$@" --data-binary "@$folder/report" -H 'Content-Type: application/tlsrpt+gzip' \
        "https://$name:$port/v1/tlsrpt"
      ;;
    large-report)
      # More than 1 MiB: curl waits for a 100 first.
      head -c 1500000 /dev/zero | tr '\0' ' ' >"$folder/report"
      curl "$@" --data-binary "@$folder/report" -H 'Content-Type: application/tlsrpt+json' \
        "https://$name:$port/v1/tlsrpt"
      ;;
    http10) curl "$@" --http1.0 "https://$name:$port$path" ;;
    *) curl "$@" "https://$name:$port$path" ;;
  esac
}

with_openssl() {
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$name" |
    openssl s_client -quiet -connect "127.0.0.1:$port" -servername "$name" \
      -CAfile "$folder/ca.pem" -verify_return_error -verify_hostname "$name" 2>"$folder/errors" |
    sed '1,/^\r$/d' >"$folder/got"
}

with_python() {
  python3 - "$port" "$folder" "$name" "$path" <<'PYTHON'
import http.client
import socket
import ssl
import sys

port, folder, name, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=folder + "/ca.pem")
connection = http.client.HTTPSConnection(name, port, timeout=30, context=context)
plain = socket.create_connection(("127.0.0.1", port), timeout=30)
connection.sock = context.wrap_socket(plain, server_hostname=name)
connection.request("GET", path, headers={"Host": name})
answer = connection.getresponse()
assert answer.status == 200, answer.status
assert answer.getheader("Content-Type") == "text/plain"
open(folder + "/got", "wb").write(answer.read())
connection.close()
PYTHON
}

# Of curl: 60 is a certificate that is not good, 18 a body that is not whole.
wanted_status=0
wanted_reply=200
case $case in
  expired | wrong-host) wanted_status=60 wanted_reply= ;;
  cut) wanted_status=18 ;;
  redirect) wanted_reply=302 ;;
esac
status=0
"with_$client" >"$folder/client.log" 2>&1 || status=$?
wait "$pid" || { echo "the host failed"; exit 1; }
pid=

failed=0
fail() {
  echo "$1"
  failed=1
}
[ "$status" = "$wanted_status" ] || fail "$client ended with $status instead of $wanted_status"
in_journal() {
  grep -qxF "$1" "$folder/journal" || fail "not in the journal: $1"
}
in_journal "sni $name"
case $case in
  expired | wrong-host)
    if grep -q '^GET' "$folder/journal"; then fail "a request in spite of the certificate"; fi
    ;;
  report)
    bytes=$(wc -c <"$folder/report")
    in_journal "report application/tlsrpt+gzip $bytes {\"report-id\": \"1\"} "
    in_journal "POST /v1/tlsrpt $name:$port sni=$name 201"
    ;;
  large-report)
    grep -q '^report application/tlsrpt+json 1500000 .* too large$' "$folder/journal" ||
      fail "no report of 1500000 bytes"
    in_journal "POST /v1/tlsrpt $name:$port sni=$name 201"
    ;;
  *)
    asked=$name
    if [ "$client" = curl ]; then asked=$name:$port; fi
    in_journal "GET $path $asked sni=$name $wanted_reply"
    ;;
esac
case $case in
  policy | http10 | drip | chunked)
    cmp "$folder/policy" "$folder/got" || fail "the policy came out otherwise"
    ;;
  cut)
    [ "$(wc -c <"$folder/got")" -lt "$(wc -c <"$folder/policy")" ] || fail "nothing is missing"
    ;;
esac
if [ "$failed" != 0 ]; then
  cat "$folder/journal" "$folder/client.log"
fi
exit "$failed"
