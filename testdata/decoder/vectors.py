"""Test vectors, as testdata/vectors/README.md describes them: a header, an empty line, a file."""

from datetime import datetime, timedelta
from pathlib import Path

from cbor import Malformed, encode
from crypto import P256Kem, Undecipherable, WrappingKey, sha256
from grammar import rights_text
from licence import PublishingLicence, Refused, prefix
from reader import Reader, open_file

FOLDER = Path(__file__).parent.parent / "vectors"
REQUIRED = (
    "comment expect root now clock-floor minimum-epoch subject device device-key tenant-certificate use-licence"
).split()
MANY = ["wrapping-key", "part"]
OPENED = "rights length plaintext".split()
# What a reader finds, and what the header may leave out.
FOUND = "expect exit authority policy rights length plaintext name media-type modified sealed-by sealed-at revision".split()
UNSAID = "exit authority policy sealed-by sealed-at revision".split()
KNOWN = REQUIRED + MANY + FOUND + "requirement clause stream online origin nonce content released-length released".split()
VERDICTS = (
    "opens prefix publishing-licence origin use-licence unwrap altered-body altered-seal sealer unsealed inner-header"
).split()
# What this decoder tells apart and clause 14.1 does not, and the exit codes of `clausa open`.
COARSE = {"magic": "prefix", "version": "prefix", "expired": "use-licence", "terms": "policy"}
EXITS = {"opens": 0, "magic": 10, "version": 13, "origin": 14, "expired": 22, "use-licence": 30, "unwrap": 30, "unsealed": 11}


class BadVector(Exception):
    """A vector whose header cannot be understood."""


def lines_of(text):
    """`key: value` lines as a dictionary; those of which there may be many, as lists."""
    found = {key: [] for key in MANY}
    for line in text.split("\n"):
        key, colon, value = line.partition(": ")
        if not colon or key not in KNOWN or key in found and key not in MANY:
            raise BadVector(f"a line that is not understood: {key}")
        found[key] = found[key] + [value] if key in MANY else value
    return found


def parse(data):
    """The header and the file."""
    text, _, file = data.partition(b"\n\n")
    header = lines_of(text.decode())
    opens = header.get("expect") == "opens"
    if missing := [key for key in REQUIRED + (OPENED if opens else []) if key not in header]:
        raise BadVector(f"{', '.join(missing)} missing")
    if header["expect"] not in VERDICTS or not opens and any(key in header for key in OPENED):
        raise BadVector("an unknown verdict, or lines that do not go with it")
    return header, assemble(header["part"], file) if header["part"] else file


def assemble(parts, own):
    """A file out of pieces of other vectors' files and its own."""
    pieces = []
    for part in parts:
        name, begin, end = part.split(" ")
        whole = own if name == "-" else parse((FOLDER / name).read_bytes())[1]
        pieces.append(whole[int(begin) : int(end)])
    return b"".join(pieces)


def seconds(value):
    """Seconds, from RFC 3339 in UTC or as they are."""
    if isinstance(value, int):
        return value
    if value.isdecimal():
        return int(value)
    return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())


def moment(value):
    """RFC 3339 in UTC; as they are when their year has more than four digits."""
    try:
        return (datetime(1970, 1, 1) + timedelta(seconds=value)).isoformat() + "Z"
    except OverflowError:
        return str(value)


def wrapping_key(line):
    suite, secret = line.split(" ")
    if suite == "1":
        return WrappingKey(1, (FOLDER.parent / "keys" / secret).read_bytes())
    return WrappingKey(int(suite), bytes.fromhex(secret))


def reader_of(header):
    return Reader(
        roots=(bytes.fromhex(header["root"]),),
        origin=header.get("origin"),
        now=seconds(header["now"]),
        clock_floor=seconds(header.get("clock-floor", 0)),
        minimum_epoch=int(header.get("minimum-epoch", 0)),
        subject=bytes.fromhex(header["subject"].replace("-", "")),
        device=bytes.fromhex(header["device"]),
        device_key=P256Kem(bytes.fromhex(header["device-key"])),
        nonce=bytes.fromhex(header["nonce"]) if "nonce" in header else None,
        tenant_certificate=bytes.fromhex(header["tenant-certificate"]),
        use_licence=bytes.fromhex(header["use-licence"]),
        wrapping_keys=[wrapping_key(line) for line in header["wrapping-key"]],
    )


def disagreement(data):
    """The verdict on a vector, and what differs from what it expects; None if nothing does."""
    header, file = parse(data)
    found = judge(file, reader_of(header), "authority" in header)
    checked = [key for key in FOUND if key in header or key not in UNSAID]
    wrong = [key for key in checked if found.get(key) != header.get(key)]
    return found["expect"], "; ".join(f"{key} is {found.get(key)}, not {header.get(key)}" for key in wrong) or None


def judge(file, reader, with_authority):
    """What this decoder finds, by the keys of a vector's header."""
    found = authority(file, reader) if with_authority else {}
    try:
        opened = open_file(file, reader)
    except Refused as refused:
        verdict = str(refused)
        return found | {"expect": COARSE.get(verdict, verdict), "exit": str(EXITS.get(verdict, 12))}
    sealer = opened.seal.grant or opened.licence.chain.leaf
    optional = {"name": opened.header.get(1), "media-type": opened.header.get(2)}
    if 3 in opened.header:
        optional["modified"] = moment(opened.header[3])
    return found | optional | {
        "expect": "opens",
        "exit": "0",
        "rights": rights_text(opened.use[7]),
        "length": str(len(opened.content)),
        "plaintext": sha256(opened.content).hex(),
        "sealed-by": f"{'editor' if opened.seal.grant else 'publisher'} {sealer[4]}",
        "sealed-at": moment(opened.seal.payload[5]),
        "revision": str(opened.seal.payload[4]),
    }


def authority(file, reader):
    """What the tenant's keys make of the publishing licence."""
    try:
        licence = PublishingLicence(file[16 : 16 + prefix(file)], reader.roots)
    except (Refused, Malformed) as refused:
        verdict = str(refused) if isinstance(refused, Refused) else "publishing-licence"
        return {"authority": COARSE.get(verdict, verdict)}
    try:
        policy = licence.policy(licence.keys(reader.wrapping_keys)[1])
    except (Refused, Malformed, Undecipherable):
        return {"authority": "policy"}
    return {"authority": "accepts", "policy": sha256(encode(policy)).hex()}
