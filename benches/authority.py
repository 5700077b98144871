#!/usr/bin/env python3
"""Measures an authority under load in every mode that has a bar, in turns with a yardstick of the same machine.

    cargo build --release && python3 benches/authority.py [--rounds 5] [--seconds 4] [--only single,postgres] [--write FILE]
    python3 benches/authority.py --clausa OLD/clausa --clausa NEW/clausa     two programs in turns

A round encrypts 1 GiB with `age` and then runs `clausa bench authority` once in each mode. The bars of docs/quality.md were
set for a machine on which `age` takes 0.46 s of user time for 1 GiB, and machines (virtual ones from minute to minute) differ: so
each figure is shown as it is and as it would be there, times and rates taken in proportion to the age of the same round.
Medians; in brackets the least and the most. Load generator, authority and database share the machine, which should do nothing
else. Needs `age`; for PostgreSQL initdb, pg_ctl and psql, and root, which becomes "postgres". For 10 000 idle connections
`ulimit -n 20100` has to be possible. Exit code 1 when a bar is missed at the reference machine's pace.
"""

import argparse
import contextlib
import glob
import json
import os
import pathlib
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

AGE_SECONDS = 0.46  # of user time that `age` takes for 1 GiB on the machine for which the bars were set
PORT = 47_200
LIMITS = (
    "calls_per_account invalid_licence_per_account licence_per_account login_per_account login_per_network mail_per_address "
    "mail_per_address_day publish_per_account signup_per_network token_per_network"
).split()
FEW = ["--clients", "4", "--files", "64"]
MODES = {
    "single": [],
    "rsa": ["--suite", "rsa"],
    "singly": FEW,
    "batch": [*FEW, "--batch", "1000"],
    "postgres": [],
    "idle": ["--idle", "10000"],
}
# Mode, figure, in words, its unit, the bar, whether more is better, and how it follows the machine's pace.
BARS = [
    ("single", "processor", "processor of the authority a licence, suite 3", "µs", 500, False, "time"),
    ("rsa", "processor", "processor of the authority a licence, suite 1", "µs", 1300, False, "time"),
    ("single", "rate", "licences a second, SQLite, 64 clients", "/s", 2000, True, "rate"),
    ("single", "p99", "p99 at 64 clients, SQLite", "ms", 50, False, "time"),
    ("postgres", "rate", "licences a second, PostgreSQL, 64 clients", "/s", 1200, True, "rate"),
    ("postgres", "processor", "processor of the node a licence, PostgreSQL", "µs", None, False, "time"),
    ("postgres", "database", "processor of PostgreSQL a licence", "µs", None, False, "time"),
    ("postgres", "p99", "p99 at 64 clients, PostgreSQL", "ms", None, False, "time"),
    ("batch", "times", "a batch of 1 000 against single calls of the same clients", "x", 3, True, None),
    ("idle", "memory", "memory with 10 000 idle connections", "MiB", 512, False, None),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--only", default=",".join(MODES), help="modes, by commas")
    parser.add_argument("--clausa", type=pathlib.Path, action="append", help="given twice: both in turns")
    parser.add_argument("--folder", type=pathlib.Path, default="/var/tmp", help="where the databases are made: a disk")
    parser.add_argument("--write", type=pathlib.Path, help="every single figure, as JSON")
    options = parser.parse_args()
    root = pathlib.Path(__file__).parent.parent
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    programs = [path.resolve() for path in options.clausa or [target / "release/clausa"]]
    more = ["--seconds", str(options.seconds), "--warm-up", str(options.warm_up)]
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20_100, files[1]), files[1]))
    rounds = []
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clausa-bench-", dir=options.folder)))
        yardstick = stack.enter_context(Yardstick())
        for number in range(options.rounds):
            for program in programs:
                seen = {"program": str(program), "age": yardstick.seconds()}
                for mode in options.only.split(","):
                    if mode == "idle" and number > 0:
                        continue
                    seen[mode] = run(mode, program, folder, [*MODES[mode], *more])
                    note = {name: round(value) for name, value in seen[mode].items() if value is not None}
                    print(f"round {number + 1}, {program.name}, {mode}: {note}", file=sys.stderr, flush=True)
                if "batch" in seen and "singly" in seen:
                    seen["batch"]["times"] = seen["batch"]["rate"] / seen["singly"]["rate"]
                rounds.append(seen)
                if options.write:
                    options.write.write_text(json.dumps(rounds, indent=1))
    held = [show([seen for seen in rounds if seen["program"] == str(program)], program) for program in programs]
    sys.exit(0 if held[-1] else 1)


class Yardstick:
    """1 GiB in memory, and `age` with a key."""

    def __enter__(self):
        if not (shutil.which("age") and shutil.which("age-keygen")):
            sys.exit("age is not installed")
        room = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.temporary = tempfile.TemporaryDirectory(prefix="clausa-age-", dir=room)
        folder = pathlib.Path(self.temporary.name)
        self.key, self.plain = folder / "key", folder / "plain"
        subprocess.run(["age-keygen", "-o", self.key], check=True, stderr=subprocess.DEVNULL)
        self.recipient = subprocess.check_output(["age-keygen", "-y", self.key], text=True).strip()
        with open(self.plain, "wb") as file:
            block = os.urandom(1 << 20)
            for _ in range(1024):
                file.write(block)
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def seconds(self):
        child = subprocess.Popen(["age", "-r", self.recipient, "-o", "/dev/null", self.plain])
        return os.wait4(child.pid, 0)[2].ru_utime


