"""Signatures, HPKE, key derivation: clauses 2, 4.3, 7.7, 8.1. Primitives by PyPI `cryptography`, the rest by hand."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem, padding, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cbor import Malformed, encode, need

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# The y coordinates of the eight points of small order on the curve of Ed25519.
ED25519_PRIME = 2**255 - 19
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = {0, 1, ED25519_PRIME - 1, ORDER_8, ED25519_PRIME - ORDER_8}
ESP256, ED25519 = b"\xa1\x01\x28", b"\xa1\x01\x32"


class Undecipherable(Exception):
    """A key or a text cannot be had; why stays unsaid."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


@lru_cache(maxsize=4096)
def verifying_key(key):
    """A public key that verifies signatures (2.5), and the protected header that goes with it (2.3)."""
    key_form(key)
    try:
        if len(key) == 32:
            y = int.from_bytes(key, "little") & (1 << 255) - 1
            need(y % ED25519_PRIME not in SMALL_ORDER, "Ed25519 key of small order")
            return ed25519.Ed25519PublicKey.from_public_bytes(key), ED25519
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key), ESP256
    except ValueError as error:
        raise Malformed("not a public key") from error


def key_form(value):
    """The check of a field that is a public key; whether it is a point shows on use (2.5.1)."""
    need(type(value) is bytes, "not a public key")
    need(len(value) == 32 or len(value) == 33 and value[0] in (2, 3), "not a public key")
    return value


def verify_signature(key, message, signature):
    """Refuses with Malformed. ECDSA signatures have one form (2.6)."""
    public, protected = verifying_key(key)
    try:
        if protected == ED25519:
            public.verify(signature, message)
            return
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        need(s <= (P256_ORDER - 1) // 2, "the higher form of an ECDSA signature")
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Malformed("signature does not verify") from error


def uncompressed(public):
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def thumbprint(key):
    """RFC 9679, clause 7.7."""
    if len(key) == 32:
        return sha256(b"\xa3\x01\x01\x20\x06\x21", encode(key))
    point = uncompressed(verifying_key(key)[0])
    return sha256(b"\xa4\x01\x02\x20\x01\x21", encode(point[1:33]), b"\x22", encode(point[33:]))


def gcm_open(key, nonce, aad, sealed):
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError) as error:
        raise Undecipherable from error


def hkdf_expand(key, info, length, digest):
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([count]), digest)
        out, count = out + block, count + 1
    return out[:length]


@lru_cache(maxsize=4096)
class P256Kem:
    """DHKEM(P-256, HKDF-SHA256)."""

    number, enc_length = 0x0010, 65

    def __init__(self, secret):
        self.key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
        self.public = uncompressed(self.key.public_key())

    def decapsulate(self, enc):
        need(enc[0] == 4, "not an uncompressed point")
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), enc)
        secret = self.key.exchange(ec.ECDH(), peer)
        suite = b"KEM" + self.number.to_bytes(2, "big")
        key = _extract(suite, b"", b"eae_prk", secret)
        return _expand(suite, key, b"shared_secret", enc + self.public, 32)


class XWing:
    """MLKEM768-X25519."""

    number, enc_length = 0x647A, 1120

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self.lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self.curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        self.curve_public = self.curve.public_key().public_bytes_raw()
        self.public = self.lattice.public_key().public_bytes_raw() + self.curve_public

    def decapsulate(self, enc):
        first = self.lattice.decapsulate(enc[:1088])
        second = self.curve.exchange(x25519.X25519PublicKey.from_public_bytes(enc[1088:]))
        return hashlib.sha3_256(first + second + enc[1088:] + self.curve_public + b"\\.//^\\").digest()


def hpke_open(private, info, aad, sealed):
    """RFC 9180 base mode with HKDF-SHA256 and AES-256-GCM, one message."""
    try:
        need(len(sealed) >= private.enc_length + 16, "too short")
        enc, sealed = sealed[: private.enc_length], sealed[private.enc_length :]
        shared = private.decapsulate(enc)
    except ValueError as error:
        raise Undecipherable from error
    suite = b"HPKE" + private.number.to_bytes(2, "big") + b"\x00\x01\x00\x02"
    context = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    secret = _extract(suite, shared, b"secret", b"")
    key = _expand(suite, secret, b"key", context, 32)
    return gcm_open(key, _expand(suite, secret, b"base_nonce", context, 12), aad, sealed)


def _extract(suite, salt, label, key):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")


def _expand(suite, key, label, info, length):
    return hkdf_expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length, "sha256")


@lru_cache(maxsize=4096)
class WrappingKey:
    """A private wrapping key of the tenant: clauses 4.3 and 4.4."""

    def __init__(self, suite, secret):
        self.suite = suite
        if suite == 1:
            self.key = serialization.load_der_private_key(secret, None)
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            public = self.key.public_key().public_bytes(serialization.Encoding.DER, form)
        else:
            self.key = {2: P256Kem, 3: XWing}[suite](secret)
            public = self.key.public
        self.kid = sha256(public)[:8]

    def unwrap(self, bind, ciphertext):
        """The key block; refuses with Undecipherable."""
        if self.suite != 1:
            return hpke_open(self.key, b"clausa/v1/wrap", bind, ciphertext)
        try:
            oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
            return self.key.decrypt(ciphertext, oaep)
        except ValueError as error:
            raise Undecipherable from error
