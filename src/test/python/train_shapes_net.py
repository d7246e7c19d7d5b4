"""Trains the built-in shapes-net and writes its weights; then run make_shapes_fixtures.py.

Run from anywhere:  python src/test/python/train_shapes_net.py
Takes about 5 minutes on one core. Made with torch 2.15.0. The pictures are the same each time; the
weights that come out may differ in their last bits between machines, and so the accuracy a little:
96.65 % of the held-out pictures, when it was run.
"""

import pathlib
import time

import numpy
import torch
from torch import nn

import shape_pictures
from shapes_net import ShapesNet

MAIN = pathlib.Path(__file__).resolve().parents[2] / "main" / "resources" / "io" / "github" / "narthex" / "models"

TRAINING_SEED = 1
TRAINING_PICTURES = 40_000
HELD_OUT_SEED = 2
HELD_OUT_PICTURES = 2_000
EPOCHS = 10
BATCH = 100
LEARNING_RATE = 4e-3


def data(seed, count, chunk=500):
    parts = [shape_pictures.pictures(seed, first, chunk) for first in range(0, count, chunk)]
    images = numpy.concatenate([images for images, _ in parts])
    labels = numpy.concatenate([labels for _, labels in parts])
    return torch.from_numpy(images), torch.from_numpy(labels)


def inputs(images):
    return torch.from_numpy(shape_pictures.normalised(images.numpy()))


def flipped(images):
    """Mirrored pictures show the same shapes."""
    images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)
    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.transpose(2, 3), images)


def train(model, images, labels, held_out):
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    start = time.time()
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(images)).split(BATCH):
            x = inputs(flipped(images[batch])).contiguous(memory_format=torch.channels_last)
            loss = nn.functional.cross_entropy(model(x), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        accuracy = correct(model.eval(), *held_out) / len(held_out[1])
        print(f"epoch {epoch}: loss {total / len(images):.3f}, held out {accuracy:.4f}, {time.time() - start:.0f} s", flush=True)


def correct(model, images, labels):
    with torch.no_grad():
        scores = torch.cat([model(inputs(part)) for part in images.split(500)])
    return (scores.argmax(1) == labels).sum().item()


def save(model, path):
    """Without what torch.jit.save says about this script and where it lay."""
    passing = path.with_suffix(".passing")
    torch.jit.trace(model, torch.zeros(1, 3, 32, 32)).save(passing)
    reader = torch._C.PyTorchFileReader(str(passing))
    writer = torch._C.PyTorchFileWriter(str(path))
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in ("version", "byteorder", ".data/serialization_id"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    passing.unlink()


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(3)
    held_out = data(HELD_OUT_SEED, HELD_OUT_PICTURES)
    images, labels = data(TRAINING_SEED, TRAINING_PICTURES)
    model = ShapesNet().to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    train(model, images, labels, held_out)
    model = model.eval().to(memory_format=torch.contiguous_format)
    MAIN.mkdir(parents=True, exist_ok=True)
    save(model, MAIN / "shapes-net.pt")
