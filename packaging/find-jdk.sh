# Sourced by mvnw and tsuku-llm, never run: sets JAVA_HOME to a JDK 25, whatever it was before, or ends
# with status 1 and one sentence. Looks at $TSUKU_LLM_JDK, then $JAVA_HOME, then the java on the PATH, then
# the places where installers put JDKs. A directory counts only if its `release` file says version 25.

jdk_wanted=25

# is_jdk DIR: whether DIR holds a whole JDK (a compiler too) of the wanted version.
is_jdk() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] &&
    grep -q "^JAVA_VERSION=\"$jdk_wanted[.\"+-]" "$1/release"
}

# java_on_path: the home of the java on the PATH, behind all symbolic links; nothing if there is none.
java_on_path() {
  found=$(command -v java 2>/dev/null) || return 0
  found=$(readlink -f "$found" 2>/dev/null) || return 0
  dirname "$(dirname "$found")"
}

find_jdk() {
  set +f
  for candidate in "${TSUKU_LLM_JDK-}" "${JAVA_HOME-}" "$(java_on_path)" \
    /usr/lib/jvm/*"$jdk_wanted"* /usr/java/*"$jdk_wanted"* /opt/*jdk*"$jdk_wanted"* \
    "$HOME"/.sdkman/candidates/java/"$jdk_wanted"* "$HOME"/.jdks/*"$jdk_wanted"* \
    "$HOME"/.asdf/installs/java/*"$jdk_wanted"* "$HOME"/.local/share/mise/installs/java/*"$jdk_wanted"* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk@"$jdk_wanted"/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk@"$jdk_wanted"/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$candidate" ] && is_jdk "$candidate"; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "${0##*/}: no JDK $jdk_wanted was found (looked at JAVA_HOME, the PATH and the usual places). Install one, for example from https://adoptium.net, or set TSUKU_LLM_JDK to its directory." >&2
  exit 1
}

find_jdk
