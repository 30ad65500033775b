#!/bin/sh
# Fails where clang-format would change a file. Versions of clang-format differ in their taste, so
# only version 14 is asked; without it the test is skipped (77), but fails when CI=true.
# Usage: format_test.sh ROOT
set -eu
cd "$1"
tool=
for candidate in clang-format-14 clang-format; do
  if "$candidate" --version 2>/dev/null | grep -q ' version 14\.'; then
    tool=$candidate
    break
  fi
done
if [ -z "$tool" ]; then
  echo "clang-format 14 is missing, so the formatting was not checked."
  echo "On Debian 12: apt-get install clang-format"
  [ "${CI:-}" = true ] && exit 1
  exit 77
fi
find fakes harness reports tests -name '*.[ch]pp' -print0 |
  xargs -0 -P 2 -n 40 "$tool" --dry-run -Werror
