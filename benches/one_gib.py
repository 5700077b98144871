#!/usr/bin/env python3
"""Protects and opens one large file through the program, and says what that cost.

    cargo build --release && python3 benches/one_gib.py [--mib 1024] [--rounds 5] [--folder /tmp]

Starts an authority of its own in a temporary folder, signs somebody up there, and measures `clausa protect` and
`clausa unprotect`: wall time, processor time and the largest memory of the process. Where `age` and `cp` are
installed they do the same work on the same file. The commands take turns, round by round, so that a busy moment of the
machine hits them alike; printed are the medians and the ratios of the medians. Everything is removed at the end.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--mib", type=int, default=1024)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--folder", default=None, help="where the files go; a memory file system shows the program alone")
parser.add_argument("--clausa", default=str(pathlib.Path(__file__).parent.parent / "target/release/clausa"))
options = parser.parse_args()

# name -> one (wall seconds, user seconds, system seconds, memory in KiB) for each round
figures = {}


def measure(name, command, **more):
    begun, memory = time.monotonic(), 0
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, **more)
    while True:
        ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        if ended:
            break
        # Not `ru_maxrss`: that still counts this interpreter, from before the command took its place.
        with open(f"/proc/{child.pid}/status") as file:
            peak = re.search(r"VmHWM:\s+(\d+)", file.read())
        memory = max(memory, int(peak[1])) if peak else memory
        time.sleep(0.002)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{name} failed with {child.returncode}")
    wall = time.monotonic() - begun
    figures.setdefault(name, []).append((wall, usage.ru_utime, usage.ru_stime, memory))


def report():
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    for name, (wall, user, system, memory) in medians.items():
        print(
            f"{name:<17} wall {wall:6.2f} s   user {user:6.2f} s   system {system:6.2f} s   "
            f"memory {memory / 1024:6.1f} MiB"
        )
    for ours, theirs, column, what in (
        ("clausa protect", "cp", 0, "wall"),
        ("clausa unprotect", "cp", 0, "wall"),
        ("clausa protect", "age encrypt", 1, "user"),
        ("clausa unprotect", "age decrypt", 1, "user"),
    ):
        if ours in medians and theirs in medians and medians[theirs][column]:
            print(f"{ours} / {theirs}, {what}: {medians[ours][column] / medians[theirs][column]:.2f}")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


with tempfile.TemporaryDirectory(dir=options.folder) as name:
    folder = pathlib.Path(name)
    environment = {**os.environ, "CLAUSA_PROFILE": str(folder / "profile"), "CLAUSA_KEYRING": "file"}
    authority = subprocess.Popen(
        [options.clausa, "serve", "--data", str(folder / "authority")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        origin = next(match[0] for line in authority.stdout if (match := re.search(r"http://\S+", line)))
        signup = [options.clausa, "--authority", origin, "signup", "janet@contoso.example"]
        quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*signup, "--no-wait"], check=True, **quiet)
        outbox = folder / "authority/outbox"
        for _ in range(200):
            mails = list(outbox.glob("*.eml")) if outbox.exists() else []
            if mails:
                break
            time.sleep(0.05)
        code = re.search(r"^\D*(\d{4}) ?(\d{4})\s*$", mails[0].read_text(), re.MULTILINE)
        subprocess.run(
            [options.clausa, "signup", "--resume"], input=f"{code[1]}{code[2]}\n", text=True, check=True, **quiet
        )

        plain = folder / "plain"
        with open(plain, "wb") as file:
            for _ in range(options.mib):
                file.write(os.urandom(1 << 20))
        print(f"{options.mib} MiB, {os.cpu_count()} processors, in {folder.parent}")
        protected, back, sealed = f"{plain}.clausa", folder / "back", str(folder / "plain.age")
        with_age = bool(shutil.which("age") and shutil.which("age-keygen"))
        if with_age:
            subprocess.run(["age-keygen", "-o", str(folder / "key")], check=True, stderr=subprocess.DEVNULL)
            recipient = subprocess.check_output(["age-keygen", "-y", str(folder / "key")], text=True).strip()
        else:
            print("age is not installed: not compared")
        for _ in range(options.rounds):
            if shutil.which("cp"):
                measure("cp", ["cp", str(plain), str(folder / "copy")])
                (folder / "copy").unlink()
            measure("clausa protect", [options.clausa, "protect", "--level", "only-me", str(plain)], env=environment)
            if with_age:
                measure("age encrypt", ["age", "-r", recipient, "-o", sealed, str(plain)])
            measure(
                "clausa unprotect", [options.clausa, "unprotect", protected, "-o", str(back)], env=environment
            )
            if digest(plain) != digest(back):
                raise SystemExit("the content came back changed")
            back.unlink()
            os.unlink(protected)
            if with_age:
                measure("age decrypt", ["age", "-d", "-i", str(folder / "key"), "-o", str(back), sealed])
                back.unlink()
                os.unlink(sealed)
        report()
    finally:
        authority.terminate()
        authority.wait()
