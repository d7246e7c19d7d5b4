#!/usr/bin/env bash
# compare.sh [FILE [SHAPE [RECIPE...]]]: a Session in Java beside the same path in C++ (baseline.cpp), in alternating turns.
# Default: the built-in resnet50 on 1x3x224x224, `eager` and `onednn-graph+bf16+channels-last`.
# Run it in a built clone, with nothing else on the machine. THREADS, TURNS and RUNS (a turn) may be set.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
threads=${THREADS:-$(nproc)} turns=${TURNS:-30} runs=${RUNS:-12}
skip=2 # the first runs of a turn find the caches full of the other program's data

. "$root/bin/build/find-jdk.sh"
find_jdk
java=("$JDK_HOME/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC
  "-Dnarthex.library=$root/target/native/libnarthex.so")
turns_program=("${java[@]}" -cp "$root/target/classes:$root/target/lib/*" "$root/native/bench/SessionTurns.java")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
model=${1:-$folder/resnet50.pt}
[ -n "${1:-}" ] || "${turns_program[@]}" save resnet50 "$model"
shape=${2:-1x3x224x224}
recipes=("${@:3}")
[ ${#recipes[@]} -gt 0 ] || recipes=(eager onednn-graph+bf16+channels-last)

# start NAME COMMAND...: a program that takes turns, by way of two pipes; waits until it has warmed up.
start() {
  local name=$1 ready
  shift
  rm -f "$folder/$name".*
  mkfifo "$folder/$name.in" "$folder/$name.out"
  "$@" <"$folder/$name.in" >"$folder/$name.out" &
  exec {in[$name]}>"$folder/$name.in" {out[$name]}<"$folder/$name.out"
  read -r ready <&"${out[$name]}" && [ "$ready" = ready ] || { echo "compare.sh: $name did not start" >&2; exit 1; }
}

# turn NAME: its samples of one turn are added to NAME.samples.
turn() {
  local samples
  echo "turn $runs" >&"${in[$1]}"
  read -r samples <&"${out[$1]}"
  tr ' ' '\n' <<<"$samples" | tail -n +$((skip + 1)) >>"$folder/$1.samples"
}

# finish NAME: ends it and prints its p50 and p90 in milliseconds and its peak memory in megabytes.
finish() {
  local peak
  echo end >&"${in[$1]}"
  peak=$(sed -n 's/.*"peak_rss_bytes": \([0-9]*\).*/\1/p' <&"${out[$1]}")
  exec {in[$1]}>&- {out[$1]}<&-
  sort -g "$folder/$1.samples" | awk -v peak="$peak" '
    { x[NR] = $1 }
    END { printf "%.3f %.3f %.0f\n", x[int(0.5 * (NR - 1)) + 1], x[int(0.9 * (NR - 1)) + 1], peak / 1e6 }'
}

declare -A in out
for recipe in "${recipes[@]}"; do
  start cpp "$root/target/native/native/bench/baseline" "$model" \
    --input "$shape" --recipe "$recipe" --threads "$threads" --turns
  start java "${turns_program[@]}" turns "$model" "$shape" "$recipe" "$threads"
  for ((i = 0; i < turns; i++)); do
    # Each goes first every other time.
    if ((i % 2)); then turn cpp; turn java; else turn java; turn cpp; fi
  done
  echo "$(finish cpp) $(finish java)" | awk -v recipe="$recipe" -v n=$((turns * (runs - skip))) '{
    printf "%s, %d samples each\n", recipe, n
    printf "  C++    p50 %8.3f ms  p90 %8.3f ms  peak RSS %4d MB\n", $1, $2, $3
    printf "  Java   p50 %8.3f ms  p90 %8.3f ms  peak RSS %4d MB\n", $4, $5, $6
    printf "  ratio  p50 %8.3f     p90 %8.3f     more     %4d MB\n", $4 / $1, $5 / $2, $6 - $3
  }'
done
