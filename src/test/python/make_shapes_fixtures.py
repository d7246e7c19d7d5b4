"""Makes src/test/resources/shapes: what the pictures are, and what shapes-net says to them.

Run from anywhere:  python src/test/python/make_shapes_fixtures.py
Made with torch 2.15.0. Tests read the files; they never run this script.
"""

import pathlib
import zlib

import numpy
import torch

import shape_pictures

ROOT = pathlib.Path(__file__).resolve().parents[2]
NET = ROOT / "main" / "resources" / "io" / "github" / "narthex" / "models" / "shapes-net.pt"
TARGET = ROOT / "test" / "resources" / "shapes"
HELD_OUT_SEED = 2
HELD_OUT_PICTURES = 2_000

if __name__ == "__main__":
    torch.set_num_threads(1)
    TARGET.mkdir(parents=True, exist_ok=True)
    images, labels = shape_pictures.pictures(HELD_OUT_SEED, 0, HELD_OUT_PICTURES)
    numpy.save(TARGET / "pictures.npy", images[:8])
    # Other seeds, and indices beyond 32 bits: a checksum of pixels and labels for each.
    lines = []
    for seed, first in [(HELD_OUT_SEED, 0), (1, 0), (-5, 1 << 40), ((1 << 63) - 1, 7)]:
        more, of = shape_pictures.pictures(seed, first, 200)
        content = more.tobytes() + of.astype(numpy.uint8).tobytes()
        lines.append(f"{seed} {first} 200 {zlib.crc32(content)}\n")
    (TARGET / "checksums.txt").write_text("".join(lines))
    net = torch.jit.load(NET)
    with torch.no_grad():
        scores = net(torch.from_numpy(shape_pictures.normalised(images)))
    numpy.save(TARGET / "scores.npy", scores[:100].numpy())
    correct = (scores.argmax(1).numpy() == labels).sum()
    (TARGET / "correct.txt").write_text(f"{correct} of {HELD_OUT_PICTURES}\n")
