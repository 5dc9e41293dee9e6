#!/bin/sh
# Trains on a machine with a GPU for a number of minutes, while the other processors make examples.
#
# Usage: gpu.sh ASSETS DATA OUT MINUTES [options of train.py]
#
# DATA has tokenizer.json and the first shards, from prepare.py. OUT gets builtin.gguf, train.log and the best
# weights in pieces of 15 MiB: "cat weights.* > checkpoint.best", and "train.py --from checkpoint.best" goes on.
set -eu
assets=$1 data=$2 out=$3 minutes=$4
shift 4
cd "$(dirname "$0")"
[ -f "$data/tokenizer.json" ] && [ -f "$data/held-out-real.npz" ] || { echo "gpu.sh: $data is not complete: run prepare.py first" >&2; exit 2; }
workers=$(($(nproc) - 2))
[ "$workers" -ge 1 ] || workers=1
began=1000
makers=
trap 'kill $makers 2>/dev/null || true' EXIT
for worker in $(seq "$workers"); do
  OMP_NUM_THREADS=1 python3 prepare.py "$assets" "$data" 1000 --first $((began + worker)) --every "$workers" >/dev/null &
  makers="$makers $!"
done
PYTHONUNBUFFERED=1 python3 train.py "$data" "$data/checkpoint.pt" --minutes "$minutes" "$@" 2>&1 | tee "$out/train.log"
kill $makers 2>/dev/null || true
echo "$(ls "$data" | grep -c '^shard') shards" | tee -a "$out/train.log"
python3 export.py "$data" "$data/checkpoint.best" "$out/builtin.gguf" | tee -a "$out/train.log"
split -b 15M -d "$data/checkpoint.best" "$out/weights."
