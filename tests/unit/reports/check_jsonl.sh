#!/bin/sh
# Holds every line of a results.jsonl to its JSON Schema. usage: check_jsonl.sh SCHEMA FILE...
set -u
if ! command -v python3 >/dev/null; then
  echo "skipped: python3 is missing (apt-get install python3-minimal)"
  exit 77
fi
exec python3 "$(dirname "$0")/check_schema.py" "$@"
