"""BLAKE3 by hand, because the chaining values of subtrees are wanted (clause 8.4).

Every array has one column for each chunk or pair of nodes, so that numpy computes a thousand of them at once.
"""

import numpy

IV = numpy.array(
    [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19], numpy.uint32
)[:, None]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def rotate(words, bits):
    return words >> numpy.uint32(bits) | words << numpy.uint32(32 - bits)


def compress(value, words, counter, length, flags):
    """8 words for each column out of 8 words, 16 words, a counter, a block length and flags."""
    a, b, c, d = value[:4], value[4:], numpy.repeat(IV[:4], value.shape[1], 1), numpy.empty_like(value[:4])
    d[0], d[1], d[2], d[3] = counter & 0xFFFFFFFF, counter >> 32, length, flags
    for half in range(14):
        diagonal = half % 2
        words = words[PERMUTATION] if half and not diagonal else words
        b, c, d = (numpy.roll(rows, -turn * diagonal, 0) for turn, rows in ((1, b), (2, c), (3, d)))
        for first, left, right in ((8 * diagonal, 16, 12), (8 * diagonal + 1, 8, 7)):
            a = a + b + words[first : first + 8 : 2]
            d = rotate(d ^ a, left)
            c = c + d
            b = rotate(b ^ c, right)
        b, c, d = (numpy.roll(rows, turn * diagonal, 0) for turn, rows in ((1, b), (2, c), (3, d)))
    return numpy.concatenate([a ^ c, b ^ d])


def chunk_values(data, first):
    """Chaining values of chunks of the same length, counted from `first`."""
    size = min(1024, len(data))
    padded = numpy.zeros((len(data) // size, -(-size // 64) * 64), numpy.uint8)
    padded[:, :size] = numpy.frombuffer(data, numpy.uint8).reshape(-1, size)
    words = padded.view("<u4").T.astype(numpy.uint32)
    counter = numpy.arange(first, first + len(padded), dtype=numpy.uint64)
    value = numpy.repeat(IV, len(padded), 1)
    for at in range(0, size, 64):
        flags = CHUNK_START * (at == 0) | CHUNK_END * (at + 64 >= size)
        value = compress(value, words[at // 4 : at // 4 + 16], counter, min(64, size - at), flags)
    return value


def parents(values, flags=PARENT):
    """One level up; an odd node at the end moves up as it is."""
    even = values.shape[1] // 2 * 2
    pairs = numpy.concatenate([values[:, 0:even:2], values[:, 1:even:2]])
    joined = compress(numpy.repeat(IV, even // 2, 1), pairs, numpy.zeros(even // 2, numpy.uint64), 64, flags)
    return numpy.concatenate([joined, values[:, even:]], axis=1)


def leaf_values(segments):
    """The chaining value of each MiB."""
    whole, leaves = len(segments) // 1024 * 1024, []
    values = chunk_values(segments[:whole], 0)
    if whole < len(segments):
        values = numpy.concatenate([values, chunk_values(segments[whole:], whole // 1024)], axis=1)
    for first in range(0, values.shape[1], 1024):
        leaf = values[:, first : first + 1024]
        while leaf.shape[1] > 1:
            leaf = parents(leaf)
        leaves.append(leaf.T.astype("<u4").tobytes())
    return leaves


def join(leaves):
    """The root of two or more leaves."""
    values = numpy.frombuffer(b"".join(leaves), "<u4").reshape(-1, 8).T.astype(numpy.uint32)
    while values.shape[1] > 2:
        values = parents(values)
    return parents(values, PARENT | ROOT).T.astype("<u4").tobytes()
