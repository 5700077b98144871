#!/usr/bin/env python3
"""A second decoder of Clausa's protected files.

    decode.py check PATH…                       compare with test vectors: files, or folders of them
    decode.py agree                             compare with a stream of vectors on standard input (see README.md)
    decode.py open FILE --identity LINES        write the content to standard output, or to --output
"""

import argparse
import sys
import time
from pathlib import Path

import agree
import vectors
from licence import Refused
from grammar import rights_text
from reader import open_file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    check_ = commands.add_parser("check")
    check_.add_argument("paths", nargs="+", type=Path)
    commands.add_parser("agree")
    open_ = commands.add_parser("open")
    open_.add_argument("file", type=Path)
    open_.add_argument("--identity", type=Path, required=True, help="lines as in the header of a test vector")
    open_.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "check":
        return check(arguments.paths)
    return agree.main() if arguments.command == "agree" else show(arguments)


def check(paths):
    found = [sorted(path.rglob("*")) if path.is_dir() else [path] for path in paths]
    files = [file for group in found for file in group if file.is_file() and file.name != "README.md"]
    wrong = 0
    for file in files:
        try:
            _, difference = vectors.disagreement(file.read_bytes())
        except vectors.BadVector as error:
            difference = str(error)
        if difference:
            wrong += 1
            print(f"{file}: {difference}")
    print(f"{len(files)} vectors, {wrong} disagreements")
    return 1 if wrong or not files else 0


def show(arguments):
    lines = vectors.lines_of(arguments.identity.read_bytes().partition(b"\n\n")[0].decode().strip())
    reader = vectors.reader_of({"now": int(time.time()), **lines})
    try:
        opened = open_file(arguments.file.read_bytes(), reader)
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    sealer = opened.seal.grant or opened.licence.chain.leaf
    print(f"rights {rights_text(opened.use[7])}, sealed by {sealer[4]}", file=sys.stderr)
    if arguments.output:
        arguments.output.write_bytes(opened.content)
    else:
        sys.stdout.buffer.write(opened.content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
