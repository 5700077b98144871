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
    /// The source whose text it has in the end.
    pub of: usize,
    /// What stands behind that text.
    pub added: &'static [u8],
    pub is_protected: bool,
}

impl Output {
    /// A protected file with the text of the source `of`.
    const fn protected(name: &'static str, of: usize) -> Self {
        Self {
            name,
            replaces: false,
            of,
            added: b"",
            is_protected: true,
        }
    }

    /// The text of the source `of`.
    const fn clear(name: &'static str, of: usize) -> Self {
        Self {
            is_protected: false,
            ..Self::protected(name, of)
        }
    }

    const fn over_another(self) -> Self {
        Self {
            replaces: true,
            ..self
        }
    }

    const fn with(self, added: &'static [u8]) -> Self {
        Self { added, ..self }
    }
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
        outputs: &[Output::protected("plan.bin.clausa", 0)],
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
        outputs: &[Output::protected("there.clausa", 0).over_another()],
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
            Output::protected("a.bin.clausa", 0),
            Output::protected("b.bin.clausa", 1),
            Output::protected("c.bin.clausa", 2),
        ],
        removes: Removes::Same,
    },
    Scenario {
        name: "unprotect",
        arguments: &["unprotect", "plan.bin.clausa"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output::clear("plan.bin", 0)],
        removes: Removes::Any,
    },
    Scenario {
        name: "unprotect-force",
        arguments: &["unprotect", "plan.bin.clausa", "--force", "-o", "there.bin"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output::clear("there.bin", 0).over_another()],
        removes: Removes::Any,
    },
    Scenario {
        name: "unprotect-small",
        arguments: &["unprotect", "note.txt.clausa", "-o", "."],
        sources: &[protected("note.txt.clausa", SMALL)],
        outputs: &[Output::clear("note.txt", 0)],
        removes: Removes::Any,
    },
    Scenario {
        name: "edit",
        arguments: &["edit", "plan.bin.clausa", "--editor", "adding"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output::protected("plan.bin.clausa", 0).over_another().with(ADDED)],
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
        outputs: &[Output::protected("there.clausa", 1)],
        removes: Removes::Any,
    },
    Scenario {
        name: "reprotect-force",
        arguments: &[
            "reprotect",
            "plan.bin.clausa",
            "--to",
            "john@contoso.example",
            "--force",
            "-o",
            "there.clausa",
        ],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[Output::protected("there.clausa", 0).over_another()],
        removes: Removes::Same,
    },
    Scenario {
        name: "reprotect-in-place",
        arguments: &[
            "reprotect",
            "note.txt.clausa",
            "--to",
            "john@contoso.example",
            "--in-place",
        ],
        sources: &[protected("note.txt.clausa", SMALL)],
        outputs: &[Output::protected("note.txt.clausa", 0).over_another()],
        removes: Removes::Same,
    },
    Scenario {
        name: "open",
        arguments: &["open", "plan.bin.clausa", "--viewer", "wc -c {}"],
        sources: &[protected("plan.bin.clausa", LARGE)],
        outputs: &[],
        removes: Removes::Same,
    },
];
