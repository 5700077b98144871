//! Texts at the edges of what the format allows, good and bad ones.

pub const ADDRESSES: [&str; 14] = [
    "janet@contoso.example",
    "o'neil+x=y@xn--bcher-kva.example",
    "a.b-c_d~e@1.2.example",
    "{x}|`^$#&*/@a-b.c-d",
    "a@b",
    "a..b@c.example",
    ".a@c.example",
    "A@c.example",
    "a@c.123",
    "a@ab--c.example",
    "a@xn--.example",
    "a@-c.example",
    "a%b@c.example",
    "a@b@c.example",
];

pub const ORIGINS: [&str; 26] = [
    "https://rights.contoso.example",
    "https://a",
    "https://1.2.3.4:8443",
    "https://[2001:db8::1]:65535",
    "http://localhost:8080",
    "http://127.0.0.1",
    "http://[::1]:81",
    "https://x--y.example",
    "https://[::ffff:1.2.3.4]",
    "https://[::ffff:102:304]",
    "https://[::1.2.3.4]",
    "https://[::102:304]",
    "https://[2001:db8:0:0:1:0:0:1]",
    "https://[2001:db8::1:0:0:1]",
    "https://[1:0:2:3:4:5:6:7]",
    "https://[1::2:3:4:5:6:7]",
    "http://rights.contoso.example",
    "https://a/",
    "https://a:443",
    "http://localhost:80",
    "https://a:080",
    "https://a:65536",
    "https://a.0x1f",
    "https://a.12",
    "https://01.2.3.4",
    "https://1.2.3.256",
];

pub const LABELS: [&str; 7] = [
    "Confidential",
    "x",
    "Vertraulich – nur für Sie",
    "",
    "a\u{7f}b",
    "a\u{9f}b",
    "\u{ad}\u{200b}",
];

pub const FILE_NAMES: [&str; 6] = [
    "letter.md",
    "x",
    "Grüße 2026.pdf",
    "../../etc/passwd",
    "con",
    "\u{202e}gpj.exe",
];

pub const MEDIA_TYPES: [&str; 5] = ["text/markdown", "a", "application/x; y=\"z\"", "text/é", "a\tb"];

pub const DATA_NAMES: [&str; 9] = [
    "com.example.watermark",
    "a",
    "a-b.c-9",
    "0",
    "-",
    ".",
    "A",
    "a_b",
    "",
];
