-- Members who ask to administer their tenant, by a DNS record that only who runs the domain can make.
CREATE TABLE claims (
    tenant     BYTEA NOT NULL,
    claim      BYTEA NOT NULL CHECK (length(claim) = 16),
    account    BYTEA NOT NULL,                                     -- who asks
    domain     TEXT COLLATE "C" NOT NULL REFERENCES domains (domain),
    scope      TEXT COLLATE "C" NOT NULL CHECK (scope IN ('domain')),
    value_hash BYTEA NOT NULL CHECK (length(value_hash) = 32),     -- SHA-256 of the record's value and what it is bound to
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'proven', 'done', 'cancelled', 'disputed', 'lapsed')),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,                                  -- for being proven
    proven_at  BIGINT,
    due_at     BIGINT,                                           -- end of the delay
    ended_at   BIGINT,
    PRIMARY KEY (tenant, claim),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account),
    CHECK ((proven_at IS NULL) = (due_at IS NULL)),
    CHECK ((ended_at IS NULL) = (state IN ('waiting', 'proven')))
);
CREATE UNIQUE INDEX one_claim_in_its_delay ON claims (tenant) WHERE state = 'proven';
CREATE INDEX claims_by_end_of_delay ON claims (due_at) WHERE state = 'proven';

-- The wall between tenants, as for every table of theirs. Whose delay is over is asked across tenants.
ALTER TABLE claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE claims FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON claims USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
CREATE POLICY directory ON claims FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
