"""What is said on standard error while it goes on, and how it ends."""

import sys
import time

STAGES = ["import", "load", "reference", "export", "compile", "verify"]

# Exit codes by the kind of a failure; those that narthex has for the same.
EXIT = {"usage": 2, "source": 3, "input": 3, "torch": 4, "export": 5, "compile": 5, "accuracy": 5, "machine": 6, "output": 7}


class Failure(Exception):
    """What ends the program by one line. `kind` is a key of EXIT."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def say(text):
    print("narthex-export:", " ".join(str(text).split()), file=sys.stderr, flush=True)


def in_one_line(error):
    """The line of a message that says what is wrong; TorchScript's are tracebacks, of which it is the last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1] if "TorchScript interpreter" in lines[0] else f"{type(error).__name__}: {lines[0]}"


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
