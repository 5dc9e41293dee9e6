#!/bin/sh
# Writes the SHA-256 of every library that is loaded, one manifest for each package in the lock files, into the
# resources that the loader checks them against. To be run after a change of version; needs npm, and about
# 400 MB to fetch. npm checks what it fetches against the registry's hashes; `npm ci` later against the lock's.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
manifests=$here/../src/main/resources/dev/tsuku/llm/llama
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for variant in cpu cuda vulkan; do
  sed -n 's/^ *"@node-llama-cpp\/\(.*\)": "\(.*\)".*$/\1 \2/p' "$here/$variant/package.json"
done | while read -r package version; do
  (
    cd "$work"
    archive=$(npm pack --silent "@node-llama-cpp/$package@$version")
    tar xzf "$archive"
    cd "package/bins/$package"
    for library in *.so *.dylib *.dll; do
      case $library in
        '*'* | *llama-common*) ;;
        *) sha256sum "$library" ;;
      esac
    done >"$manifests/$package.sha256"
    cd "$work"
    rm -rf "$archive" package
  )
  echo "recorded $package $version"
done
