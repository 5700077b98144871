#!/usr/bin/env python3
"""Kills the nodes of an authority, and its database, while people sign up; then looks for what was lost or came twice.

    cargo build --release && python3 benches/nodes.py [--seconds 600] [--people 16]

Three nodes (`clausa serve`) share a PostgreSQL that this program makes in a temporary folder. Every two to four seconds a
node is killed (-9) and started again, or the database is stopped the hard way and comes back within a second. People sign
up from end to end, go to any node, and try again when they get no answer or a 5xx. At the end everybody who was told
"done" must have one account, nobody else may have one, and no tenant's log may have a gap. Exit code 1 otherwise.
Needs initdb, pg_ctl, psql and runuser; run as root, because PostgreSQL refuses to run as root and becomes "postgres".
"""

import argparse
import base64
import glob
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=int, default=600)
parser.add_argument("--people", type=int, default=16, help="sign-ups under way at the same time")
parser.add_argument("--clausa", default=str(pathlib.Path(__file__).parent.parent / "target/release/clausa"))
options = parser.parse_args()

PROGRAMS = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="clausa-nodes-"))
PORT = 47100
HOST = f"127.0.0.1:{PORT}"
CONFIGURATION = """[limits]
signup_per_network = { burst = 1000000, refill = 1000000, seconds = 60 }
token_per_network = { burst = 1000000, refill = 1000000, seconds = 60 }
"""


