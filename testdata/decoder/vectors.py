"""Test vectors, as testdata/vectors/README.md describes them: a header, an empty line, a file."""

from datetime import datetime

from cbor import Malformed
from crypto import P256Kem, Undecipherable, WrappingKey, sha256
from grammar import rights_text
from licence import PublishingLicence, Refused, prefix
from reader import Reader, open_file

READER = "root now clock-floor minimum-epoch subject device device-key tenant-certificate use-licence".split()
OPENED = "rights name length plaintext".split()
KNOWN = ["comment", "requirement", "expect", "authority", "nonce", "wrapping-key", *READER, *OPENED]
VERDICTS = (
    "opens magic version prefix publishing-licence use-licence expired unwrap altered-body altered-seal sealer unsealed "
    "inner-header"
).split()
FINER = {"magic": "prefix", "version": "prefix", "expired": "use-licence"}


class BadVector(Exception):
    """A vector whose header cannot be understood."""


def lines_of(text):
    """`key: value` lines as a dictionary; the wrapping keys, of which there may be many, as a list."""
    found = {"wrapping-key": []}
    for line in text.split("\n"):
        key, colon, value = line.partition(": ")
        if not colon or key not in KNOWN or key in found and key != "wrapping-key":
            raise BadVector(f"a line that is not understood: {key}")
        if key == "wrapping-key":
            found[key].append(value)
        else:
            found[key] = value
    return found


def parse(data):
    """The header and the file."""
    text, _, file = data.partition(b"\n\n")
    header = lines_of(text.decode())
    wanted = ["comment", "expect", *READER, *(OPENED if header.get("expect") == "opens" else [])]
    if missing := [key for key in wanted if key not in header]:
        raise BadVector(f"{', '.join(missing)} missing")
    if header["expect"] not in VERDICTS or set(header) - {*wanted, "requirement", "nonce", "wrapping-key", "authority"}:
        raise BadVector("an unknown verdict, or lines that do not go with it")
    return header, file


def seconds(value):
    """Seconds, from RFC 3339 in UTC or as they are."""
    if isinstance(value, int):
        return value
    return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())


def reader_of(header):
    wrapping = (line.split(" ") for line in header["wrapping-key"])
    return Reader(
        roots=(bytes.fromhex(header["root"]),),
        now=seconds(header["now"]),
        clock_floor=seconds(header.get("clock-floor", 0)),
        minimum_epoch=int(header.get("minimum-epoch", 0)),
        subject=bytes.fromhex(header["subject"].replace("-", "")),
        device=bytes.fromhex(header["device"]),
        device_key=P256Kem(bytes.fromhex(header["device-key"])),
        nonce=bytes.fromhex(header["nonce"]) if "nonce" in header else None,
        tenant_certificate=bytes.fromhex(header["tenant-certificate"]),
        use_licence=bytes.fromhex(header["use-licence"]),
        wrapping_keys=[WrappingKey(int(suite), bytes.fromhex(secret)) for suite, secret in wrapping],
    )


def disagreement(data):
    """The verdict on a vector, and what differs from what it expects; None if nothing does."""
    header, file = parse(data)
    found = judge(file, reader_of(header), header)
    if FINER.get(found["expect"]) == header["expect"]:
        found["expect"] = header["expect"]
    wrong = [f"{key} is {found[key]}, not {header[key]}" for key in found if found[key] != header.get(key)]
    return found["expect"], "; ".join(wrong) or None


def judge(file, reader, header):
    """What this decoder finds, by the keys of the header."""
    found = {}
    if "authority" in header:
        found["authority"] = authority(file, reader)
    try:
        opened = open_file(file, reader)
    except Refused as refused:
        return found | {"expect": str(refused)}
    return found | {
        "expect": "opens",
        "rights": rights_text(opened.use[7]),
        "name": opened.header.get(1, ""),
        "length": str(len(opened.content)),
        "plaintext": sha256(opened.content).hex(),
    }


def authority(file, reader):
    """What the tenant's keys make of the publishing licence."""
    try:
        licence = PublishingLicence(file[16 : 16 + prefix(file)], reader.roots)
    except Malformed:
        return "publishing-licence"
    except Refused as refused:
        return str(refused)
    try:
        _, policy_key = licence.keys(reader.wrapping_keys)
    except Undecipherable:
        return "unwrap"
    try:
        licence.policy(policy_key)
    except (Undecipherable, Malformed):
        return "policy"
    except Refused as refused:
        return str(refused)
    return "accepts"
