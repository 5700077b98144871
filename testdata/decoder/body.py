"""FLOE, the inner header, the seal: clause 8."""

from blake3 import blake3

from cbor import DIGEST, UINT, Malformed, decode, decode_first, fields, need, octets, rule, text
from crypto import gcm_open, hkdf_expand, sha256
from licence import SEAL, Refused, check_signature, edit_grant, signed_parts
from tree import join, leaf_values

PARAMETERS = bytes.fromhex("00000001000000000020")
HEADER, SEGMENT, SHORTEST, LEAF, MOST_SEGMENTS = 74, 65_536, 33, 1 << 20, 1 << 28
TAIL_MAGIC = b"CLSSEAL1"


class Floe:
    """Clause 8.1."""

    def __init__(self, header, content_key, licence_digest):
        need(len(header) == HEADER and header[:10] == PARAMETERS, "FLOE header")
        self.info, self.aad = header[:42], b"clausa/v1/body" + licence_digest
        key = hkdf_expand(content_key, b"clausa/v1/body-key", 32, "sha384")
        need(self.derive(key, b"HEADER_TAG:", 32) == header[42:], "tag of the FLOE header")
        self.message_key = self.derive(key, b"MESSAGE_KEY:", 48)

    def derive(self, key, purpose, length):
        return hkdf_expand(key, self.info + purpose + self.aad, length, "sha384")

    def open(self, segments):
        """The plaintext of all segments."""
        out, count = [], -(-len(segments) // SEGMENT)
        for number in range(count):
            segment = segments[number * SEGMENT : (number + 1) * SEGMENT]
            last = number == count - 1
            if number % (1 << 20) == 0:
                key = self.derive(self.message_key, b"DEK:" + number.to_bytes(8, "big"), 32)
            need(segment[:4] == (len(segment).to_bytes(4, "big") if last else b"\xff" * 4), "length of a segment")
            out.append(gcm_open(key, segment[4:16], number.to_bytes(8, "big") + bytes([last]), segment[16:]))
        return b"".join(out)


media_type = rule(lambda value: text(1, 255)(value).isascii() and value.isprintable())
INNER = fields({}, {1: text(1, 1024), 2: media_type, 3: UINT, 4: UINT})


def inner_header(plaintext):
    """The inner header and the content (8.2)."""
    length = int.from_bytes(plaintext[:4], "big")
    need(len(plaintext) >= 4 + length and 1 <= length <= 4096, "length of the inner header")
    header = INNER(decode(plaintext[4 : 4 + length]))
    content = plaintext[4 + length :]
    need(header.get(4, len(content)) == len(content), "size of the content")
    return header, content


PAYLOAD = fields({1: DIGEST, 2: DIGEST, 3: UINT, 4: UINT, 5: UINT}, {6: octets()})


class Seal:
    """The end of a file, checked in the order of clause 10.2; `segments` is what has to have the leaves."""

    def __init__(self, file, licence, roots):
        begin, end = len(licence.head), len(file) - 16
        if end < begin + HEADER or file[end + 8 :] != TAIL_MAGIC:
            raise Refused("unsealed")
        body_end, layer = end - int.from_bytes(file[end : end + 8], "big"), "altered-seal"
        try:
            need(body_end >= begin, "SEAL is longer than the file")
            layer = "altered-body"
            self.segments = file[begin + HEADER : max(begin, body_end)]
            need(1 <= len(self.segments) <= MOST_SEGMENTS * SEGMENT, "no or too many segments")
            need((len(self.segments) - 1) % SEGMENT + 1 >= SHORTEST, "no possible length of a body")
            layer = "altered-seal"
            item, length = decode_first(file[body_end : min(end, body_end + 4096)])
            parts = signed_parts(item)
            self.payload, self.grant = PAYLOAD(decode(parts[1])), None
            layer = "sealer"
            if 6 in self.payload:
                self.grant = edit_grant(self.payload[6], roots, licence, self.payload[5])
                key = self.grant[5]
            else:
                licence.chain.check(self.payload[5], SEAL)
                key = licence.chain.leaf[5]
            layer = "altered-seal"
            check_signature(parts, b"seal", key)
            need(self.payload[1] == sha256(licence.head, file[begin : begin + HEADER]), "header digest")
            leaves, listed = -(-len(self.segments) // LEAF), file[body_end + length : end]
            need(len(listed) == (32 * leaves if leaves > 1 else 0), "length of the leaf list")
            layer = "altered-body"
            need(self.payload[3] == body_end - begin, "length of the body")
            layer = "altered-seal"
            self.leaves = [listed[at : at + 32] for at in range(0, len(listed), 32)] or [self.payload[2]]
            need(len(self.leaves) == 1 or join(self.leaves) == self.payload[2], "the leaves are not of the root")
        except Malformed as error:
            raise Refused(layer) from error

    def check_leaves(self):
        one = len(self.leaves) == 1
        found = [blake3(self.segments).digest()] if one else leaf_values(self.segments)
        need(found == self.leaves, "the body is not the one that was sealed")
