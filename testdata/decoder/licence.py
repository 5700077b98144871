"""Signed objects, certificates, publishing licence, policy, use licence, edit grant: clauses 2 to 5, 7, 8.7 and 9."""

from dataclasses import dataclass
from functools import lru_cache

from cbor import (
    DIGEST, IDENTIFIER, KID, UINT, array, array_of, between, decode, decode_first, encode, fields, need, octets, rule, text,
)
from crypto import (
    ED25519, ESP256, Undecipherable, gcm_open, hpke_open, key_form, sha256, verify_signature, verifying_key,
)
from grammar import address, any_rights, domain, holds, named_data, origin, rights

class Refused(Exception):
    """A file is refused; the text is the verdict, as testdata/vectors/README.md names them."""


MAGIC = bytes.fromhex("89434c530d0a1a0a") + bytes([1, 0, 0, 0])
MIB, DAY, OCTETS = 1 << 20, 86_400, octets()
LICENSOR, LICENCE, EDIT, PUBLISH, SEAL = 1, 2, 3, 1, 2  # purposes, and scopes


def signed_parts(item, with_kid=False):
    """The parts of a COSE_Sign1 (2.1, 2.2): protected header, payload, signature."""
    protected, _, payload, signature = array(OCTETS, fields({}, {}), OCTETS, octets(64, 64))(item)
    heads = [b"\xa2" + alg[1:] + b"\x04\x48" if with_kid else alg for alg in (ESP256, ED25519)]
    need(protected[: len(heads[0])] in heads and len(protected) == (13 if with_kid else 3), "protected header")
    return protected, payload, signature


def check_signature(parts, kind, key, with_kid=False):
    """That `key` signed these parts as an object of this kind (2.2 to 2.6)."""
    protected, payload, signature = parts
    expected = verifying_key(key)[1]
    if with_kid:
        expected = b"\xa2" + expected[1:] + b"\x04\x48" + sha256(key)[:8]
    need(protected == expected, "not the algorithm of the key, or not the key")
    verify_signature(key, encode(["Signature1", protected, b"clausa/v1/" + kind, payload]), signature)


def check_validity(begin, time, end):
    need(begin <= time <= end, "not valid at that time")


def ascending(values):
    return all(one < other for one, other in zip(values, values[1:]))


# Certificates, clause 7.

TEMPLATES = rule(lambda value: ascending(array_of(IDENTIFIER, 0, 64)(value)))
TENANT_CERTIFICATE = fields({1: IDENTIFIER, 2: between(1, 4), 3: key_form, 4: UINT, 5: UINT}, {})
LICENSOR_CERTIFICATE = fields(
    {1: IDENTIFIER, 2: IDENTIFIER, 3: IDENTIFIER, 4: address, 5: key_form, 6: UINT, 7: UINT, 8: between(1, 3)},
    {9: TEMPLATES},
)
EDIT_GRANT = fields(
    {1: IDENTIFIER, 2: DIGEST, 3: IDENTIFIER, 4: address, 5: key_form, 6: any_rights, 7: UINT, 8: UINT}, {}
)


@lru_cache(maxsize=4096)
def tenant_certificate_form(data):
    parts = signed_parts(decode(data), with_kid=True)
    certificate = TENANT_CERTIFICATE(decode(parts[1]))
    need(certificate[4] <= certificate[5], "ends before it begins")
    return parts, certificate


@lru_cache(maxsize=4096)
def tenant_certificate(data, roots):
    """A tenant certificate that one of the roots signed (7.2)."""
    parts, certificate = tenant_certificate_form(data)
    root = next((root for root in roots if parts[0].endswith(sha256(root)[:8])), None)
    need(root, "the authority is unknown")
    check_signature(parts, b"tenant-certificate", root, with_kid=True)
    return certificate


@lru_cache(maxsize=4096)
def licensor_certificate(data, tenant_key=None):
    """Without the tenant's key only its form counts (7.3)."""
    parts = signed_parts(decode(data))
    certificate = LICENSOR_CERTIFICATE(decode(parts[1]))
    need(certificate[6] <= certificate[7] <= certificate[6] + 400 * DAY, "length of validity")
    if tenant_key:
        check_signature(parts, b"licensor-certificate", tenant_key)
    return certificate


