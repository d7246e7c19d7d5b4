#!/usr/bin/env bash
# exported_symbols.sh NM LIBRARY HEADER: the library exports the functions that the header declares and nothing else of ours.
set -euo pipefail
nm=$1 library=$2 header=$3
declared=$(grep -oE '\bnx_[a-z0-9_]+ *\(' "$header" | tr -d ' (' | sort -u)
exported=$("$nm" --dynamic --defined-only "$library" | awk '$2 ~ /[TDBV]/ && $3 ~ /^nx_/ { print $3 }' | sort -u)
diff <(echo "$declared") <(echo "$exported") || {
  echo "'<': declared in narthex.h but not exported; '>': exported but not declared" >&2
  exit 1
}
