#!/usr/bin/env bash
# gpu.sh [MODEL [INPUT...]]: a model on a GPU through sessions, eager, frozen, recorded and as packages, and in Python's torch,
# eager and by torch.compile, all in alternating turns of one run; then the memory of many replays.
# MODEL is resnet18 (default), bert-base, or what `narthex export` takes of Python or TorchScript (FILE.py:NAME, FILE.pt);
# INPUT, for each of its inputs, is as --input has it.
# Run it in a clone that was built with a libtorch that has CUDA (LIBTORCH_HOME), with nothing else on the machine.
# NARTHEX_PYTHON names a Python with torch of libtorch's version, and torchvision or transformers. DEVICE, TURNS, RUNS
# (samples a turn) and REPLAYS may be set. On a device that Python's torch has not, or without Python, sessions stand alone;
# LIBRARY names what brings such a device.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
device=${DEVICE:-cuda:0} turns=${TURNS:-30} samples=${RUNS:-8} replays=${REPLAYS:-1000000} python=${NARTHEX_PYTHON:-python3}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder # so that Inductor's cache is empty
. "$root/native/bench/turns.sh"
. "$root/native/bench/java.sh"
java+=(${LIBRARY:+"-Dnarthex.libraries=$(readlink -f -- "$LIBRARY")"})
session_turns=("${java[@]}" "$root/native/bench/SessionTurns.java")
torch_turns=("$python" -W ignore "$root/native/bench/torch_turns.py")

model=${1:-resnet18}
inputs=("${@:2}")
case $model in
  resnet18)
    source=$root/native/bench/models.py:resnet18
    [ ${#inputs[@]} -gt 0 ] || inputs=(1x3x224x224)
    ;;
  bert-base)
    source=$root/native/bench/models.py:bert_base
    [ ${#inputs[@]} -gt 0 ] || inputs=(1x128:int64:0..30521 1x128:int64:1..1 1x128:int64:0..0)
    ;;
  *) source=$model ;;
esac
[ ${#inputs[@]} -gt 0 ] || { echo "gpu.sh: say what the inputs of $model are" >&2; exit 1; }
described=()
for input in "${inputs[@]}"; do described+=(--input "$input"); done
joined=$(IFS=,; echo "${inputs[*]}")

is_in_python=false
if "$python" -c "import torch; torch.zeros(1, device='$device')" 2>/dev/null; then is_in_python=true; fi

# Traced on the device: what the code makes by itself is on the one that it was traced on.
script=$folder/model.pt
case $source in
  *.py:*)
    "${torch_turns[@]}" save "$source" "${described[@]}" --output "$script" \
      --device "$($is_in_python && echo "$device" || echo cpu)"
    ;;
  *) script=$source ;;
esac

# All of them, in this order; the first is what the others are compared with.
names=()
add() {
  names+=("$1")
  start "$@"
}
session() { add "$1" "${session_turns[@]}" turns "$2" "$joined" "$3" 1 "$device"; }
session eager "$script" eager
session cudagraphs "$script" cudagraphs
session freeze+cudagraphs "$script" freeze+cudagraphs
if $is_in_python; then
  "${java[@]}" io.github.narthex.cli.Main export "$source" "${described[@]}" --device "${device%%:*}" --python "$python" \
    --quiet --output "$folder/model.pt2" >/dev/null
  session package "$folder/model.pt2" eager
  session reduce-overhead "$folder/model.pt2" cudagraphs
  in_python=("${torch_turns[@]}" turns "$source" "${described[@]}" --device "$device")
  add python "${in_python[@]}"
  add torch.compile "${in_python[@]}" --compile
  add torch.compile+reduce-overhead "${in_python[@]}" --compile --mode reduce-overhead
else
  echo "gpu.sh: $python has no torch with $device: sessions alone" >&2
fi

turns_of "$turns" "$samples" "${names[@]}"

echo "$model, ${inputs[*]}, $device, $turns turns of $((samples - skip)) samples; median ratios of turns with 95 % intervals"
printf '%-30s %9s %9s %7s   %-24s %s\n' '' 'p50 ms' 'p90 ms' 'RAM MB' "${names[0]} / it" "it / ${names[-1]}"
for name in "${names[@]}"; do
  echo "$(finish "$name") $(ratio "${names[0]}" "$name") $(ratio "$name" "${names[-1]}")" | awk -v name="$name" '{
    printf "%-30s %9.3f %9.3f %7d   %5.3f [%.3f, %.3f]     %5.3f [%.3f, %.3f]\n", name, $1, $2, $3, $4, $5, $6, $7, $8, $9
  }'
done

echo
echo "$replays replays of a recorded mlp"
"${session_turns[@]}" save mlp "$folder/mlp.pt"
"${session_turns[@]}" replays "$folder/mlp.pt" 1x784 "$device" "$replays"
