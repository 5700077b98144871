-- Members who ask to administer their tenant, by a DNS record that only who runs the domain can make.
CREATE TABLE claims (
    tenant     BLOB NOT NULL,
    claim      BLOB NOT NULL CHECK (length(claim) = 16),
    account    BLOB NOT NULL,                                     -- who asks
    domain     TEXT NOT NULL REFERENCES domains (domain),
    scope      TEXT NOT NULL CHECK (scope IN ('domain')),
    value_hash BLOB NOT NULL CHECK (length(value_hash) = 32),     -- SHA-256 of the record's value and what it is bound to
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'proven', 'done', 'cancelled', 'disputed', 'lapsed')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,                                  -- for being proven
    proven_at  INTEGER,
    due_at     INTEGER,                                           -- end of the delay
    ended_at   INTEGER,
    PRIMARY KEY (tenant, claim),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account),
    CHECK ((proven_at IS NULL) = (due_at IS NULL)),
    CHECK ((ended_at IS NULL) = (state IN ('waiting', 'proven')))
) STRICT;
CREATE UNIQUE INDEX one_claim_in_its_delay ON claims (tenant) WHERE state = 'proven';
CREATE INDEX claims_by_end_of_delay ON claims (due_at) WHERE state = 'proven';