def postgres(program, *arguments):
    command = ["runuser", "-u", "postgres", "--", PROGRAMS / program, *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(command, **quiet, check=False)


def start_database():
    postgres("pg_ctl", "-D", FOLDER / "data", "-w", "-l", FOLDER / "log", "start")


def stop_database():
    postgres("pg_ctl", "-D", FOLDER / "data", "-w", "-m", "immediate", "stop")


def sql(statement, database="clausa"):
    command = ["psql", "-XqAt", "-h", FOLDER, "-U", "postgres", database, "-c", statement]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def make_database():
    subprocess.run(["chown", "postgres", FOLDER], check=True)
    FOLDER.chmod(0o755)
    postgres("initdb", "-D", FOLDER / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    with open(FOLDER / "data/postgresql.conf", "a") as file:
        file.write(f"unix_socket_directories = '{FOLDER}'\nlisten_addresses = ''\n")
    start_database()
    sql("CREATE ROLE clausa LOGIN", "postgres")
    sql("CREATE DATABASE clausa OWNER clausa", "postgres")


def serve(index):
    database = f"postgres://clausa@{str(FOLDER).replace('/', '%2F')}/clausa"
    command = [options.clausa, "serve", "--data", FOLDER / f"node{index}", "--database", database]
    command += ["--origin", f"http://{HOST}", "--listen", f"127.0.0.1:{PORT + index}"]
    with open(FOLDER / f"node{index}.log", "a") as log:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)


def start_nodes():
    nodes = []
    for index in range(3):
        folder = FOLDER / f"node{index}"
        folder.mkdir(mode=0o700)
        (folder / "authority.toml").write_text(CONFIGURATION)
        if index > 0:
            shutil.copytree(FOLDER / "node0/keys", folder / "keys")
        nodes.append(serve(index))
        time.sleep(4)
    return nodes


class Run:
    def __init__(self):
        self.lock = threading.Lock()
        self.done = []
        self.failed = []
        self.retries = 0
        self.until = time.time() + options.seconds

    def post(self, path, body):
        """Any node's answer; a person tries again for 40 seconds."""
        end = time.time() + 40
        while time.time() < end:
            connection = http.client.HTTPConnection("127.0.0.1", PORT + random.randrange(3), timeout=15)
            try:
                headers = {"Host": HOST, "Content-Type": "application/json"}
                connection.request("POST", path, json.dumps(body), headers)
                response = connection.getresponse()
                data = response.read()
                if response.status < 500:
                    return response.status, json.loads(data)
            except (OSError, http.client.HTTPException, ValueError):
                pass
            finally:
                connection.close()
            with self.lock:
                self.retries += 1
            time.sleep(0.2)
        return None, None

    def sign_up(self, number):
        address, verifier = f"p{number}@organisation{number % 7}.example", os.urandom(32)
        challenge = encoded(hashlib.sha256(verifier).digest())
        status, begun = self.post("/v1/signups", {"address": address, "challenge": challenge})
        if status != 201:
            return f"{address}: not begun ({status})"
        path, claim = f"/v1/signups/{begun['id']}", {"verifier": encoded(verifier)}
        # A mail that a node took and was killed with is sent by another one when its lease of a minute is over.
        end = time.time() + 150
        while time.time() < end:
            for code in mailed(address):
                self.post(f"{path}/proof", {**claim, "code": code})
            status, state = self.post(f"{path}/state", claim)
            if status == 200 and state["next"]["step"] != "mail-proof":
                break
            time.sleep(0.3)
        else:
            return f"{address}: not proven ({status})"
        status, state = self.post(f"{path}/profile", {**claim, "first_name": "Pat"})
        if status != 200:
            # Its answer may have been lost: the sign-up knows its step.
            status, state = self.post(f"{path}/state", claim)
        if status != 200 or state["next"]["step"] != "done":
            return f"{address}: not finished ({status})"
        with self.lock:
            self.done.append(address)
        return None

    def person(self, number):
        while time.time() < self.until:
            failure = self.sign_up(number)
            if failure:
                with self.lock:
                    self.failed.append(failure)
            number += options.people


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mailed(address):
    for file in FOLDER.glob("node*/outbox/*.eml"):
        text = file.read_text(errors="replace")
        if address in text:
            for code in re.findall(r"\b(\d{4})[ \u00a0](\d{4})\b", text)[:1]:
                yield "".join(code)


def trouble(nodes, until):
    kills = crashes = 0
    while time.time() < until - 5:
        time.sleep(random.uniform(2, 4))
        if random.random() < 0.5:
            index = random.randrange(3)
            nodes[index].send_signal(signal.SIGKILL)
            nodes[index].wait()
            nodes[index] = serve(index)
            kills += 1
        else:
            stop_database()
            time.sleep(random.uniform(0, 1))
            start_database()
            crashes += 1
    return kills, crashes


def main():
    make_database()
    nodes = start_nodes()
    run = Run()
    people = [threading.Thread(target=run.person, args=(number,)) for number in range(options.people)]
    for person in people:
        person.start()
    kills, crashes = trouble(nodes, run.until)
    for person in people:
        person.join()
    stored = sql("SELECT address FROM addresses").splitlines()
    accounts = int(sql("SELECT COUNT(*) FROM accounts"))
    entries = int(sql("SELECT COUNT(*) FROM log WHERE request = 'SignUp'"))
    gaps = int(sql("SELECT COUNT(*) FROM (SELECT 1 FROM log GROUP BY tenant "
                   "HAVING MAX(sequence) <> COUNT(*) OR MIN(sequence) <> 1) AS gaps"))
    domains = sql("SELECT COUNT(*) || ' ' || COUNT(DISTINCT tenant) FROM domains")
    lost, untold = set(run.done) - set(stored), set(stored) - set(run.done)
    print(f"{len(run.done)} sign-ups, {run.retries} calls tried again, {kills} nodes killed, {crashes} crashes of the database")
    print(f"lost: {len(lost)}; accounts without a sign-up that was told: {len(untold)}; gave up: {len(run.failed)}")
    print(f"accounts: {accounts}; their log entries: {entries}; domains and tenants: {domains}; logs with gaps: {gaps}")
    print(*run.failed[:10], sep="\n")
    for node in nodes:
        node.kill()
    stop_database()
    shutil.rmtree(FOLDER, ignore_errors=True)
    same = len(run.done) == len(set(run.done)) == accounts == entries
    return 0 if same and not lost and not untold and not gaps and not run.failed and len(set(domains.split())) == 1 else 1


sys.exit(main())
