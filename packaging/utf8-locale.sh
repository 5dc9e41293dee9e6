# Sourced by mvnw and tsuku-llm, never run: sets LC_ALL to a locale whose characters are UTF-8. Java decodes
# arguments, variables and file names by the locale; where that is POSIX, or one that is not installed, it
# loses every character beyond ASCII.

if [ -d /usr/lib/locale/C.utf8 ] || [ "$(locale charmap 2>/dev/null)" != UTF-8 ]; then
  # The C library has this one built in where it has no directory.
  LC_ALL=C.UTF-8
  export LC_ALL
fi
