#!/usr/bin/env bash
# reloads.sh FILE.pt2 [INPUT [COUNT]]: what is left of a package that is loaded, run and closed COUNT times (200) in one
# process: by libtorch's own loader in C++, given the file and given a directory with its contents, and by Narthex.
# Takes no times, so it may run beside other things.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
file=$(readlink -f -- "$1") input=${2:-1x3x224x224} count=${3:-200}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
. "$root/native/bench/turns.sh"
. "$root/native/bench/java.sh"
baseline=(env LD_PRELOAD="$root/target/native/libnarthex_torch.so" "$root/target/native/native/bench/baseline")

# row NAME LOADS: what its process holds now.
row() {
  local process=/proc/${pid[$1]}
  printf '%-16s %6d %8d %9d %6d %12d %8s\n' "$1" "$2" \
    "$(awk '/^VmRSS:/ { print int($2 * 1.024 / 1000 + 0.5) }' "$process/status")" "$(wc -l <"$process/maps")" \
    "$(ls "$process/fd" | wc -l)" "$(ls "$TMPDIR" | wc -l)" "$(du -sk "$TMPDIR" "$NARTHEX_CACHE" | awk '{ kb += $1 } END { printf "%.1f", kb * 1.024 / 1000 }')"
}

# reload NAME COMMAND...: a row before, after the first, and after each quarter of all.
reload() {
  local name=$1 done=0 next
  export TMPDIR=$folder/tmp-$name NARTHEX_CACHE=$folder/cache-$name
  mkdir "$TMPDIR" "$NARTHEX_CACHE"
  start "$@"
  row "$name" 0
  for next in 1 $((count / 4)) $((count / 2)) $((count * 3 / 4)) "$count"; do
    echo "reload $((next - done))" >&"${in[$name]}"
    read -r _ <&"${out[$name]}" || { echo "reloads.sh: $name ended" >&2; exit 1; }
    done=$next
    row "$name" "$done"
  done
  echo end >&"${in[$name]}"
}

mkdir "$folder/unpacked"
(cd "$folder/unpacked" && "$JDK_HOME/bin/jar" xf "$file")
printf '%-16s %6s %8s %9s %6s %12s %8s\n' '' loads 'RSS MB' mappings files 'temporaries' 'disk MB'
reload c++-file "${baseline[@]}" "$file" --input "$input" --threads 1 --reloads
reload c++-directory "${baseline[@]}" "$(echo "$folder"/unpacked/*)" --input "$input" --threads 1 --reloads
reload narthex "${session_turns[@]}" reloads "$file" "$input"
