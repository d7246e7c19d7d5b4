"""What is said on standard error while it goes on, and how it ends."""

import sys
import time

STAGES = ["import", "load", "reference", "export", "compile", "verify"]

# Exit codes by the kind of a failure; those that narthex has for the same.
EXIT = {"usage": 2, "source": 3, "torch": 4, "export": 5, "compile": 5, "accuracy": 5, "machine": 6, "output": 7}


class Failure(Exception):
    """What ends the program by one line. `kind` is a key of EXIT."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def say(text):
    print("narthex-export:", " ".join(str(text).split()), file=sys.stderr, flush=True)


def first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


class Stages:
    """Says which stage begins, and knows how long each took."""

    def __init__(self):
        self.seconds = {}
        self.current = None
        self.since = 0.0

    def begin(self, stage, detail=""):
        self.end()
        self.current, self.since = stage, time.perf_counter()
        say(f"stage {STAGES.index(stage) + 1}/{len(STAGES)} {stage} {detail}")

    def end(self):
        if self.current:
            self.seconds[self.current] = round(time.perf_counter() - self.since, 3)
            self.current = None
