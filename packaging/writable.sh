# Sourced by mvnw and tsuku-llm with root set, never run: sets not_writable to the first directory that a build
# writes to and this user cannot, or to nothing; and me to the name of this user.

not_writable=
for module in "$root"/*/pom.xml; do
  module=${module%/pom.xml}
  if [ -d "$module/target" ]; then
    module=$module/target
  fi
  if [ ! -w "$module" ]; then
    not_writable=$module
    break
  fi
done
unset module
me=$(id -un 2>/dev/null) || me="user $(id -u)"
