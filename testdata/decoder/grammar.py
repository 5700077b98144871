"""Addresses, domains, origins, named data, rights: clauses 1.7, 1.8, 3.4, 5.2."""

import ipaddress
import re

from cbor import between, need, text

ATOM = r"[a-z0-9#$&'*+\-/=^_`{|}~]+"
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NAME = re.compile(r"[a-z0-9.-]{1,64}")
BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
RIGHTS = (
    "VIEW EDIT DOCEDIT COMMENT EXPORT FORWARD REPLY REPLYALL PRINT EXTRACT VIEWRIGHTSDATA EDITRIGHTSDATA OBJMODEL OWNER"
).split()
any_rights, rights = (between(low, (1 << len(RIGHTS)) - 1) for low in (0, 1))


def holds(value, right):
    """OWNER implies every right; nothing else implies anything."""
    return bool((value >> RIGHTS.index(right) | value >> RIGHTS.index("OWNER")) & 1)


def rights_text(value):
    return ",".join(name for number, name in enumerate(RIGHTS) if value >> number & 1)


def domain(value):
    labels = text(1, 253)(value).split(".")
    need(len(labels) >= 2 and not re.fullmatch("[0-9]+", labels[-1]), "not a domain")
    for label in labels:
        need(LABEL.fullmatch(label), "not a label")
        need(label[2:4] != "--" or label.startswith("xn--") and len(label) > 4, "not a label")
    return value


def address(value):
    local, _, host = text(1, 254)(value).partition("@")
    need(len(local) <= 64 and re.fullmatch(rf"{ATOM}(\.{ATOM})*", local), "not an address")
    domain(host)
    return value


def is_host(host):
    if re.fullmatch(r"\[[0-9a-f:.]+\]", host):
        try:
            parsed = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return False
        return host[1:-1] == (f"::ffff:{parsed.ipv4_mapped}" if parsed.ipv4_mapped else str(parsed))
    if re.fullmatch(rf"{BYTE}(\.{BYTE}){{3}}", host):
        return True
    labels = host.split(".")
    last_is_number = re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1])
    return len(host) <= 253 and all(map(LABEL.fullmatch, labels)) and not last_is_number


def origin(value):
    match = re.fullmatch(r"(https?)://(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", text(1, 272)(value))
    need(match and is_host(match[2]), "not an origin")
    need(match[3] != {"https": "443", "http": "80"}[match[1]] and int(match[3] or 1) <= 65535, "not a port")
    need(match[1] == "https" or match[2] in ("127.0.0.1", "[::1]", "localhost"), "not an origin in clear")
    return value


def named_data(value):
    """Never empty, because every field of this type is optional."""
    need(type(value) is dict and 1 <= len(value) <= 16, "not named data")
    for name, data in value.items():
        need(type(name) is str and NAME.fullmatch(name) and type(data) is bytes, "not named data")
    need(sum(len(name) + len(data) for name, data in value.items()) <= 65_536, "too much named data")
    return value
