#!/bin/sh
# train.sh APP: runs the daemon and a client once in APP and keeps the classes they load, linked, in caches,
# which takes more than half off the time that either needs to start. Without a cache all works the same,
# only later; so what goes wrong here is told, and is no failure of the build.
#
# The last step of packaging: JDK 25.0.3 does not notice that a jar has changed since its cache was made, and
# would run what the jar was then.

app=$1
run=$app/bin/tsuku-llm
mkdir -p "$app/cache"

# The jars that the caches are good for: their one time of writing, to the second, and their SHA-256; and a name
# for all of that. With it the daemon makes copies of this directory start as quickly (JarTimes).
written=$(date -u '+%s %Y%m%d%H%M.%S')
TZ=UTC0 touch -t "${written#* }" "$app"/lib/*.jar
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}
{
  echo "${written% *}"
  (cd "$app/lib" && sha256 *.jar)
} >"$app/cache/jars"
sha256 "$app/cache/jars" | cut -c 1-16 >"$app/cache/id"

# Short, for the socket's path, and empty, so that nobody's settings or models are touched.
TSUKU_HOME=$(mktemp -d /tmp/tsuku-train.XXXXXX) || exit 1
export TSUKU_HOME
# The built-in model is loaded, and asked for a token: what a load needs takes most of its time where it is not
# in the cache.
export TSUKU_LLM_BACKEND=cpu
unset TSUKU_LLM_MODEL TSUKU_LLM_IDLE_TIMEOUT TSUKU_LLM_LIBRARY_PATH TSUKU_LLM_THREADS
daemon=
end() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null
  rm -rf "$TSUKU_HOME"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

TSUKU_LLM_TRAIN=$app/cache/serve.aot "$run" serve --idle-timeout 60s >"$TSUKU_HOME/said" 2>&1 &
daemon=$!

answers=no
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if "$run" status >/dev/null 2>&1; then
    answers=yes
    break
  fi
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.3
done

if [ "$answers" = yes ]; then
  TSUKU_LLM_TRAIN=$app/cache/ask.aot "$run" complete --model builtin --max-tokens 1 hello >/dev/null 2>&1
  "$run" stop >/dev/null 2>&1
  # What native libraries do at an exit, a driver's above all, might not come to an end.
  (
    sleep 300
    kill -KILL "$daemon"
  ) </dev/null >/dev/null 2>&1 &
  limit=$!
  wait "$daemon"
  kill "$limit" 2>/dev/null
else
  echo "train.sh: the daemon did not answer: $(tail -n 1 "$TSUKU_HOME/said")" >&2
  TSUKU_LLM_TRAIN=$app/cache/ask.aot "$run" status >/dev/null 2>&1
fi
daemon=
# What a run that was ended leaves behind.
rm -f "$app"/cache/*.config
for cache in serve.aot ask.aot; do
  [ -r "$app/cache/$cache" ] || echo "train.sh: $cache was not made; starting will take longer." >&2
done
exit 0
