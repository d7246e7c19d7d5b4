#!/usr/bin/env bash
# Prints the home of a JDK >= 22; else one line on stderr. Sourced, it defines find_jdk, which sets JDK_HOME.
# In this order: NARTHEX_JAVA_HOME (no other is then looked at), JAVA_HOME, the `java` on PATH, and the newest of
# those that package managers, SDKMAN, asdf, mise and IDEs install.

# Sets JDK_FEATURE to the feature version (22, 25) of the JDK in $1, or returns 1 when there is none.
jdk_feature() {
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^JAVA_VERSION=\"?([0-9]+) ]]; then
      JDK_FEATURE=${BASH_REMATCH[1]}
      return 0
    fi
  done <"$1/release"
  return 1
}

find_jdk() {
  local home java best=0
  JDK_HOME=
  if [ -n "${NARTHEX_JAVA_HOME:-}" ]; then
    if jdk_feature "$NARTHEX_JAVA_HOME" && [ "$JDK_FEATURE" -ge 22 ]; then
      JDK_HOME=$NARTHEX_JAVA_HOME
      return 0
    fi
    echo "missing: a JDK >= 22 in NARTHEX_JAVA_HOME=$NARTHEX_JAVA_HOME (set it to the folder that holds bin/javac, or unset it)" >&2
    return 1
  fi
  java=$(type -P java) && java=$(readlink -f "$java")
  for home in "${JAVA_HOME:-}" "${java%/bin/java}"; do
    if [ -n "$home" ] && jdk_feature "$home" && [ "$JDK_FEATURE" -ge 22 ]; then
      JDK_HOME=$home
      return 0
    fi
  done
  for home in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    "${HOME:-}"/.asdf/installs/java/* "${HOME:-}"/.local/share/mise/installs/java/* "${HOME:-}"/.gradle/jdks/*; do
    if jdk_feature "$home" && [ "$JDK_FEATURE" -ge 22 ] && [ "$JDK_FEATURE" -gt "$best" ]; then
      best=$JDK_FEATURE JDK_HOME=$home
    fi
  done
  [ -n "$JDK_HOME" ] && return 0
  echo "missing: a JDK >= 22 (install one, for example the package openjdk-25-jdk or one from https://adoptium.net," \
    "and set NARTHEX_JAVA_HOME to it if it is not found)" >&2
  return 1
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  find_jdk && echo "$JDK_HOME"
fi