@dataclass
class Chain:
    """Clause 7.4."""

    tenant: dict
    leaf: dict

    def check(self, time, scope):
        check_validity(self.tenant[4], time, self.tenant[5])
        check_validity(self.leaf[6], time, self.leaf[7])
        need(self.leaf[8] & scope, "not in the certificate's scope")


def chain_of(certificates, roots):
    tenant = tenant_certificate(certificates[1], roots)
    need(tenant[2] == LICENSOR, "purpose of the tenant's key")
    leaf = licensor_certificate(certificates[0], tenant[3])
    need(leaf[2] == tenant[1], "certificates of two tenants")
    return Chain(tenant, leaf)


# The publishing licence, clause 3.

LABEL = rule(lambda value: not any(one < " " or "\x7f" <= one < "\xa0" for one in text(1, 128)(value)))
POLICY_CIPHERTEXT = rule(lambda value: type(value) is bytes and len(value) - 16 in [512 << n for n in range(11)])
WRAPS = array_of(array(KID, between(1, 3), OCTETS), 1, 4)
CORE = fields(
    {
        1: between(1, 1), 2: IDENTIFIER, 3: IDENTIFIER, 4: origin, 5: UINT, 6: array(OCTETS, OCTETS),
        7: POLICY_CIPHERTEXT, 8: between(1, 1),
    },
    {9: array(IDENTIFIER, LABEL), 11: named_data},
)


def prefix(file):
    """The length of PL (3.1.1, 3.1.2); refuses with Refused."""
    if 1 <= len(file) < 16 and MAGIC.startswith(file[:8]):
        raise Refused("unsealed")
    for end, layer in ((8, "magic"), (10, "version"), (12, "prefix")):
        if file[:end] != MAGIC[:end]:
            raise Refused(layer)
    length = int.from_bytes(file[12:16], "big")
    if not 1 <= length <= MIB:
        raise Refused("prefix")
    if len(file) < 16 + length:
        raise Refused("unsealed")
    return length


