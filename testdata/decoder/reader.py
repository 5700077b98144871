"""Opens a file in the order of clause 10."""

from dataclasses import dataclass, field

from body import HEADER, Floe, Seal, inner_header
from cbor import Malformed
from crypto import P256Kem, Undecipherable
from licence import PublishingLicence, Refused, content_key, prefix, use_licence


@dataclass
class Reader:
    """Who reads, with what, and when. Times are seconds; without a nonce the use licence is a kept one. `roots` are
    those that are pinned for `origin`, or for any when it is None."""

    roots: tuple
    origin: str | None
    now: int
    clock_floor: int
    minimum_epoch: int
    subject: bytes
    device: bytes
    device_key: P256Kem
    nonce: bytes | None
    tenant_certificate: bytes
    use_licence: bytes
    wrapping_keys: list = field(default_factory=list)


@dataclass
class Opened:
    use: dict
    content_key: bytes
    header: dict
    content: bytes
    licence: PublishingLicence
    seal: Seal


def open_file(file, reader):
    """The content of a file; refuses with Refused."""
    length, layer = prefix(file), "publishing-licence"
    try:
        licence = PublishingLicence(file[16 : 16 + length], reader.roots, reader.origin)
        layer = "use-licence"
        use = use_licence(reader, licence)
        layer = "unwrap"
        key = content_key(reader, use)
        layer = "altered-body"
        begin = len(licence.head)
        if len(file) < begin + HEADER:
            raise Refused("unsealed")
        floe = Floe(file[begin : begin + HEADER], key, licence.digest)
        seal = Seal(file, licence, reader.roots)
        seal.check_leaves()
        plaintext = floe.open(seal.segments)
        layer = "inner-header"
        header, content = inner_header(plaintext)
    except (Malformed, Undecipherable) as error:
        raise Refused(layer) from error
    return Opened(use, key, header, content, licence, seal)
