"""Compares `narthex profile --json` with torch.profiler: the same operators, the same calls, shares within noise.

    bin/narthex profile model.pt --input 1x3x224x224 --threads 2 --iterations 20 --limit 0 --json p.json
    python check_profile.py model.pt p.json 1x3x224x224 [float32|int64]
"""
import json
import sys

import torch
from torch.profiler import ProfilerActivity, profile

path, result, sizes = sys.argv[1:4]
shape = [int(size) for size in sizes.split("x")]
integers = len(sys.argv) > 4 and sys.argv[4] == "int64"
document = json.load(open(result))
iterations = document["workload"]["iterations"]
torch.set_num_threads(document["workload"]["threads"])
model = torch.jit.load(path).eval()
x = torch.randint(0, 30000, shape) if integers else torch.randn(shape)
with torch.inference_mode():
    for _ in range(10):
        model(x)
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        for _ in range(iterations):
            model(x)
rows = {row.key: row for row in recorded.key_averages() if row.key.startswith(("aten::", "prim::"))}
whole = sum(row.self_cpu_time_total for row in rows.values())
ours = {row["name"]: row for row in document["operators"]}
differences = 0
print(f"{'operator':40} {'calls':>7} {'here':>7} {'share %':>8} {'here':>6}")
for name in sorted(rows.keys() | ours.keys(), key=lambda n: -rows[n].self_cpu_time_total if n in rows else 0):
    theirs = rows.get(name)
    row = ours.get(name)
    share = 100 * theirs.self_cpu_time_total / whole if theirs else 0
    here = 100 * row["self_share"] if row else 0
    calls = theirs.count / iterations if theirs else 0
    own = row["calls"] / iterations if row else 0
    wrong = calls != own or abs(share - here) > 5
    differences += wrong
    print(f"{name:40} {calls:7.1f} {own:7.1f} {share:8.1f} {here:6.1f}{'  <' if wrong else ''}")
print(f"{differences} differences; sum of self times over wall: here "
      f"{sum(row['self_ms'] for row in ours.values()) / document['profiled_ms']:.3f}")
sys.exit(1 if differences else 0)
