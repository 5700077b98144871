-- Factors that are asked for beside a password or a mailed code.
CREATE TABLE factors (
    tenant       BLOB NOT NULL,
    account      BLOB NOT NULL,
    factor       BLOB NOT NULL CHECK (length(factor) = 16),
    kind         TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name         TEXT NOT NULL,                                   -- its owner's
    secret       BLOB NOT NULL,                                   -- sealed: what it is checked with
    counter      INTEGER NOT NULL,                                   -- only grows, so that nothing works twice
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,                                            -- asked for from then on
    last_used_at INTEGER,
    PRIMARY KEY (tenant, account, factor),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;

-- Codes for the day a factor is lost; a used one is gone.
CREATE TABLE recovery_codes (
    tenant  BLOB NOT NULL,
    account BLOB NOT NULL,
    code    BLOB NOT NULL CHECK (length(code) = 32),              -- HMAC-SHA-256
    PRIMARY KEY (tenant, account, code),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;

-- Sign-ins whose first factor was right. Found by their ticket.
CREATE TABLE pending_sign_ins (
    ticket     BLOB NOT NULL PRIMARY KEY CHECK (length(ticket) = 32), -- SHA-256
    tenant     BLOB NOT NULL,
    account    BLOB NOT NULL,
    address    TEXT NOT NULL,
    holder     BLOB NOT NULL CHECK (length(holder) = 32),         -- whose key or cookie began it
    proven_at  INTEGER NOT NULL,
    proven_by  TEXT NOT NULL,
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_of_account ON pending_sign_ins (tenant, account);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);