class PublishingLicence:
    """One that has been verified at its own time (3.8), of a known origin, in the order of clause 10.1."""

    def __init__(self, data, roots, origin=None):
        parts = signed_parts(decode(data, MIB))
        self.encoded_core, wraps = array(OCTETS, OCTETS)(decode(parts[1], MIB))
        self.core, self.wraps = CORE(decode(self.encoded_core, MIB)), WRAPS(decode(wraps))
        need(len({kid for kid, _, _ in self.wraps}) == len(self.wraps), "one wrapping key twice")
        self.content, self.tenant = self.core[2], self.core[3]
        licensor_certificate(self.core[6][0])
        tenant_certificate_form(self.core[6][1])
        if origin not in (None, self.core[4]):
            raise Refused("origin")
        self.chain = chain_of(self.core[6], roots)
        self.chain.check(self.core[5], PUBLISH)
        need(self.chain.leaf[2] == self.tenant, "the chain is another tenant's")
        check_signature(parts, b"pl", self.chain.leaf[5])
        self.head = MAGIC + len(data).to_bytes(4, "big") + data
        self.digest = sha256(self.head)

    def keys(self, wrapping_keys):
        """CEK and PK, as the authority gets at them (4.2, 4.6); refuses with Undecipherable."""
        bind = sha256(b"clausa/v1/bind", self.encoded_core)
        blocks = {
            key.unwrap(bind, sealed)
            for kid, suite, sealed in self.wraps for key in wrapping_keys if (key.kid, key.suite) == (kid, suite)
        }
        block = blocks.pop() if len(blocks) == 1 else b""
        if len(block) != 97 or block[0] != 1 or block[65:] != bind:
            raise Undecipherable
        return block[1:33], block[33:65]

    def policy(self, policy_key):
        """Clauses 5.7 and 7.5; refuses with Undecipherable, Malformed or Refused."""
        padded = gcm_open(policy_key, bytes(12), b"clausa/v1/policy" + self.content + self.tenant, self.core[7])
        value, end = decode_first(padded)
        need(not any(padded[end:]) and (len(padded) == 512 or end > len(padded) // 2), "padding")
        policy = POLICY(value)
        need((2 in policy) != (3 in policy) and policy.get(9) != self.content, "terms or parent")
        if 9 in self.chain.leaf and policy.get(2, [None])[0] not in self.chain.leaf[9]:
            raise Refused("terms")
        return policy


# The policy, clause 5.

PRINCIPALS = {1: address, 2: address, 3: domain, 4: IDENTIFIER, 5: text(0, 0)}
GRANT = array(between(1, 5), lambda principal: principal, rights)


def grants(value):
    parsed = array_of(GRANT)(value)
    order = [(kind, PRINCIPALS[kind](who) if kind == 4 else PRINCIPALS[kind](who).encode()) for kind, who, _ in parsed]
    need(ascending(order), "grants are sorted and different")
    return parsed


EXPIRY = rule(lambda value: array(between(1, 2), UINT)(value)[0] == 1 or value[1] <= 65_535)
POLICY = fields(
    {1: address},
    {
        2: array(IDENTIFIER, DIGEST), 3: grants, 4: UINT, 5: EXPIRY, 6: between(0, 30 * DAY), 7: named_data,
        8: named_data, 9: IDENTIFIER,
    },
)

# The use licence, clause 9.

USE_LICENCE = fields(
    {
        1: IDENTIFIER, 2: DIGEST, 3: IDENTIFIER, 4: IDENTIFIER, 5: IDENTIFIER, 6: DIGEST, 7: rights, 8: UINT, 10: UINT,
        11: UINT, 12: UINT, 13: IDENTIFIER, 14: OCTETS,
    },
    {9: UINT, 15: named_data, 16: OCTETS},
)


def use_licence(reader, licence):
    """The reader's use licence for this publishing licence (9.5, 9.6)."""
    parts = signed_parts(decode(reader.use_licence, 128 << 10))
    use = USE_LICENCE(decode(parts[1]))
    certificate = tenant_certificate(reader.tenant_certificate, reader.roots)
    need(certificate[2] == LICENCE, "purpose of the tenant's key")
    check_validity(certificate[4], use[8], certificate[5])
    check_signature(parts, b"ul", certificate[3])
    need(use[4] == certificate[1] == licence.tenant, "another tenant's")
    need((use[2], use[3]) == (licence.digest, licence.content), "another file's")
    need((use[6], use[5]) == (reader.device, reader.subject), "another device's or account's")
    need(reader.nonce in (None, use[13]), "answer to another request")
    need(use[12] >= reader.minimum_epoch, "an epoch that is over")
    end, kept = use.get(9, 1 << 64), reader.nonce is None
    need(use[10] <= end, "offline beyond its end")
    if 16 in use:
        edit_grant_form(use[16])
    clock, floor = (reader.now, max(reader.clock_floor, use[11])) if kept else (use[11], reader.clock_floor)
    need(clock + 300 >= floor, "the clock is behind")
    now = max(clock, floor)
    if now > end:
        raise Refused("expired")
    need(not (kept and now > use[10]), "the offline window is over")
    return use


def content_key(reader, use):
    """Clause 9.4; refuses with Undecipherable."""
    aad = sha256(encode({key: value for key, value in use.items() if key != 14}))
    key = hpke_open(reader.device_key, b"clausa/v1/ul-seal", aad, use[14])
    if len(key) != 32:
        raise Undecipherable
    return key


def edit_grant_form(data):
    """An edit grant's signed object, its fields, and the certificate behind it."""
    grant, certificate = array(OCTETS, OCTETS)(decode(data))
    tenant_certificate_form(certificate)
    parts = signed_parts(decode(grant))
    fields_ = EDIT_GRANT(decode(parts[1]))
    need(fields_[7] <= fields_[8], "ends before it begins")
    return parts, fields_, certificate


def edit_grant(data, roots, licence, time):
    """An edit grant that is good for this licence at that time (8.7.1)."""
    parts, grant, certificate = edit_grant_form(data)
    certificate = tenant_certificate(certificate, roots)
    need(certificate[2] == EDIT, "purpose of the tenant's key")
    check_validity(certificate[4], time, certificate[5])
    check_signature(parts, b"edit-grant", certificate[3])
    check_validity(grant[7], time, grant[8])
    need(certificate[1] == grant[1] == licence.tenant and grant[2] == licence.digest, "another file's grant")
    need(holds(grant[6], "EDIT"), "no right to edit")
    return grant
