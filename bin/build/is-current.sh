# Defines is_current: whether what bin/narthex runs is there, in the clone $1, and no older than its sources. It is asked
# at every start, so it starts one process and not more.
is_current() {
  local root=$1 stamp=$1/target/set-up.stamp properties=$1/target/native/narthex-native.properties key value lib=
  [ -f "$stamp" ] && [ -f "$root/target/native/libnarthex.so" ] && [ -f "$properties" ] || return 1
  while IFS== read -r key value; do
    [ "$key" != libtorch.lib ] || lib=$value
  done <"$properties"
  [ -f "$lib/libtorch_cpu.so" ] || return 1
  [ -z "${LIBTORCH_HOME:-}" ] || [ "$LIBTORCH_HOME/lib" -ef "$lib" ] || return 1
  [ -z "$(find "$root"/{pom.xml,CMakeLists.txt,src/main,jextract/java,native/include,native/src,native/cmake} \
    "$root/bin/build/libtorch.txt" -newer "$stamp" -print -quit)" ]
}
