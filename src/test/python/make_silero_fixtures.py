"""Makes src/test/resources/silero/: sound, and what the model in the package silero-vad says of it, chunk by chunk.

Run from anywhere:  python src/test/python/make_silero_fixtures.py "$(bin/build/silero-vad)"
Made with torch 2.15.0, numpy 2.4.6 and silero-vad 6.2.3. Tests read the files; they never run this script.
"""

import pathlib
import sys

import numpy as np
import torch

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "silero"
CHUNKS = 32
FORMANTS = [(700, 80), (1200, 90), (2600, 120)]  # centre and width in Hz: about an "ah"


def vowel(rate, count):
    """A sung vowel that comes and goes, with some noise: for the model, now speech and now not."""
    t = np.arange(count) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 2.5 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    sound = np.zeros(count)
    for harmonic in range(1, 30):
        frequency = pitch * harmonic
        amplitude = sum(1 / (1 + ((frequency - c) / w) ** 2) for c, w in FORMANTS)
        sound += amplitude * np.sin(harmonic * phase)
    loudness = np.clip(np.sin(2 * np.pi * 1.3 * t), 0, 1)
    noise = 0.002 * np.random.default_rng(1).standard_normal(count)
    return (0.05 * sound * loudness + noise).astype("float32")


def main():
    TARGET.mkdir(exist_ok=True)
    model = torch.jit.load(sys.argv[1])
    for rate, size in ((16000, 512), (8000, 256)):
        sound = vowel(rate, CHUNKS * size).reshape(CHUNKS, size)
        model.reset_states()
        with torch.no_grad():
            said = [model(torch.from_numpy(chunk)[None], rate).item() for chunk in sound]
        np.save(TARGET / f"{rate}.input.npy", sound)
        np.save(TARGET / f"{rate}.output.npy", np.array(said, dtype="float32"))
        print(rate, np.round(said, 3))


main()
