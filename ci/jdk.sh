# Sourced, not run. Finds a JDK that is new enough and exports JAVA_HOME; no JVM is started for it.
#
#   . ci/jdk.sh && find_jdk || exit 1

readonly JDK_NEEDED=25

# The major version of the JDK in a folder, from its `release` file; nothing where it is no JDK.
jdk_version() {
  local line
  [[ -x "$1/bin/javac" && -r "$1/release" ]] || return 1
  while IFS= read -r line; do
    if [[ "$line" =~ ^JAVA_VERSION=\"([0-9]+) ]]; then
      printf '%s' "${BASH_REMATCH[1]}"
      return 0
    fi
  done < "$1/release"
  return 1
}

# JAVA_HOME if it is new enough, else the first install folder that holds one.
find_jdk() {
  local home version newest='' places=()
  [[ -n "${JAVA_HOME:-}" ]] && places+=("$JAVA_HOME")
  places+=(/usr/lib/jvm/* /opt/* /opt/java/* "${HOME:-/nonexistent}"/.sdkman/candidates/java/*
    "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home)
  for home in "${places[@]}"; do
    version="$(jdk_version "$home")" || continue
    if ((version >= JDK_NEEDED)); then
      export JAVA_HOME="$home"
      return 0
    fi
    ((version > ${newest:-0})) && newest=$version
  done
  echo "convlens: error: no JDK $JDK_NEEDED or newer found${newest:+ (the newest here is $newest)}:" \
    "install one, or set JAVA_HOME to it" >&2
  return 1
}
