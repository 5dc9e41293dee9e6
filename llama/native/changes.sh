#!/bin/sh
# changes.sh OLD NEW: what of llama.cpp's C interface that dev.tsuku.llm.llama.abi describes has changed between the
# releases that two versions of the npm package node-llama-cpp carry. Prints a diff for each function and struct, and
# ends with status 1 if there is one. Needs npm and git.
set -eu

[ $# -eq 2 ] || {
  echo "usage: llama/native/changes.sh OLD NEW, versions of node-llama-cpp such as 3.21.1" >&2
  exit 2
}
abi=$(cd "$(dirname "$0")/../src/main/java/dev/tsuku/llm/llama/abi" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every declaration of the headers on a line of its own, comments and extra white space gone.
declarations() {
  cat "$1"/include/llama.h "$1"/ggml/include/ggml.h "$1"/ggml/include/ggml-cpu.h "$1"/ggml/include/ggml-backend.h |
    sed -e 's,//.*,,' -e '/^ *#/d' | tr '\n' ' ' |
    sed -e 's,/\*[^*]*\*/,,g' -e 's/  */ /g' -e 's/\([;{}]\) */\1\n/g'
}

# One function, or one struct with its fields, from the declarations on standard input.
function_named() { grep -E "[ *]$1 ?\(" | sed 's/^.*\(LLAMA_API\|GGML_API\|GGML_BACKEND_API\) //' | head -n 1; }
struct_named() { awk -v start="struct $1 {" 'index($0, start) { on = 1 } on { print } on && /^}/ { exit }'; }

for version in "$1" "$2"; do
  (
    mkdir "$work/$version"
    cd "$work/$version"
    npm pack --silent "node-llama-cpp@$version" >/dev/null
    tar xzf node-llama-cpp-*.tgz
    git clone -q package/llama/gitRelease.bundle source 2>/dev/null
    declarations source >all
    echo "$version carries llama.cpp $(sed -n 's/.*"tag": "\(.*\)".*/\1/p' package/llama/llama.cpp.info.json)"
  )
done

changed=0
compare() {
  "$1" "$2" <"$work/$3/all" >"$work/old"
  "$1" "$2" <"$work/$4/all" >"$work/new"
  [ -s "$work/old" ] || echo "$2 is not in the headers of $3"
  if ! diff -u --label "$2, $3" --label "$2, $4" "$work/old" "$work/new"; then
    changed=1
  fi
}
for function in $(grep -ho '"\(llama\|ggml\)_[a-z0-9_]*"' "$abi"/*Functions.java | tr -d '"' | sort -u); do
  compare function_named "$function" "$1" "$2"
done
for struct in llama_model_params llama_context_params llama_batch ggml_threadpool_params; do
  compare struct_named "$struct" "$1" "$2"
done
[ "$changed" -eq 1 ] || echo "nothing that is used has changed"
exit "$changed"
