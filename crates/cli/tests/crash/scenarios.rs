//! The commands that are killed and failed.

/// One command in a folder of its own.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name, and that of its folder.
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    /// What is read: it stays as it is.
    pub sources: &'static [Source],
    /// What is written.
    pub outputs: &'static [Output],
    /// Which command removes what a killed one has left.
    pub removes: Removes,
}

/// Which command removes what a killed one has left.
#[derive(Debug, Clone, Copy)]
pub enum Removes {
    /// Whichever comes next with the same profile: it may be text in clear.
    Any,
    /// The next of its kind.
    Same,
}

/// A file that a command reads.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub name: &'static str,
    pub length: usize,
    /// Made by protecting a file of this name without the ending, which then goes away.
    pub is_protected: bool,
}

/// A file that a command writes.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    pub name: &'static str,
    /// True when another file is there before: the source itself when it has its name.
    pub replaces: bool,
    /// The source whose text it has in the end; when it is the source itself, with [`ADDED`] behind it.
    pub of: usize,
    pub is_protected: bool,
}

/// What the editor adds.
pub const ADDED: &[u8] = b"added with an editor\n";
/// The editor.
pub const EDITOR: &str = "#!/bin/sh\necho added with an editor >> \"$1\"\n";

/// Some segments of 64 KiB, and a part of one.
const LARGE: usize = (3 << 20) + 4321;
const SMALL: usize = 20_000;

const fn clear(name: &'static str, length: usize) -> Source {
    Source {
        name,
        length,
        is_protected: false,
    }
}

const fn protected(name: &'static str, length: usize) -> Source {
    Source {
        name,
        length,
        is_protected: true,
    }
}

/// Every command that writes a file, and every way to say where to.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "protect",
        arguments: &["protect", "plan.bin", "--level", "only-me"],
        sources: &[clear("plan.bin", LARGE)],
        outputs: &[Output {
            name: "plan.bin.clausa",
            replaces: false,
            of: 0,
            is_protected: true,
        }],
        removes: Removes::Same,
    },
    Scenario {
        name: "protect-force",
        arguments: &[
            "protect",
            "plan.bin",
            "--level",
            "only-me",
            "--force",
            "-o",
            "there.clausa",
        ],
        sources: &[clear("plan.bin", LARGE)],
        outputs: &[Output {
            name: "there.clausa",
            replaces: true,
            of: 0,
            is_protected: true,
        }],
        removes: Removes::Same,
    },
    Scenario {
        name: "protect-several",
        arguments: &[
            "protect", "a.bin", "b.bin", "c.bin", "--level", "only-me", "-o", ".",
        ],
        sources: &[
            clear("a.bin", SMALL),
            clear("b.bin", SMALL + 1),
            clear("c.bin", 0),
        ],
        outputs: &[
            Output {
                name: "a.bin.clausa",
                replaces: false,
                of: 0,
                is_protected: true,
            },
            Output {
                name: "b.bin.clausa",
                replaces: false,
                of: 1,
                is_protected: true,
            },
            Output {
                name: "c.bin.clausa",
                replaces: false,
                of: 2,
                is_protected: true,
            },
        ],
        removes: Removes::Same,
    },
    Scenario {
        name: "unprotect",
        arguments: &["unprotect", "plan.bin.clausa"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output {
            name: "plan.bin",
            replaces: false,
            of: 0,
            is_protected: false,
        }],
        removes: Removes::Any,
    },
    Scenario {
        name: "unprotect-force",
        arguments: &["unprotect", "plan.bin.clausa", "--force", "-o", "there.bin"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output {
            name: "there.bin",
            replaces: true,
            of: 0,
            is_protected: false,
        }],
        removes: Removes::Any,
    },
    Scenario {
        name: "unprotect-small",
        arguments: &["unprotect", "note.txt.clausa", "-o", "."],
        sources: &[protected("note.txt.clausa", SMALL)],
        outputs: &[Output {
            name: "note.txt",
            replaces: false,
            of: 0,
            is_protected: false,
        }],
        removes: Removes::Any,
    },
    Scenario {
        name: "edit",
        arguments: &["edit", "plan.bin.clausa", "--editor", "adding"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output {
            name: "plan.bin.clausa",
            replaces: true,
            of: 0,
            is_protected: true,
        }],
        removes: Removes::Any,
    },
    Scenario {
        name: "edit-to-another",
        arguments: &[
            "edit",
            "note.txt.clausa",
            "--from",
            "new.txt",
            "-o",
            "there.clausa",
        ],
        sources: &[protected("note.txt.clausa", SMALL), clear("new.txt", SMALL + 7)],
        outputs: &[Output {
            name: "there.clausa",
            replaces: false,
            of: 1,
            is_protected: true,
        }],
        removes: Removes::Any,
    },
    Scenario {
        name: "open",
        arguments: &["open", "plan.bin.clausa", "--viewer", "wc -c {}"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[],
        removes: Removes::Same,
    },
];
