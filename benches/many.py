#!/usr/bin/env python3
"""Protects many small files in one call of the program, and says what one of them costs.

    cargo build --release && python3 benches/many.py [--files 10000] [--bytes 4096] [--rounds 3] [--folder /dev/shm]

For the hybrid suite (3) and P-256 (2): starts an authority of its own in a temporary folder, signs somebody up there, and
measures `clausa protect FILE… -o DIR` beside `cp -r`, round by round in turns. Printed for each are the medians: time by
the clock, and user and system time of the client process as the kernel counts them, all for one file. What the
authority spends on registering a file is told beside, and so is the cost without a network. Everything is removed.
"""

import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--files", type=int, default=10_000)
parser.add_argument("--bytes", type=int, default=4_096)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--folder", default=None, help="where the files go; a memory file system shows the program alone")
parser.add_argument("--clausa", default=str(pathlib.Path(__file__).parent.parent / "target/release/clausa"))
options = parser.parse_args()
TICK = os.sysconf("SC_CLK_TCK")


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Figures:
    def __init__(self):
        self.rows = {}

    def measure(self, name, command, authority=None, **more):
        before = processor_time(authority.pid) if authority else 0
        begun = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, **more)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{name} failed with {child.returncode}")
        spent = processor_time(authority.pid) - before if authority else 0
        self.rows.setdefault(name, []).append((wall, usage.ru_utime, usage.ru_stime, spent))

    def report(self, title):
        print(f"{title}: µs a file, medians of {options.rounds}")
        for name, rows in self.rows.items():
            wall, user, system, spent = (statistics.median(column) / options.files * 1e6 for column in zip(*rows))
            told = f"   authority {spent:6.1f}" if spent else ""
            print(f"  {name:<24} processor {user + system:6.1f} = user {user:6.1f} + system {system:6.1f}   wall {wall:6.1f}{told}")


def sign_up(clausa, folder, environment, origin):
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [clausa, "--authority", origin, "signup", "janet@contoso.example", "--no-wait"], check=True, **quiet
    )
    outbox = folder / "authority/outbox"
    mails = []
    while not mails:
        time.sleep(0.05)
        mails = list(outbox.glob("*.eml")) if outbox.exists() else []
    code = re.search(r"^\D*(\d{4}) ?(\d{4})\s*$", mails[0].read_text(), re.MULTILINE)
    subprocess.run([clausa, "signup", "--resume"], input=f"{code[1]}{code[2]}\n", text=True, check=True, **quiet)


def run(suite, title):
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        environment = {**os.environ, "CLAUSA_PROFILE": str(folder / "profile"), "CLAUSA_KEYRING": "file"}
        (folder / "authority").mkdir(mode=0o700)
        settings = f'[keys]\nsuite = "{suite}"\n[limits]\n'
        settings += "publish_per_account = { burst = 10000000, refill = 1000, seconds = 1 }\n"
        (folder / "authority/authority.toml").write_text(settings)
        authority = subprocess.Popen(
            [options.clausa, "serve", "--data", str(folder / "authority")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            origin = next(match[0] for line in authority.stdout if (match := re.search(r"http://\S+", line)))
            sign_up(options.clausa, folder, environment, origin)
            plain = folder / "plain"
            plain.mkdir()
            for number in range(options.files):
                (plain / f"{number:06}.txt").write_bytes(os.urandom(options.bytes))
            names = [str(path) for path in sorted(plain.iterdir())]
            protect = [options.clausa, "--quiet", "protect", "--level", "only-me", *names, "-o"]
            figures = Figures()
            def protected(name, **more):
                out = folder / "out"
                out.mkdir()
                figures.measure(name, [*protect, str(out)], env=environment, **more)
                if len(list(out.iterdir())) != options.files:
                    raise SystemExit("some files are missing")
                shutil.rmtree(out)

            for _ in range(options.rounds):
                figures.measure("cp -r", ["cp", "-r", str(plain), str(folder / "copy")])
                shutil.rmtree(folder / "copy")
                protected("clausa protect", authority=authority)
            authority.terminate()
            authority.wait()
            for _ in range(options.rounds):
                protected("without a network")
                shutil.rmtree(folder / "profile/registrations")
            figures.report(title)
        finally:
            authority.terminate()
            authority.wait()


print(f"{options.files} files of {options.bytes} bytes, {os.cpu_count()} processors, in {options.folder or tempfile.gettempdir()}")
run("hybrid", "suite 3, ML-KEM-768 + X25519")
run("p256", "suite 2, P-256")
