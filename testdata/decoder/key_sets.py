#!/usr/bin/env python3
"""Tenant key sets (clause 7.6), and their vectors, which testdata/key_sets/README.md describes.

    key_sets.py PATH…                           compare with vectors: files, or folders of them
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, rsa

from cbor import IDENTIFIER, UINT, Malformed, array, array_of, between, decode, fields, need, octets, rule, text
from crypto import key_form, sha256, uncompressed
from licence import ascending, check_signature, check_validity, signed_parts
from vectors import seconds

KEYS, ACTIVE = 1_024, 1
KEY_SET_BYTES = 4 << 20
NAMES = "comment requirement clause expect root tenant now".split()


class Refused(Exception):
    """The text is what the vectors expect."""


def rsa_key(key):
    public = serialization.load_der_public_key(key)
    need(isinstance(public, rsa.RSAPublicKey) and public.key_size in (2_048, 3_072, 4_096), "not an RSA key of suite 1")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    need(public.public_bytes(serialization.Encoding.DER, form) == key, "another encoding")


def p256_key(key):
    need(uncompressed(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)) == key, "not uncompressed")


def hybrid_key(key):
    need(len(key) == 1_216, "length of a key of suite 3")
    # FIPS 203, 7.2: each coefficient, of 12 bits, is below the modulus.
    pairs = (int.from_bytes(key[at : at + 3], "little") for at in range(0, 1_152, 3))
    need(all(pair & 4_095 < 3_329 and pair >> 12 < 3_329 for pair in pairs), "a coefficient above the modulus")
    mlkem.MLKEM768PublicKey.from_public_bytes(key[:1_184])


def wrapping_key(value):
    """Clause 4.4."""
    suite, status, key = array(between(1, 3), between(1, 2), octets())(value)
    try:
        {1: rsa_key, 2: p256_key, 3: hybrid_key}[suite](key)
    except ValueError as error:
        raise Malformed("not a wrapping key") from error
    return suite, status, key


SWITCH = between(1, 1)
KEY_SET = fields(
    {
        1: IDENTIFIER, 2: UINT, 4: UINT, 5: UINT, 6: array_of(array(between(1, 4), key_form), 0, KEYS),
        7: array_of(wrapping_key, 0, KEYS), 8: rule(lambda value: ascending(array_of(between(1, 3))(value))),
        9: fields({}, {1: SWITCH, 2: SWITCH}),
    },
    {3: text(0, 256)},
)


def verify(data, root, tenant, now):
    """The fields of a key set; refuses with Refused."""
    try:
        parts = signed_parts(decode(data, KEY_SET_BYTES), with_kid=True)
        key_set = KEY_SET(decode(parts[1]))
        need(key_set[4] <= key_set[5], "ends before it begins")
    except Malformed as error:
        raise Refused("form") from error
    if parts[0][-8:] != sha256(root)[:8]:
        raise Refused("root")
    try:
        check_signature(parts, b"tenant-key-set", root, with_kid=True)
    except Malformed as error:
        raise Refused("signature") from error
    if key_set[1] != tenant:
        raise Refused("tenant")
    try:
        check_validity(key_set[4], now, key_set[5])
    except Malformed as error:
        raise Refused("validity") from error
    return key_set


def wraps_for(key_set):
    """Suite and kid of the keys that a new file may be wrapped for (7.6.2)."""
    keys = [(suite, key) for suite, status, key in key_set[7] if status == ACTIVE and suite in key_set[8]]
    return [f"{suite} {sha256(key)[:8].hex()}" for suite, key in sorted(keys, key=lambda pair: -pair[0])]


def disagreement(data):
    """What differs from what a vector expects; None if nothing does."""
    head, _, key_set = data.partition(b"\n\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\n")]
    header = dict(lines)
    need(set(header) - {"wraps-for"} == set(NAMES), "lines that are not understood, or missing ones")
    expected = header["expect"], [value for name, value in lines if name == "wraps-for"]
    root, tenant = bytes.fromhex(header["root"]), bytes.fromhex(header["tenant"])
    try:
        found = "accepts", wraps_for(verify(key_set, root, tenant, seconds(header["now"])))
    except Refused as refused:
        found = str(refused), []
    return None if found == expected else f"{found}, not {expected}"


def main():
    paths = [Path(argument) for argument in sys.argv[1:]]
    found = [sorted(path.iterdir()) if path.is_dir() else [path] for path in paths]
    files = [file for group in found for file in group if file.name != "README.md"]
    wrong = [f"{file}: {difference}" for file in files if (difference := disagreement(file.read_bytes()))]
    print("\n".join([*wrong, f"{len(files)} key sets, {len(wrong)} disagreements"]))
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
