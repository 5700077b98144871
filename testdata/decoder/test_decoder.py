"""Run by `python3 -m unittest discover testdata/decoder`."""

import os
import unittest
from pathlib import Path

from blake3 import blake3

import vectors
from cbor import Malformed, decode, encode
from crypto import thumbprint, verifying_key
from grammar import address, origin
from tree import join, leaf_values

DECODER = "cbor grammar crypto licence body tree reader".split()

# RFC 8949, appendix A, as far as the format uses its types.
CANONICAL = {
    "00": 0, "01": 1, "0a": 10, "17": 23, "1818": 24, "1819": 25, "1864": 100, "1903e8": 1000, "1a000f4240": 1000000,
    "1b000000e8d4a51000": 1000000000000, "1bffffffffffffffff": 18446744073709551615, "40": b"",
    "4401020304": b"\x01\x02\x03\x04", "60": "", "6161": "a", "6449455446": "IETF", "62225c": '"\\', "62c3bc": "ü",
    "63e6b0b4": "水", "64f0908591": "𐅑", "80": [], "83010203": [1, 2, 3], "8301820203820405": [1, [2, 3], [4, 5]],
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819": list(range(1, 26)), "a0": {}, "a201020304": {1: 2, 3: 4},
    "a26161016162820203": {"a": 1, "b": [2, 3]}, "826161a161626163": ["a", {"b": "c"}],
    "a56161614161626142616361436164614461656145": {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"},
}
REFUSED = {
    "nothing": "", "two items": "0000", "1 in two bytes": "1801", "23 in two bytes": "1817", "255 in three": "1900ff",
    "65535 in five": "1a0000ffff", "2^32 - 1 in nine": "1b00000000ffffffff", "reserved length": "1c",
    "-1": "20", "-1000": "3903e7", "a tag": "c11a514b67b0", "0.0": "f90000", "1.1": "fb3ff199999999999a",
    "Infinity": "f97c00", "false": "f4", "true": "f5", "null": "f6", "undefined": "f7", "simple(16)": "f0",
    "length in two bytes": "580101", "cut off": "44010203", "cut off in the length": "19ff",
    "text that is not UTF-8": "61ff", "a surrogate": "63eda080", "overlong": "62c080",
    "indefinite bytes": "5f42010243030405ff", "indefinite text": "7f657374726561646d696e67ff",
    "indefinite array": "9fff", "indefinite map": "bf61610161629f0203ffff", "keys out of order": "a202000100",
    "b before a": "a2616200616100", "a key twice": "a201000100", "an array as a key": "a18000",
    "nine deep": "81" * 9 + "80", "4097 items": "991001" + "00" * 4097,
}


class Cbor(unittest.TestCase):
    def test_each_value_has_one_encoding(self):
        for encoded, value in CANONICAL.items():
            self.assertEqual(decode(bytes.fromhex(encoded)), value, encoded)
            self.assertEqual(encode(value).hex(), encoded)
        decode(bytes.fromhex("81" * 7 + "80"))
        decode(bytes.fromhex("991000" + "00" * 4096))

    def test_every_other_encoding_is_refused(self):
        for name, encoded in REFUSED.items():
            with self.assertRaises(Malformed, msg=name):
                decode(bytes.fromhex(encoded))
        decode(encode(bytes(65_536)))
        with self.assertRaises(Malformed):
            decode(encode(bytes(65_537)))


class Keys(unittest.TestCase):
    def test_small_order_and_other_bytes_are_no_keys(self):
        order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
        for key in ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ee" + "ff" * 31, order_8, "02" * 31, "04" * 65]:
            with self.assertRaises(Malformed, msg=key):
                verifying_key(bytes.fromhex(key))

    def test_thumbprint_of_rfc_8037_key_as_cose(self):
        key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        self.assertEqual(thumbprint(key), vectors.sha256(b"\xa3\x01\x01\x20\x06\x21\x58\x20", key))


class Grammar(unittest.TestCase):
    GOOD = "https://a.example https://a https://1.2.3.4:8443 https://[::1]:1 http://localhost:81 http://127.0.0.1:8080"
    BAD = "http://a.example https://a.example/ https://A https://a:443 https://1.2.3 https://a.0x1f https://01.2.3.4"

    def test_origins(self):
        for value in self.GOOD.split():
            self.assertEqual(origin(value), value)
        for value in self.BAD.split() + ["https://[0::1]", "https://[::1%1]", "https://a:65536", "https://-a", "ftp://a"]:
            with self.assertRaises(Malformed, msg=value):
                origin(value)

    def test_addresses(self):
        for value in ["a@b.example", "o'neil+x@xn--a.example", "a.b@c-d.example"]:
            self.assertEqual(address(value), value)
        for value in "a a@b @b.example a..b@c.example A@b.example a@b.123 a@ab--c.example a@xn--.example a@b.c\n".split(" "):
            with self.assertRaises(Malformed, msg=value):
                address(value)


class Tree(unittest.TestCase):
    def test_leaves_join_to_what_blake3_says(self):
        for size in [(1 << 20) + 1, (1 << 21), 3 * (1 << 20) + 1024 * 5 + 65]:
            data = os.urandom(size)
            leaves = leaf_values(data)
            self.assertEqual(len(leaves), -(-size // (1 << 20)))
            self.assertEqual(join(leaves), blake3(data).digest())


class Size(unittest.TestCase):
    def test_the_decoder_is_short_enough_to_be_read(self):
        folder = Path(__file__).parent
        lines = [line for name in DECODER for line in (folder / f"{name}.py").read_text().split("\n") if line.strip()]
        self.assertLess(len(lines), 700)


class Header(unittest.TestCase):
    def test_a_line_that_is_not_understood_is_an_error(self):
        good = (Path(__file__).parent / "../vectors/writer/suite_2").read_bytes()
        self.assertEqual(vectors.disagreement(good), ("opens", None))
        for line in [b"colour: blue\n", b"expect: opens\n", b"expect\n"]:
            with self.assertRaises(vectors.BadVector):
                vectors.disagreement(line + good)


if __name__ == "__main__":
    unittest.main()
