#!/usr/bin/env bash
# bridge.sh: what crossing from Java to libtorch costs (BridgeBenchmark.java), beside the same in C++ (bridge.cpp), in
# alternating launches. Run it in a clone after `mvn verify`, with nothing else on the machine. LAUNCHES may be set.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
cd -- "$root"
. native/bench/java.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"${session_turns[@]}" save mlp "$folder/mlp.pt"
for ((i = 0; i < ${LAUNCHES:-3}; i++)); do
  target/native/native/bench/bridge "$folder/mlp.pt" | tr -d '{}" ' | tr ',' '\n' | sed 's/:/ c++ /'
  mvn -B -ntp -Pjmh -DskipTests verify -Djmh='BridgeBenchmark -prof gc' |
    sed -nE 's/.*BridgeBenchmark\.(\w+) +avgt +[0-9]+ +([0-9.]+).*/\1 java \2/p
             s/.*BridgeBenchmark\.(\w+):.*alloc.rate.norm +avgt +[0-9]+ +([0-9.]+|≈).*/\1 bytes \2/p'
done | awk '
  { sample[$1, $2] = sample[$1, $2] " " $3; names[$1] }
  function median(list,   x, n, i, j, t) {
    n = split(list, x, " ")
    for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j - 1] + 0 > x[j] + 0; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
    return n == 0 ? 0 : x[int((n + 1) / 2)]
  }
  END {
    printf "%-10s %12s %12s %8s %14s\n", "", "C++ ns", "Java ns", "ratio", "bytes a call"
    for (name in names) {
      cpp = median(sample[name, "c++"]); java = median(sample[name, "java"])
      if (java > 0) printf "%-10s %12.0f %12.0f %8.2f %14s\n", name, cpp, java, java / cpp, median(sample[name, "bytes"])
    }
    printf "%-10s %12.0f\n", "memcpy", median(sample["memcpy", "c++"])
  }'
