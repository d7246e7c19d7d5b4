# Programs in alternating turns: to be sourced, with `folder` set to where their samples may lie.
#
# A program prints `ready` once it has warmed up. To a line `turn N R` it answers with a line of N times in milliseconds,
# each the mean of R inferences one after the other; to a line `end` with JSON that has "peak_rss_bytes", and ends.
# The ratio of two programs is the median over pairs of turns: a machine that is slower for some seconds slows both.

skip=2 # the first samples of a turn find the caches full of other programs' data
declare -A in out pid

# start NAME COMMAND...: starts one, and waits until it has warmed up.
start() {
  local name=$1 ready
  shift
  rm -f "$folder/$name".*
  mkfifo "$folder/$name.in" "$folder/$name.out"
  "$@" <"$folder/$name.in" >"$folder/$name.out" &
  pid[$name]=$!
  exec {in[$name]}>"$folder/$name.in" {out[$name]}<"$folder/$name.out"
  read -r ready <&"${out[$name]}" && [ "$ready" = ready ] || { echo "${0##*/}: $name did not start" >&2; exit 1; }
}

# ask NAME N R: has it take a turn, and prints the N samples, one on a line.
ask() {
  local samples
  echo "turn $2 $3" >&"${in[$1]}"
  read -r samples <&"${out[$1]}" || { echo "${0##*/}: $1 ended" >&2; exit 1; }
  tr ' ' '\n' <<<"$samples"
}

# turn NAME N R: has it take a turn; its samples are added to NAME.samples, their median to NAME.turns.
turn() {
  ask "$@" | tail -n +$((skip + 1)) | sort -g | tee -a "$folder/$1.samples" | at 0.5 >>"$folder/$1.turns"
}

# turns_of COUNT N NAME...: has each take so many turns of N samples, in this order and backwards by turns.
turns_of() {
  local count=$1 n=$2 names=("${@:3}") backwards=() name runs i
  runs=$(runs_of "${names[0]}")
  for name in "${names[@]}"; do backwards=("$name" "${backwards[@]}"); done
  for ((i = 0; i < count; i++)); do
    if ((i % 2)); then order=("${backwards[@]}"); else order=("${names[@]}"); fi
    for name in "${order[@]}"; do turn "$name" "$n" "$runs"; done
  done
}

# runs_of NAME: how many inferences last a millisecond, so that a sample is not of the clock.
runs_of() {
  ask "$1" 20 1 | sort -g | at 0.5 | awk '{ runs = int(1 / $1) + 1; print (runs > 1000 ? 1000 : runs) }'
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

# ratio A B: of the times of A to those of B, the median over pairs of turns with its 95 % confidence interval (order
# statistics).
ratio() {
  paste "$folder/$1.turns" "$folder/$2.turns" | awk '{ print $1 / $2 }' | sort -g | awk '
    { x[NR] = $1 }
    END {
      half = 0.98 * sqrt(NR)
      low = int((NR + 1) / 2 - half); if (low < 1) low = 1
      high = int((NR + 1) / 2 + half + 1); if (high > NR) high = NR
      print x[int((NR + 1) / 2)], x[low], x[high]
    }'
}
