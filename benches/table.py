#!/usr/bin/env python3
"""Prints what Criterion measured last as a table, and how the portable backend compares with AWS-LC.

    cargo bench -p clausa-benches && python3 benches/table.py

Reads target/criterion (or $CARGO_TARGET_DIR/criterion). Figures are medians.
"""

import json
import os
import pathlib

root = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pathlib.Path(__file__).parent.parent / "target")) / "criterion"


def written(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


rows = []
for path in root.glob("**/new/benchmark.json"):
    what = json.loads(path.read_text())
    median = json.loads(path.with_name("estimates.json").read_text())["median"]["point_estimate"]
    amount = (what.get("throughput") or {}).get("Bytes")
    names = [what["group_id"], what["function_id"], what["value_str"]]
    rows.append(([name for name in names if name], median, amount))


def order(row):
    return [(len(name), name) if name.isdigit() else (0, name) for name in row[0]]


print("| what | time | throughput |\n|---|---|---|")
backends = {}
for names, median, amount in sorted(rows, key=order):
    if names[0].startswith("backend "):
        backends.setdefault(names[0].removeprefix("backend "), {})[names[1]] = median
        continue
    rate = f"{amount / median * 1e9 / (1 << 30):.2f} GiB/s" if amount else ""
    print(f"| {', '.join(names)} | {written(median)} | {rate} |")

print("\n| primitive | AWS-LC | portable | ratio |\n|---|---|---|---|")
for name, of in sorted(backends.items()):
    if len(of) == 2:
        ratio = of["portable"] / of["aws-lc"]
        print(f"| {name} | {written(of['aws-lc'])} | {written(of['portable'])} | {ratio:.1f} |")
