"""Validates the structures of the test vectors against format.cddl, and format.cddl against damaged structures.

    python3 -m venv venv
    venv/bin/pip install -r docs/spec/requirements.txt -r testdata/decoder/requirements.txt
    venv/bin/python docs/spec/check.py
"""

import sys
from collections import Counter
from pathlib import Path

from cddl_verifier import Validator
from cddl_verifier.cbor import encode as encode_any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "testdata/decoder"))

import vectors  # noqa: E402, of the second decoder
from cbor import decode, decode_first, encode  # noqa: E402
from reader import open_file  # noqa: E402

VECTORS = ROOT / "testdata/vectors"
KEY_SETS = ROOT / "testdata/key_sets"
SCHEMA = Validator(ROOT / "docs/spec/format.cddl")
# What stands in a byte string of a structure: rule, path to the string, rule inside.
INSIDE = [
    ("publishing-licence", [2], "licence-payload"),
    ("licence-payload", [0], "core"),
    ("licence-payload", [1], "wraps"),
    ("core", [6, 0], "licensor-certificate"),
    ("core", [6, 1], "tenant-certificate"),
    ("licensor-certificate", [2], "licensor-certificate-payload"),
    ("tenant-certificate", [2], "tenant-certificate-payload"),
    ("tenant-key-set", [2], "tenant-key-set-payload"),
    ("use-licence", [2], "use-licence-payload"),
    ("use-licence-payload", [16], "edit-grant"),
    ("seal", [2], "seal-payload"),
    ("seal-payload", [6], "edit-grant"),
    ("edit-grant", [0], "signed-edit-grant"),
    ("edit-grant", [1], "tenant-certificate"),
    ("signed-edit-grant", [2], "edit-grant-payload"),
]
# Verdicts (clause 14.1) of readers that have found a structure in its form before they refused.
AFTER_LICENCE = "origin use-licence unwrap altered-body altered-seal sealer unsealed inner-header policy opens".split()


def is_valid(rule, data):
    return SCHEMA.validate(data, root_type=rule).valid


def read(path):
    """The header of a vector, as a list of keys and values, and the bytes of its file."""
    text, _, own = path.read_bytes().partition(b"\n\n")
    header = [tuple(line.split(": ", 1)) for line in text.decode().split("\n")]
    parts = [value.split(" ") for key, value in header if key == "part"]
    if not parts:
        return header, own
    file = b""
    for name, begin, end in parts:
        source = own if name == "-" else read(named(path, name))[1]
        file += source[int(begin) : int(end)]
    return header, file


def named(path, name):
    """The vector that another one names: in its own folder, or from the folder of all."""
    beside = path.parent / name
    return beside if beside.exists() else VECTORS / name


def structures(path):
    """The structures of a vector that are in their form, as rule and bytes."""
    pairs, file = read(path)
    header = dict(pairs)
    licence = file[16 : 16 + int.from_bytes(file[12:16], "big")]
    # A file that is cut may not have all of it.
    if header["expect"] in AFTER_LICENCE and len(file) > 16 + len(licence):
        yield "publishing-licence", licence
    if header["expect"] in AFTER_LICENCE[2:]:
        yield "use-licence", bytes.fromhex(header["use-licence"])
        yield "tenant-certificate", bytes.fromhex(header["tenant-certificate"])
    if header["expect"] == "opens":
        # Those that only a key opens, and the seal. RSA keys stand elsewhere and open the same policies.
        secrets = [value for key, value in pairs if key == "wrapping-key" and value[0] in "23"]
        reader = vectors.reader_of(header | {"wrapping-key": secrets})
        opened = open_file(file, reader)
        yield "inner-header", encode(opened.header)
        end = len(file) - 16
        seal = file[end - int.from_bytes(file[end : end + 8], "big") : end]
        yield "seal", seal[: len(encode(decode_first(seal)[0]))]
        if header.get("authority", "accepts") == "accepts":
            for key in reader.wrapping_keys:
                yield "policy", encode(opened.licence.policy(opened.licence.keys([key])[1]))


def key_sets(path):
    """The key set of a vector, when it is one."""
    head, _, key_set = path.read_bytes().partition(b"\n\n")
    if b"\nexpect: form\n" not in head:
        yield "tenant-key-set", key_set


def with_inside(rule, data):
    """A structure and those in its byte strings."""
    yield rule, data
    for outer, path, inner in INSIDE:
        if outer == rule:
            value = decode(data, 1 << 22)
            try:
                for step in path:
                    value = value[step]
            except KeyError:
                continue
            yield from with_inside(inner, value)


def damaged(value):
    """The value with one thing wrong, in every way: a field more, and each field of a type that the format never uses."""
    if isinstance(value, dict):
        yield {**value, 4000: 0}
        for key in value:
            yield {**value, key: -1}
            yield from ({**value, key: inner} for inner in damaged(value[key]))
    elif isinstance(value, list):
        yield [*value, -1]
        for at, item in enumerate(value):
            yield [*value[:at], -1, *value[at + 1 :]]
            yield from ([*value[:at], inner, *value[at + 1 :]] for inner in damaged(item))


def main():
    seen, refused, wrong = Counter(), 0, []
    tried = set()
    files = [(path, structures) for path in VECTORS.rglob("*")] + [(path, key_sets) for path in KEY_SETS.iterdir()]
    for path, found in sorted((pair for pair in files if pair[0].is_file() and not pair[0].suffix), key=lambda pair: pair[0]):
        for outer, data in found(path):
            for rule, part in with_inside(outer, data):
                seen[rule] += 1
                if not is_valid(rule, part):
                    wrong.append(f"{path.name}: {rule} is not of its form")
                shape = rule, str(sorted(decode(part, 1 << 22))) if part[0] >> 5 == 5 else len(decode(part, 1 << 22))
                if shape in tried:
                    continue
                tried.add(shape)
                for value in damaged(decode(part, 1 << 22)):
                    refused += 1
                    if is_valid(rule, encode_any(value)):
                        wrong.append(f"{path.name}: a damaged {rule} passes: {value!r:.200}")
    missing = {inner for _, _, inner in INSIDE} - set(seen)
    wrong += [f"no vector has a {rule}" for rule in missing]
    print("\n".join(wrong) or "every structure is of its form, and no damaged one is:")
    print(", ".join(f"{count} {rule}" for rule, count in seen.most_common()), f"and {refused} damaged ones")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
