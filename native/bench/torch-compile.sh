#!/usr/bin/env bash
# torch-compile.sh [MODEL [INPUT...]]: a model by Narthex's recipes, as AOTInductor packages, and by Python's torch eager and
# compiled, all in alternating turns of one run.
# MODEL is resnet50 (default), bert-base, or what `narthex export` takes of Python or TorchScript (FILE.py:NAME, FILE.pt);
# INPUT, for each of its inputs, is as --input has it.
# Run it in a built clone, with nothing else on the machine. NARTHEX_PYTHON names a Python with torch of libtorch's
# version, and torchvision or transformers. THREADS, TURNS, RUNS (samples a turn) and RECIPES may be set, and
# BF16, what is 16 bits in Python and packages (bfloat16 or bfloat16-mixed).
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
threads=${THREADS:-$(nproc)} turns=${TURNS:-30} samples=${RUNS:-8} python=${NARTHEX_PYTHON:-python3} bf16=${BF16:-bfloat16}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TMPDIR=$folder # so that Inductor's cache is empty
. "$root/native/bench/turns.sh"
. "$root/native/bench/java.sh"
torch_turns=("$python" -W ignore "$root/native/bench/torch_turns.py")

model=${1:-resnet50}
inputs=("${@:2}")
recipes="eager freeze onednn-graph onednn-graph+bf16+channels-last"
case $model in
  resnet50)
    source=$root/native/bench/models.py:resnet50
    [ ${#inputs[@]} -gt 0 ] || inputs=(1x3x224x224)
    ;;
  bert-base)
    source=$root/native/bench/models.py:bert_base
    bf16=${BF16:-bfloat16-mixed} # all of it in 16 bits is 2.2 % off
    recipes="eager freeze onednn-graph onednn-graph+bf16-mixed"
    [ ${#inputs[@]} -gt 0 ] || inputs=(1x128:int64:0..30521 1x128:int64:1..1 1x128:int64:0..0)
    ;;
  *) source=$model ;;
esac
[ ${#inputs[@]} -gt 0 ] || { echo "torch-compile.sh: say what the inputs of $model are" >&2; exit 1; }
recipes=${RECIPES:-$recipes}
described=()
for input in "${inputs[@]}"; do described+=(--input "$input"); done

script=$folder/model.pt
case $source in
  *.py:*) "${torch_turns[@]}" save "$source" "${described[@]}" --output "$script" ;;
  *) script=$source ;;
esac
export_to() {
  "${java[@]}" io.github.narthex.cli.Main export "$source" "${described[@]}" --python "$python" --quiet "${@:2}" \
    --output "$1" >/dev/null
}
export_to "$folder/float32.pt2"
export_to "$folder/bf16.pt2" --dtype "$bf16"

# All of them, in this order; the first is what the others are compared with.
names=()
add() {
  names+=("$1")
  start "$@"
}
joined=$(IFS=,; echo "${inputs[*]}")
for recipe in $recipes; do add "$recipe" "${session_turns[@]}" turns "$script" "$joined" "$recipe" "$threads"; done
add package "${session_turns[@]}" turns "$folder/float32.pt2" "$joined" eager "$threads"
add package+bf16 "${session_turns[@]}" turns "$folder/bf16.pt2" "$joined" eager "$threads"
in_python=("${torch_turns[@]}" turns "$source" "${described[@]}" --threads "$threads")
add python "${in_python[@]}"
add torch.compile "${in_python[@]}" --compile
add torch.compile+bf16 "${in_python[@]}" --compile --dtype "$bf16"

turns_of "$turns" "$samples" "${names[@]}"

echo "$model, ${inputs[*]}, $threads threads, $turns turns of $((samples - skip)) samples; median ratios of turns with 95 % intervals"
printf '%-36s %9s %9s %7s   %-24s %s\n' '' 'p50 ms' 'p90 ms' 'peak MB' "${names[0]} / it" 'it / torch.compile of its dtype'
for name in "${names[@]}"; do
  like=torch.compile
  [[ $name != *bf16* ]] || like=torch.compile+bf16
  echo "$(finish "$name") $(ratio "${names[0]}" "$name") $(ratio "$name" $like)" | awk -v name="$name" '{
    printf "%-36s %9.3f %9.3f %7d   %5.3f [%.3f, %.3f]     %5.3f [%.3f, %.3f]\n", name, $1, $2, $3, $4, $5, $6, $7, $8, $9
  }'
done
