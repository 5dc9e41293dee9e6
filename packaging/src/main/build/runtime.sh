#!/bin/sh
# runtime.sh DIR: makes a Java runtime in DIR with just the modules that tsuku-llm uses, from $JAVA_HOME.

# jdk.unsupported has the signals, jdk.net the peer of a Unix socket.
modules=java.base,java.logging,java.management,jdk.net,jdk.unsupported
# Linux tells in files how much memory is free; elsewhere the JVM has to.
[ "$(uname -s)" = Linux ] || modules=$modules,jdk.management

if ! [ -x "$JAVA_HOME/bin/jlink" ]; then
  echo "runtime.sh: $JAVA_HOME has no jlink, which makes the Java runtime to ship. Use a complete JDK 25, for example from https://adoptium.net." >&2
  exit 1
fi
if ! "$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-java-debug-attributes --no-header-files \
  --no-man-pages --output "$1"; then
  echo "runtime.sh: the jlink of $JAVA_HOME failed. Some packaged JDKs leave out its modules (the directory jmods); use another build of JDK 25, for example from https://adoptium.net." >&2
  exit 1
fi

# What the launcher compares, in the order of its listing. Nothing else of the runtime is needed to start.
cd "$1" || exit 1
LC_ALL=C find bin/java lib -type f | LC_ALL=C sort | while read -r file; do
  # Some systems' wc pads its numbers.
  echo "$(($(wc -c <"$file"))) $file"
done >sizes
