"""CBOR as clauses 1.3 and 1.4 have it: every value has one encoding, and any other is refused.

Unsigned integers, byte strings, texts, arrays and maps become int, bytes, str, list and dict.
"""

DEEPEST, MOST, LONGEST = 8, 4096, 65_536


class Malformed(ValueError):
    """The bytes are not what the format says."""


def need(condition, what):
    if not condition:
        raise Malformed(what)


def decode(data, longest=LONGEST):
    """The one item that `data` is; strings may have `longest` bytes."""
    value, end = decode_first(data, longest)
    need(end == len(data), "bytes after the item")
    return value


def decode_first(data, longest=LONGEST):
    """The item at the beginning of `data`, and where it ends."""
    return _item(data, 0, 1, longest)


def _head(data, at):
    need(at < len(data), "cut off")
    major, small = data[at] >> 5, data[at] & 31
    if small < 24:
        return major, small, at + 1
    need(small <= 27, "indefinite or reserved length")
    end = at + 1 + (1 << small - 24)
    need(end <= len(data), "cut off")
    number = int.from_bytes(data[at + 1 : end], "big")
    need(number >= (24, 1 << 8, 1 << 16, 1 << 32)[small - 24], "not the shortest form")
    return major, number, end


def _item(data, at, depth, longest):
    major, number, at = _head(data, at)
    if major == 0:
        return number, at
    if major in (2, 3):
        end = at + number
        need(number <= longest and end <= len(data), "string too long")
        try:
            return bytes(data[at:end]) if major == 2 else str(data[at:end], "utf-8"), end
        except UnicodeDecodeError as error:
            raise Malformed("text is not UTF-8") from error
    need(major in (4, 5), "a type that no structure uses")
    need(depth <= DEEPEST and number <= MOST, "nested too deep, or too many items")
    if major == 4:
        items = []
        for _ in range(number):
            value, at = _item(data, at, depth + 1, longest)
            items.append(value)
        return items, at
    pairs, last = {}, b""
    for _ in range(number):
        begin = at
        key, at = _item(data, at, depth + 1, longest)
        need(last < data[begin:at], "map keys out of order or twice")
        need(type(key) in (int, str), "a map key of a type that no structure uses")
        last = data[begin:at]
        pairs[key], at = _item(data, at, depth + 1, longest)
    return pairs, at


def encode(value):
    """The one encoding of a value."""
    if type(value) is int:
        return _encode_head(0, value)
    if type(value) is bytes:
        return _encode_head(2, len(value)) + value
    if type(value) is str:
        return _encode_head(3, len(value.encode())) + value.encode()
    if type(value) is list:
        return _encode_head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(key), encode(item)) for key, item in value.items())
    return _encode_head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def _encode_head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in range(4) if number >> (8 << size) == 0)
    return bytes([major << 5 | 24 + size]) + number.to_bytes(1 << size, "big")


# What a value must be: each of these is, or makes, a function that gives the value back or refuses it.


def rule(test):
    def check(value):
        need(test(value), f"a value that is not allowed here: {value!r:.60}")
        return value

    return check


def between(low, high):
    return rule(lambda value: type(value) is int and low <= value <= high)


def octets(low=0, high=1 << 64):
    return rule(lambda value: type(value) is bytes and low <= len(value) <= high)


def text(low=0, high=1 << 64):
    return rule(lambda value: type(value) is str and low <= len(value.encode()) <= high)


def array_of(one, low=0, high=MOST):
    length = rule(lambda value: type(value) is list and low <= len(value) <= high)
    return lambda value: [one(item) for item in length(value)]


def array(*checks):
    """As many items as there are checks."""
    length = array_of(lambda item: item, len(checks), len(checks))
    return lambda value: [one(item) for one, item in zip(checks, length(value))]


def fields(required, optional):
    """A map with all required keys, and no others but the optional ones."""
    known, keys = {**required, **optional}, set(required)
    right = rule(lambda value: type(value) is dict and keys <= value.keys() <= known.keys())
    return lambda value: {key: known[key](item) for key, item in right(value).items()}


UINT, IDENTIFIER, DIGEST, KID = between(0, (1 << 64) - 1), octets(16, 16), octets(32, 32), octets(8, 8)
