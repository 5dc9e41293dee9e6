#!/bin/sh
# Trains on a machine with a GPU for a number of minutes, while the other processors make examples.
#
# Usage: gpu.sh ASSETS DATA OUT MINUTES [options of train.py]
#
# DATA is what prepare.py made: tokenizer, held-out shards and a few others. OUT gets builtin.gguf, train.log and the
# best weights in pieces of 15 MiB: "cat weights.* > checkpoint.best", and train.py goes on with --from
# checkpoint.best. The interpreter is $PYTHON, or python3.
set -eu
[ $# -ge 4 ] || { echo "usage: gpu.sh ASSETS DATA OUT MINUTES [options of train.py]" >&2; exit 2; }
mkdir -p "$3"
assets=$(realpath "$1") data=$(realpath "$2") out=$(realpath "$3") minutes=$4
shift 4
cd "$(dirname "$0")"
python=${PYTHON:-python3}
for needed in tokenizer.json held-out-real.npz held-out-drawn.npz; do
  [ -f "$data/$needed" ] || { echo "gpu.sh: $data has no $needed: run prepare.py first" >&2; exit 2; }
done
[ ! -e "$data/checkpoint.pt" ] || { echo "gpu.sh: $data has a checkpoint.pt of an earlier run: move it away" >&2; exit 2; }

started=
finish() {
  trap - EXIT INT TERM HUP
  # shellcheck disable=SC2086 # process ids
  [ -z "$started" ] || kill $started 2>/dev/null || true
  wait
}
trap finish EXIT
trap 'finish; exit 130' INT TERM HUP

workers=$(($(nproc) - 2))
[ "$workers" -ge 1 ] || workers=1
for worker in $(seq "$workers"); do
  OMP_NUM_THREADS=1 "$python" prepare.py "$assets" "$data" 1000 --first $((1000 + worker)) --every "$workers" >/dev/null &
  started="$started $!"
done
PYTHONUNBUFFERED=1 "$python" train.py "$data" "$data/checkpoint.pt" --minutes "$minutes" "$@" >"$out/train.log" 2>&1 &
training=$!
tail -f -n +1 "$out/train.log" &
started="$started $training $!"
status=0
wait "$training" || status=$?
[ "$status" = 0 ] || { echo "gpu.sh: train.py ended with status $status" >&2; exit "$status"; }
finish
echo "$(ls "$data" | grep -c '^shard-[0-9]*.npz') shards" | tee -a "$out/train.log"
"$python" export.py "$data" "$data/checkpoint.best" "$out/builtin.gguf"
split -b 15M -d "$data/checkpoint.best" "$out/weights."
