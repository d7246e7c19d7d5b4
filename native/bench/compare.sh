#!/usr/bin/env bash
# compare.sh [FILE [SHAPE [RECIPE...]]]: a Session in Java beside the same path in C++ (baseline.cpp), in alternating turns.
# Default: the built-in resnet50 on 1x3x224x224, `eager` and `onednn-graph+bf16+channels-last`. FILE may be an AOTInductor
# package (.pt2), which runs as it is, on libtorch's own loader in C++, with the compiled code's checks of its inputs, as
# Narthex has them; AOTI_RUNTIME_CHECK_INPUTS=0 takes them away on both sides.
# Run it in a built clone, with nothing else on the machine. THREADS, TURNS and RUNS (samples a turn) may be set.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
threads=${THREADS:-$(nproc)} turns=${TURNS:-60} samples=${RUNS:-8}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder # libtorch leaves there what it unpacked, if it is interrupted
. "$root/native/bench/turns.sh"
. "$root/native/bench/java.sh"

model=${1:-$folder/resnet50.pt}
[ -n "${1:-}" ] || "${session_turns[@]}" save resnet50 "$model"
shape=${2:-1x3x224x224}
recipes=("${@:3}")
[ ${#recipes[@]} -gt 0 ] || recipes=(eager onednn-graph+bf16+channels-last)
baseline=("$root/target/native/native/bench/baseline")
if [[ $model = *.pt2 ]]; then
  recipes=(eager)
  export AOTI_RUNTIME_CHECK_INPUTS=${AOTI_RUNTIME_CHECK_INPUTS:-1}
  baseline=(env LD_PRELOAD="$root/target/native/libnarthex_torch.so" "${baseline[@]}")
fi

for recipe in "${recipes[@]}"; do
  start cpp "${baseline[@]}" "$model" --input "$shape" --recipe "$recipe" --threads "$threads" --turns
  start java "${session_turns[@]}" turns "$model" "$shape" "$recipe" "$threads"
  runs=$(runs_of cpp)
  runs_of java >/dev/null # the same calls before what counts
  for ((i = 0; i < turns; i++)); do
    # Each goes first every other time.
    if ((i % 2)); then order="cpp java"; else order="java cpp"; fi
    for name in $order; do turn $name "$samples" "$runs"; done
  done
  echo "$(finish cpp) $(finish java) $(ratio java cpp)" |
    awk -v recipe="$recipe" -v n=$((turns * (samples - skip))) -v runs="$runs" '{
      printf "%s, %d samples each%s\n", recipe, n, (runs > 1 ? ", of " runs " runs" : "")
      printf "  C++    p50 %9.5f ms  p90 %9.5f ms  peak RSS %4d MB\n", $1, $2, $3
      printf "  Java   p50 %9.5f ms  p90 %9.5f ms  peak RSS %4d MB\n", $4, $5, $6
      printf "  Java / C++  %.3f [%.3f, %.3f]\n", $7, $8, $9
    }'
done
