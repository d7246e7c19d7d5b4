"""The file of a package: a zip archive, in which everything lies in one folder."""

import json
import os
import zipfile
from pathlib import Path

from narthex_export.progress import Failure

FORMAT = "narthex.package/1"
SPEC = "extra/narthex.json"
MODELS = "data/aotinductor/"
EPOCH = (1980, 1, 1, 0, 0, 0)


def read_spec(path):
    """The spec of a package, and the names of its models; the spec is None where it has none."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        root = names[0].partition("/")[0]
        models = {n.removeprefix(f"{root}/{MODELS}").partition("/")[0] for n in names if n.startswith(f"{root}/{MODELS}")}
        found = f"{root}/{SPEC}"
        return (json.loads(archive.read(found)) if found in names else None), models


def write(output, compiled, model, model_spec, torch_version, add):
    """Writes a package: what AOTInductor made, under the model's name, with its spec.

    With `add`, the models that are there stay in it. Generated sources are left empty: they name folders of this machine,
    but libtorch before 2.13 finds a model's metadata by their names.
    """
    spec = {"format": FORMAT, "torch": torch_version, "models": {}}
    if add and output.exists():
        there, models = read_spec(output)
        if there is None or there["torch"] != torch_version or model in models:
            raise Failure(
                "output",
                f"{output} has no spec of ours" if there is None
                else f"{output} has a model '{model}' already" if model in models
                else f"{output} was made with torch {there['torch']}, this is {torch_version}",
            )
        spec = there
    spec["models"][model] = model_spec
    root = output.stem
    partial = output.with_name(output.name + ".partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            if len(spec["models"]) > 1:
                copy(output, archive, root, lambda name: name.startswith(MODELS))
            copy(compiled, archive, root, renamed=lambda name: name.replace(MODELS + "model/", f"{MODELS}{model}/"))
            put(archive, f"{root}/{SPEC}", json.dumps(spec, indent=1).encode())
        os.replace(partial, output)
    except OSError as e:
        raise Failure("output", f"{output} can't be written: {e}") from e
    finally:
        Path(partial).unlink(missing_ok=True)
    return spec


def copy(source, archive, root, wanted=lambda name: True, renamed=lambda name: name):
    with zipfile.ZipFile(source) as there:
        for entry in there.infolist():
            name = entry.filename.partition("/")[2]
            if wanted(name):
                put(archive, f"{root}/{renamed(name)}", b"" if name.endswith(".cpp") else there.read(entry))


def put(archive, name, data):
    archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
