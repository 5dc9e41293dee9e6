#!/bin/sh
# Brings the prebuilt llama.cpp of one variant beside its lock file: fetch.sh cpu|cuda|vulkan
# npm checks every package against the lock's hash. Nothing happens when the packages are there already.
set -eu

fail() {
  echo "llama/native/fetch.sh: $1" >&2
  exit 1
}

variant=${1:-cpu}
here=$(cd "$(dirname "$0")" && pwd)
[ -f "$here/$variant/package-lock.json" ] ||
  fail "there is no llama.cpp variant '$variant'. Choose cpu, cuda or vulkan with -Dllama.variant."
cd "$here/$variant"

installed=node_modules/.package-lock.json
if [ -f "$installed" ] && [ -z "$(find package-lock.json -newer "$installed")" ]; then
  exit 0
fi

command -v npm >/dev/null 2>&1 ||
  fail "npm was not found; it fetches llama.cpp. Install Node.js 20 or later, which brings it, and build again."

echo "llama: fetching the prebuilt llama.cpp ($variant)" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
  cat "$log" >&2
  fail "npm could not fetch llama.cpp ($variant); its own words stand above. Check the network and try again."
fi
# Packages for other platforms are left out by npm; so are, silently, packages that it could not fetch.
if [ -d node_modules/@node-llama-cpp ]; then
  touch "$installed"
else
  rm -f "$installed"
  echo "llama: no prebuilt llama.cpp ($variant) came for this platform; a build of your own is needed to run" >&2
fi
