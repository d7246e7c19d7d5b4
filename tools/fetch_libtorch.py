"""Downloads the wheels that a pip requirements file pins and unpacks from them what a CPU build needs.

    fetch_libtorch.py REQUIREMENTS SITE

SITE keeps the layout of site-packages (torch/lib, nvidia/cu13/lib), so that the RPATHs inside the libraries hold.
It appears by one rename, complete or not at all; a lock beside it lets one process download and the others wait.
"""

import fcntl
import fnmatch
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

# Everything else in the wheels serves CUDA or Python.
KEEP = (
    "torch/include/*",
    "torch/share/cmake/*",
    "torch/version.py",
    "torch/lib/libc10.so",
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libgomp*.so*",
    "nvidia/*/lib/libcudart.so.*",
    "nvidia/*/lib/libcupti.so.*",
    "*.dist-info/METADATA",
    "*.dist-info/licenses/*",
)
DOWNLOAD_BYTES = 554_000_000
NEEDED_BYTES = 1_250_000_000
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


class Failure(Exception):
    """One line for the user."""


class Progress:
    """Says how far it is: one line rewritten on a terminal, else a line every few seconds."""

    def __init__(self, total):
        self.total = total
        self.terminal = sys.stderr.isatty()
        self.period = 0.5 if self.terminal else 5.0
        self.next = 0.0
        self.last = -1

    def show(self, count):
        now = time.monotonic()
        if now < self.next or count == self.last:
            return
        self.next, self.last = now + self.period, count
        text = f"libtorch: {min(count, self.total) // 1_000_000} of {self.total // 1_000_000} MB"
        print(f"\r{text}" if self.terminal else text, end="" if self.terminal else "\n", file=sys.stderr, flush=True)

    def close(self):
        if self.terminal and self.last >= 0:
            print(file=sys.stderr, flush=True)


def say(text):
    print(f"libtorch: {text}", file=sys.stderr, flush=True)


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
    """Lets pip download and check the wheels into staging/wheels."""
    wheels, unfinished = os.path.join(staging, "wheels"), os.path.join(staging, "tmp")
    os.mkdir(wheels)
    os.mkdir(unfinished)
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--implementation", "cp"]
    command += ["--python-version", "3.12", "--abi", "cp312", "--abi", "none", "--dest", wheels]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    command += ["--requirement", requirements]
    progress = Progress(DOWNLOAD_BYTES)
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
    return sorted(glob.glob(os.path.join(wheels, "*.whl")))


def cause_in(pip_output):
    """The line that says most: the last warning or error before pip's closing words about hashes or versions."""
    lines = [line.strip() for line in pip_output.splitlines() if line.strip()]
    for mark in ("NewConnectionError", "ConnectTimeoutError", "ProxyError", "SSLError", "No space left"):
        for line in lines:
            if mark in line:
                return line
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["no output"]
    return errors[0]


def unpack(wheels, site):
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if not name.endswith("/") and any(fnmatch.fnmatchcase(name, pattern) for pattern in KEEP):
                    archive.extract(name, site)
        os.remove(wheel)  # keeps the peak of disk use low


def fetch(requirements, site):
    parent = os.path.dirname(site)
    os.makedirs(parent, exist_ok=True)
    with open(os.path.join(parent, ".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is downloading it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(site):
            return
        for stale in glob.glob(os.path.join(glob.escape(parent), ".staging-*")):
            shutil.rmtree(stale, ignore_errors=True)
        free = shutil.disk_usage(parent).free
        if free < NEEDED_BYTES:
            raise Failure(
                f"{parent} has {free // 1_000_000} MB free, {NEEDED_BYTES // 1_000_000} MB are needed"
                " (NARTHEX_CACHE names another folder)"
            )
        staging = tempfile.mkdtemp(prefix=".staging-", dir=parent)
        try:
            say(f"downloading {DOWNLOAD_BYTES // 1_000_000} MB, once for this user, to {site}")
            wheels = download(requirements, staging)
            say("unpacking")
            unpacked = os.path.join(staging, "site")
            unpack(wheels, unpacked)
            os.sync()
            os.rename(unpacked, site)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def main():
    def stop(number, _):
        sys.exit(128 + number)  # runs the finally blocks

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    signal.signal(signal.SIGINT, stop)
    requirements, site = sys.argv[1:]
    try:
        fetch(requirements, site)
    except (Failure, OSError) as failure:
        say(failure)
        sys.exit(1)


main()
