"""Runs in Python the models that OperatorOracleTest traced, and compares with operators.json.

  mvn -Dnarthex.traced=FOLDER -Dtest=OperatorOracleTest test
  python src/test/python/check_traced_operators.py FOLDER
"""

import base64
import collections
import json
import pathlib
import sys

import torch

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "resources" / "operators.json"
TOLERANCE = {
    torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}


def restored(stored):
    dtype = getattr(torch, stored["dtype"])
    raw = bytearray(base64.b64decode(stored["data"]))
    data = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return data.reshape(stored["shape"]).clone()


def same(expected, actual):
    tolerance = TOLERANCE.get(expected.dtype, 0)
    if expected.dtype != actual.dtype or expected.shape != actual.shape:
        return False
    return torch.allclose(
        actual.double(), expected.double(), rtol=tolerance, atol=tolerance, equal_nan=True)


def main(folder):
    torch.set_num_threads(1)
    count = collections.Counter()
    wrong = []
    for case in json.loads(FIXTURE.read_text())["cases"]:
        name = f"{case['operator']}-{count[case['operator']]}"
        count[case["operator"]] += 1
        model = torch.jit.load(str(folder / f"{name}.pt"))
        with torch.no_grad():
            outputs = model(*[restored(x) for x in case["inputs"]])
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        expected = [restored(x) for x in case["outputs"]]
        if len(outputs) != len(expected) or not all(map(same, expected, outputs)):
            wrong.append(name)
    print(f"torch {torch.__version__}: {count.total() - len(wrong)} of {count.total()} models agree")
    sys.exit("\n".join(wrong) if wrong else 0)


main(pathlib.Path(sys.argv[1]))
