#!/usr/bin/env bash
# compare.sh [FILE [SHAPE [RECIPE...]]]: a Session in Java beside the same path in C++ (baseline.cpp), in alternating turns.
# Default: the built-in resnet50 on 1x3x224x224, `eager` and `onednn-graph+bf16+channels-last`.
# Run it in a built clone, with nothing else on the machine. THREADS, TURNS and RUNS (a turn) may be set.
# The ratio is the median over pairs of turns: a machine that is slower for some seconds slows both of a pair.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
threads=${THREADS:-$(nproc)} turns=${TURNS:-60} runs=${RUNS:-8}
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

# turn NAME: takes one; its samples are added to NAME.samples, their median to NAME.turns.
turn() {
  local samples
  echo "turn $runs" >&"${in[$1]}"
  read -r samples <&"${out[$1]}"
  tr ' ' '\n' <<<"$samples" | tail -n +$((skip + 1)) | sort -g | tee -a "$folder/$1.samples" | at 0.5 >>"$folder/$1.turns"
}

# at Q: of sorted lines, the one at that quantile.
at() {
  awk -v q="$1" '{ x[NR] = $1 } END { print x[int(q * (NR - 1) + 0.5) + 1] }'
}

# finish NAME: ends it, and prints its p50 and p90 in milliseconds and its peak memory in megabytes.
finish() {
  local peak
  echo end >&"${in[$1]}"
  peak=$(sed -n 's/.*"peak_rss_bytes": \([0-9]*\).*/\1/p' <&"${out[$1]}")
  exec {in[$1]}>&- {out[$1]}<&-
  sort -g -o "$folder/$1.samples" "$folder/$1.samples"
  echo "$(at 0.5 <"$folder/$1.samples") $(at 0.9 <"$folder/$1.samples") $((peak / 1000000))"
}

# The median of the ratios of paired turns, with its 95 % confidence interval (order statistics).
ratio() {
  paste "$folder/java.turns" "$folder/cpp.turns" | awk '{ print $1 / $2 }' | sort -g | awk '
    { x[NR] = $1 }
    END {
      half = 0.98 * sqrt(NR)
      low = int((NR + 1) / 2 - half); if (low < 1) low = 1
      high = int((NR + 1) / 2 + half + 1); if (high > NR) high = NR
      print x[int((NR + 1) / 2)], x[low], x[high]
    }'
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
  echo "$(finish cpp) $(finish java) $(ratio)" | awk -v recipe="$recipe" -v n=$((turns * (runs - skip))) '{
    printf "%s, %d samples each\n", recipe, n
    printf "  C++    p50 %7.3f ms  p90 %7.3f ms  peak RSS %4d MB\n", $1, $2, $3
    printf "  Java   p50 %7.3f ms  p90 %7.3f ms  peak RSS %4d MB\n", $4, $5, $6
    printf "  Java / C++  %.3f [%.3f, %.3f]\n", $7, $8, $9
  }'
done
