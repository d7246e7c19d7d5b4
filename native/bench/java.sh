# How programs in Java are started here: to be sourced, with `root` set. Sets `java`, which takes what `java` takes.
# A small young generation, as bin/narthex has, so that memory is not of garbage.
. "$root/bin/build/find-jdk.sh"
find_jdk
java=("$JDK_HOME/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmn16m
  "-Dnarthex.library=$root/target/native/libnarthex.so"
  -cp "$root/target/test-classes:$root/target/classes:$root/target/lib/*")
session_turns=("${java[@]}" "$root/native/bench/SessionTurns.java")
