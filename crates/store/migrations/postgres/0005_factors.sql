-- Factors that are asked for beside a password or a mailed code.
CREATE TABLE factors (
    tenant       BYTEA NOT NULL,
    account      BYTEA NOT NULL,
    factor       BYTEA NOT NULL CHECK (length(factor) = 16),
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name         TEXT COLLATE "C" NOT NULL,                                   -- its owner's
    secret       BYTEA NOT NULL,                                   -- sealed: what it is checked with
    counter      BIGINT NOT NULL,                                   -- only grows, so that nothing works twice
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT,                                            -- asked for from then on
    last_used_at BIGINT,
    PRIMARY KEY (tenant, account, factor),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);

-- Codes for the day a factor is lost; a used one is gone.
CREATE TABLE recovery_codes (
    tenant  BYTEA NOT NULL,
    account BYTEA NOT NULL,
    code    BYTEA NOT NULL CHECK (length(code) = 32),              -- HMAC-SHA-256
    PRIMARY KEY (tenant, account, code),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);

-- Sign-ins whose first factor was right. Found by their ticket.
CREATE TABLE pending_sign_ins (
    ticket     BYTEA NOT NULL PRIMARY KEY CHECK (length(ticket) = 32), -- SHA-256
    tenant     BYTEA NOT NULL,
    account    BYTEA NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    holder     BYTEA NOT NULL CHECK (length(holder) = 32),         -- whose key or cookie began it
    proven_at  BIGINT NOT NULL,
    proven_by  TEXT COLLATE "C" NOT NULL,
    tries_left BIGINT NOT NULL CHECK (tries_left >= 0),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);
CREATE INDEX pending_sign_ins_of_account ON pending_sign_ins (tenant, account);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

ALTER TABLE factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE factors FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON factors USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON recovery_codes USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
