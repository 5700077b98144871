#!/usr/bin/env python3
"""Fills the SQLite database of an authority that `clausa bench authority --folder DIR` has made, so that the bench can be
run again on a large one. It writes rows behind the authority's back: stop the authority first, and use the folder for nothing
else afterwards.

    python3 benches/fill.py --folder DIR --tenants 10000 --accounts 1000000 --log 10000000

New rows are copies of rows that are there, under other keys, so that they are as long as real ones. Tenants, accounts,
addresses, devices, sessions and tokens are made for all; licences and log rows are spread evenly over the tenants. Their logs
say that they are in signed trees already, which they are not: the sequencer of a real authority would have put them there.
"""

import argparse
import hashlib
import pathlib
import sqlite3
import time


def key(kind, number, size):
    """Bytes that are the same each time, and grow with the number: rows in the order of their keys are quickly put in."""
    return number.to_bytes(6, "big") + hashlib.sha256(f"{kind} {number}".encode()).digest()[: size - 6]


class Filler:
    def __init__(self, database):
        self.database = database

    def copies(self, table, count, change):
        """Puts `count` copies of the table's first row in; `change(number)` gives the columns that differ."""
        names = [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]
        first = self.database.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
        if first is None:
            raise SystemExit(f"{table} is empty: run the bench on this folder first")
        statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"
        template = dict(zip(names, first))
        began = time.monotonic()

        def rows():
            for number in range(count):
                yield tuple({**template, **change(number)}.values())

        self.database.executemany(statement, rows())
        self.database.commit()
        print(f"{table}: {count} rows in {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--log", type=int, default=10_000_000, help="rows of the log, and as many licences")
    options = parser.parse_args()
    database = sqlite3.connect(options.folder / "authority.db")
    # The folder is for measuring: what is lost with the power is made again.
    for pragma in ("journal_mode = WAL", "synchronous = OFF", "cache_size = -1048576", "foreign_keys = OFF"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    fill = Filler(database)
    each, per_log = options.accounts // options.tenants, options.log // options.tenants

    def tenant(number):
        return key("tenant", number, 16)

    def whose(number):
        return {"tenant": tenant(number // each), "account": key("account", number, 16)}

    fill.copies("tenants", options.tenants, lambda n: {"tenant": tenant(n)})
    fill.copies("domains", options.tenants, lambda n: {"tenant": tenant(n), "domain": f"filled-{n}.example"})
    fill.copies("tenant_keys", options.tenants * 5, lambda n: {"tenant": tenant(n // 5), "kid": key("kid", n, 8)})
    fill.copies("accounts", options.accounts, whose)
    fill.copies("addresses", options.accounts, lambda n: {**whose(n), "address": f"p{n}@filled-{n // each}.example"})
    fill.copies("devices", options.accounts, lambda n: {**whose(n), "thumbprint": key("device", n, 32)})
    session = lambda n: {"session": key("session", n, 16)}
    fill.copies("sessions", options.accounts, lambda n: {**whose(n), **session(n), "bound_key": key("device", n, 32)})
    fill.copies("access_tokens", options.accounts, lambda n: {**session(n), "token": key("access", n, 32)})
    fill.copies("refresh_tokens", options.accounts, lambda n: {**session(n), "token": key("refresh", n, 32)})
    fill.copies("limits", options.accounts, lambda n: {"bucket": f"licence:{key('account', n, 16).hex()}"})
    # Ten licences a file.
    files = max(per_log // 10, 1)
    content = lambda n: {"tenant": tenant(n // files), "content": key("content", n, 16)}
    fill.copies("contents", options.tenants * files, content)

    def event(number):
        """The licence, or the log row, that bears this number."""
        of, place = divmod(number, per_log)
        account = key("account", of * each + place % each, 16)
        return {"tenant": tenant(of), "account": account, "content": key("content", of * files + place % files, 16)}

    fill.copies("licences", options.log, lambda n: {**event(n), "licence": key("licence", n, 16)})
    fill.copies("log_heads", options.tenants, lambda n: {"tenant": tenant(n), "length": per_log})
    grown = "INSERT INTO log_trees (tenant, size, checkpoint, signed_at, detached) VALUES (?, ?, 'filled', 0, 0)"
    database.executemany(grown, ((tenant(n), per_log) for n in range(options.tenants)))
    fill.copies("log", options.log, lambda n: {**event(n), "sequence": n % per_log + 1, "owner_account": event(n)["account"]})
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.execute("PRAGMA optimize").fetchall()
    size = (options.folder / "authority.db").stat().st_size
    print(f"the database has {size / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
