"""Downloads the wheels that a requirements file pins and unpacks from them the files that it says to keep.

    fetch_wheels.py REQUIREMENTS SITE

SITE gets the layout of site-packages, so that the RPATHs inside libraries hold. It appears by one rename, complete
or not at all; a lock beside it lets one process download while others wait. Progress goes to stderr.
"""

import fcntl
import fnmatch
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

MB = 1_000_000


class Failure(Exception):
    """One line for the user."""


class Requirements:
    """A pip requirements file whose lines `#: KEY VALUE` say what pip's format can't."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            notes = [line[2:].split() for line in file if line.startswith("#:")]
        self.keep = [note[1] for note in notes if note[0] == "keep"]
        self.download_bytes, self.room_bytes = (
            next(int(note[1]) * MB for note in notes if note[0] == key) for key in ("download", "room")
        )

    def say(self, text):
        print(f"{self.name}: {text}", file=sys.stderr, flush=True)


class Progress:
    """Says how far a download is: one line rewritten on a terminal, else a line every few seconds."""

    def __init__(self, requirements):
        self.requirements = requirements
        self.terminal = sys.stderr.isatty()
        self.period = 0.5 if self.terminal else 3.0
        self.next = 0.0
        self.last = None

    def show(self, count):
        now, total = time.monotonic(), self.requirements.download_bytes
        text = f"{min(count, total) // MB} of {total // MB} MB"
        if now < self.next or text == self.last:
            return
        self.next, self.last = now + self.period, text
        if self.terminal:
            print(f"\r{self.requirements.name}: {text}", end="", file=sys.stderr, flush=True)
        else:
            self.requirements.say(text)

    def close(self):
        if self.terminal and self.last:
            print(file=sys.stderr, flush=True)


def size_of(folder):
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                pass  # pip moved it while we looked
    return total


def download(requirements, staging):
    """Lets pip download and check the wheels into the folder staging, and returns their paths."""
    wheels, unfinished = os.path.join(staging, "wheels"), os.path.join(staging, "tmp")
    os.mkdir(wheels)
    os.mkdir(unfinished)
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    # The wheels serve a C++ build: which Python asks for them must not matter.
    command += ["--implementation", "cp", "--python-version", "3.12"]
    command += ["--only-binary=:all:", "--no-deps", "--require-hashes", "--dest", wheels]
    command += ["--requirement", requirements.path]
    progress = Progress(requirements)
    with open(os.path.join(staging, "pip.log"), "w+", encoding="utf-8", errors="replace") as log:
        pip = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": unfinished}
        )
        try:
            while pip.poll() is None:
                progress.show(size_of(wheels) + size_of(unfinished))
                time.sleep(0.2)
        finally:
            progress.close()
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
        if pip.returncode != 0:
            log.seek(0)
            raise Failure(f"pip could not download it: {cause_in(log.read())}")
    return sorted(glob.glob(os.path.join(glob.escape(wheels), "*.whl")))


def cause_in(pip_output):
    """The line of pip's output that says most: a warning about the network, else the first error."""
    lines = [line.strip() for line in pip_output.splitlines() if line.strip()]
    for line in lines:
        broken = re.search(r"connection broken by '(.*)'", line)
        if broken:
            return re.sub(r"<[^>]*>: ", "", broken[1])
    errors = [line for line in lines if "ERROR:" in line or "Error:" in line]
    return (errors or lines[-1:] or ["it said nothing"])[0]


def unpack(requirements, wheels, site):
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                name = entry.filename
                if entry.is_dir() or not any(fnmatch.fnmatchcase(name, pattern) for pattern in requirements.keep):
                    continue
                path = archive.extract(entry, site)
                if entry.external_attr >> 16 & 0o100:
                    os.chmod(path, os.stat(path).st_mode | 0o111)
        os.remove(wheel)  # keeps the peak of disk use low


def fetch(requirements, site):
    parent = os.path.dirname(site)
    os.makedirs(parent, exist_ok=True)
    with open(os.path.join(parent, ".lock"), "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            requirements.say("another process is downloading it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(site):
            return
        for stale in glob.glob(os.path.join(glob.escape(parent), ".staging-*")):
            shutil.rmtree(stale, ignore_errors=True)
        free = shutil.disk_usage(parent).free
        if free < requirements.room_bytes:
            raise Failure(
                f"{parent} has {free // MB} MB free, {requirements.room_bytes // MB} MB are needed"
                " (set NARTHEX_CACHE to a folder with more)"
            )
        staging = tempfile.mkdtemp(prefix=".staging-", dir=parent)
        try:
            requirements.say(f"downloading {requirements.download_bytes // MB} MB, once for this user, to {site}")
            wheels = download(requirements, staging)
            requirements.say("unpacking")
            unpacked = os.path.join(staging, "site")
            unpack(requirements, wheels, unpacked)
            os.sync()
            os.rename(unpacked, site)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def stop(number, _):
    sys.exit(128 + number)  # runs the finally blocks


def main():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)
    path, site = sys.argv[1:]
    requirements = Requirements(path)
    try:
        fetch(requirements, site)
    except (Failure, OSError, zipfile.BadZipFile) as failure:
        requirements.say(failure)
        sys.exit(1)


main()
