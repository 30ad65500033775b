#!/usr/bin/env bash
# Sourced by ./smtprig and ./test: what a machine must have, how it gets it, and how steps are told.
# Progress goes to standard error, one line a step with its seconds; output of the tools goes to
# $log. A step that fails ends the script with status 3 (the rig failed), the end of the log and its
# path. Packages are installed only if some are missing, so a ready machine needs neither root nor
# network. Written for Debian 12 and later and for Ubuntu 24.04 and later.

: "${top:?the root of the tree}" "${log:?the file for the output of tools}" "${say:?who speaks}"

die() {
  printf '%s: %s\n' "$say" "$*" >&2
  exit 3
}

# Makes build/ and an empty log, and lets no second run in while this one builds.
begin() {
  mkdir -p "$top/build" 2>/dev/null || true
  [[ -w $top/build ]] ||
    die "cannot write $top/build (it belongs to $(stat -c %U "$top/build" 2>/dev/null || stat -c %U "$top")).
  Build once as that user, or give the folder to $(id -un): chown -R $(id -un) $top/build"
  exec 9>"$top/build/.lock"
  if ! flock -n 9; then
    printf '%s: waiting for another build in %s\n' "$say" "$top/build" >&2
    flock 9
  fi
  : >"$log"
}

seconds() { printf '%s' "$(($(date +%s) - $1))"; }

# step TEXT COMMAND...: runs it with its output in the log. On a terminal ninja's count is shown.
step() {
  local text=$1 started status=0
  shift
  started=$(date +%s)
  printf '\n== %s: %s\n' "$text" "$*" >>"$log"
  printf '%s: %s ...' "$say" "$text" >&2
  if [[ -t 2 ]]; then
    "$@" 2>&1 </dev/null 9>&- | while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      [[ $line =~ ^\[([0-9]+/[0-9]+)\] ]] &&
        printf '\r%s: %s ... %s ' "$say" "$text" "${BASH_REMATCH[1]}" >&2
    done || status=${PIPESTATUS[0]}
    printf '\r%s: %s ...' "$say" "$text" >&2
  else
    "$@" >>"$log" 2>&1 </dev/null 9>&- || status=$?
  fi
  if ((status != 0)); then
    printf ' failed (status %s) after %s s\n' "$status" "$(seconds "$started")" >&2
    # Only what this step said: its errors, wherever they stand, and how it ended.
    awk '/^== /{ said = ""; next } { said = said $0 "\n" } END { printf "%s", said }' "$log" \
      >"$log.step"
    { grep -E '(error|undefined reference)[: ]' "$log.step" | head -n 20 || true
      tail -n 15 "$log.step"; } | cut -c 1-300 | sed 's/^/  | /' >&2
    die "$text failed; the whole log is $log"
  fi
  printf ' %s s\n' "$(seconds "$started")" >&2
}

# The version in the names of Boost's packages. Debian 12 has two, and the one without is too old.
boost() {
  [[ $(. /etc/os-release && printf '%s' "$ID ${VERSION_ID:-}") != "debian 12" ]] || printf 1.81
}

# What the rig is built from and needs to run.
build_packages() {
  printf '%s\n' g++ cmake ninja-build pkgconf libssl-dev libldns-dev libre2-dev libcli11-dev \
    libfmt-dev libpugixml-dev libexpat1-dev zlib1g-dev iproute2 "libboost$(boost)-dev" \
    "libboost-json$(boost)-dev"
}

# What the tests need on top: foreign clients and servers, and the tools that check the tree.
test_packages() {
  printf '%s\n' "libboost-test$(boost)-dev" libxml2-utils swaks libnet-ssleay-perl msmtp curl openssl \
    python3 bind9-dnsutils clang-format
}

# The sanitizers and libFuzzer come with clang.
fuzz_packages() { printf '%s\n' clang libclang-rt-dev lld; }

# install PACKAGE...: those that are missing, as root or through sudo.
install() {
  command -v dpkg-query >/dev/null || {
    printf '%s: no dpkg here, so what is missing shows in the build; it needs the like of: %s\n' \
      "$say" "$*" >&2
    return 0
  }
  local missing=() package
  for package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return 0

  local root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 2 ]] && sudo -v; }; }; then
      root=(sudo)
    else
      die "these packages are missing, and without root or sudo they cannot be installed:
  ${missing[*]}
Let an administrator run, once:
  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    fi
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300
    -o Acquire::Retries=3)
  step "reading package lists" "${apt[@]}" update
  step "installing ${#missing[@]} packages (${missing[*]})" \
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

# As many compilers as there are processors, but no more than memory holds: one needs up to 1 GiB.
jobs_of_this_machine() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((memory < 1)) && memory=1
  printf '%s' $((processors < memory ? processors : memory))
}

# build PRESET TARGET...
build() {
  local preset=$1
  shift
  # CMake refuses a build folder whose tree was moved.
  if ! grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$top/build/$preset/CMakeCache.txt"; then
    rm -rf "${top:?}/build/$preset"
  fi
  [[ -e $top/build/$preset/build.ninja ]] ||
    step "configuring ($preset)" cmake -S "$top" --preset "$preset"
  # Go on after an error: whoever waits for CI wants all of them at once.
  local go_on=1
  [[ ${CI:-} == true ]] && go_on=0
  step "building ($preset)" cmake --build "$top/build/$preset" -j "$(jobs_of_this_machine)" \
    --target "$@" -- -k "$go_on"
}