def run(mode, program, folder, arguments):
    """One run of the load generator; times in µs and ms, memory in MiB."""
    if mode == "postgres":
        with Node(program, folder) as node:
            before = []
            asks = ["--at", node.origin, "--outbox", node.data / "outbox", *arguments]
            found = bench(program, asks, lambda: before.append((time.monotonic(), node.used())))
            ended, after = time.monotonic(), node.used()
        began, before = before[0]
        # From the first request on, with the warming up.
        licences = found["licences_per_second"] * (ended - began)
        each = [(late - early) * 1e6 / licences for early, late in zip(before, after)]
        more = {"processor": each[0], "database": each[1]}
    else:
        own = pathlib.Path(tempfile.mkdtemp(dir=folder))
        found = bench(program, ["--folder", own, *arguments])
        shutil.rmtree(own)
        memory = found["authority_most_memory"]
        more = {"processor": found["authority_micros_per_licence"], "memory": memory and memory / 2**20}
    latency = found["latency_micros"]
    return {"rate": found["licences_per_second"], "p50": latency["p50"] / 1e3, "p99": latency["p99"] / 1e3, **more}


def bench(program, arguments, when_it_asks=lambda: None):
    command = [program, "--json", "bench", "authority", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = []
    for line in child.stderr:
        said.append(line)
        if line.startswith("Asking"):
            when_it_asks()
    found = child.stdout.read()
    if child.wait() != 0:
        sys.exit(f"{arguments}: {''.join(said)}")
    return json.loads(found)


class Node:
    """An authority over a PostgreSQL cluster of its own, with the server's defaults: `fsync` and `synchronous_commit` on."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.data = self.folder / "authority"
        self.origin = f"http://127.0.0.1:{PORT}"
        self.programs = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])

    def __enter__(self):
        for path in [self.folder, *self.folder.parents][:2]:
            path.chmod(0o711)
        home = self.folder / "database"
        home.mkdir(mode=0o700)
        shutil.chown(home, "postgres")
        self.postgres("initdb", "-D", home / "data", "-A", "trust", "-U", "postgres")
        how = f"-p {PORT + 1} -k {home} -c listen_addresses=''"
        self.postgres("pg_ctl", "-D", home / "data", "-w", "-o", how, "-l", home / "log", "start")
        for said in ("CREATE ROLE clausa LOGIN", "CREATE DATABASE clausa OWNER clausa"):
            self.postgres("psql", "-h", home, "-p", str(PORT + 1), "-qc", said)
        self.data.mkdir(mode=0o700)
        wide = "".join(f"[limits.{name}]\nburst = 1000000\nrefill = 1000000\nseconds = 1\n\n" for name in LIMITS)
        server = "[server]\nconnections_per_network = 65535\nrequests_per_network = 65535\n"
        (self.data / "authority.toml").write_text(wide + server)
        (self.data / "authority.toml").chmod(0o600)
        url = f"postgres://clausa@{str(home).replace('/', '%2F')}:{PORT + 1}/clausa"
        listen = ["--listen", f"127.0.0.1:{PORT}", "--data", self.data, "--database", url]
        with open(self.folder / "log", "wb") as log:
            self.child = subprocess.Popen([self.program, "serve", *listen], stdout=log, stderr=log)
        until = time.monotonic() + 30
        while self.origin not in (self.folder / "log").read_text():
            if time.monotonic() > until or self.child.poll() is not None:
                sys.exit((self.folder / "log").read_text())
            time.sleep(0.05)
        self.postmaster = int((home / "data/postmaster.pid").read_text().split()[0])
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()
        home = self.folder / "database"
        self.postgres("pg_ctl", "-D", home / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def postgres(self, program, *arguments):
        command = ["runuser", "-u", "postgres", "--", self.programs / program, *arguments]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        if ran.returncode != 0:
            sys.exit(ran.stdout.decode())

    def used(self):
        """Processor seconds of the node, and of the database's processes."""
        node, database = 0, 0
        for stat in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError):
                number = int(stat.split("/")[2])
                fields = pathlib.Path(stat).read_text().rsplit(")", 1)[1].split()
                ticks = int(fields[11]) + int(fields[12])
                if number == self.child.pid:
                    node = ticks
                elif int(fields[1]) == self.postmaster:
                    database += ticks
        return node / os.sysconf("SC_CLK_TCK"), database / os.sysconf("SC_CLK_TCK")


def show(rounds, program):
    ages = [seen["age"] for seen in rounds]
    print(f"\n{program}: {len(rounds)} rounds, `age` {spread(ages, 2)} s for 1 GiB, {AGE_SECONDS} s where the bars were set\n")
    print(f"| what | bar | here | where `age` takes {AGE_SECONDS} s | |\n|---|---|---|---|---|")
    all_held = True
    for mode, name, words, unit, bar, more_is_better, follows in BARS:
        found = [(seen[mode][name], seen["age"] / AGE_SECONDS) for seen in rounds if seen.get(mode, {}).get(name) is not None]
        if not found:
            continue
        here = [value for value, _ in found]
        pace = {"time": -1, "rate": 1, None: 0}[follows]
        there = [value * slower**pace for value, slower in found]
        places = 2 if unit == "x" else 0
        verdict = ""
        if bar is not None:
            holds = [(statistics.median(values) >= bar) == more_is_better for values in (here, there)]
            all_held = all_held and holds[1]
            verdict = "held" if all(holds) else "held there, **missed** here" if holds[1] else "**missed**"
        scaled = f"{statistics.median(there):.{places}f} {unit}" if follows else ""
        limit = f"{bar} {unit}" if bar is not None else ""
        print(f"| {words} | {limit} | {spread(here, places)} {unit} | {scaled} | {verdict} |")
    return all_held


def spread(values, places):
    shown = f"{statistics.median(values):.{places}f}"
    return shown if len(values) == 1 else f"{shown} ({min(values):.{places}f} to {max(values):.{places}f})"


if __name__ == "__main__":
    main()
