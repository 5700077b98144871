-- The authority's memory, first version.
-- Identifiers are 16 random bytes, times are microseconds since 1970 UTC, truth values are 0 and 1, words are TEXT.
-- Columns marked "sealed" hold AES-256-GCM ciphertext under a key that is not in the database.

-- Settings of this installation.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY, -- such as "mail-code-key"
    value BLOB NOT NULL              -- sealed
) STRICT, WITHOUT ROWID;

-- The authority's root keys.
CREATE TABLE root_keys (
    kid        BLOB NOT NULL PRIMARY KEY CHECK (length(kid) = 8), -- key id of the public key
    public     BLOB NOT NULL,
    secret     BLOB NOT NULL,                                     -- sealed
    state      TEXT NOT NULL CHECK (state IN ('active', 'archived')),
    created_at INTEGER NOT NULL
) STRICT;

-- Organisations, and personal tenants of one address each.
CREATE TABLE tenants (
    tenant     BLOB NOT NULL PRIMARY KEY CHECK (length(tenant) = 16),
    name       TEXT NOT NULL,                                     -- empty for a personal tenant
    plan       TEXT NOT NULL CHECK (plan IN ('individual', 'organisation')),
    managed    INTEGER NOT NULL CHECK (managed IN (0, 1)),        -- an administrator has proven the domain
    personal   INTEGER NOT NULL CHECK (personal IN (0, 1)),       -- of one address at a consumer domain
    epoch      INTEGER NOT NULL,                                  -- grows with every revocation
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Directory of the whole authority: which tenant a domain belongs to.
CREATE TABLE domains (
    domain     TEXT NOT NULL PRIMARY KEY,                         -- canonical, A-labels
    tenant     BLOB NOT NULL REFERENCES tenants (tenant),
    claimed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX domains_of_tenant ON domains (tenant, domain);

-- Key pairs of tenants.
CREATE TABLE tenant_keys (
    tenant      BLOB NOT NULL REFERENCES tenants (tenant),
    kid         BLOB NOT NULL CHECK (length(kid) = 8),            -- key id of the public key
    purpose     TEXT NOT NULL CHECK (purpose IN ('licensor', 'licence', 'edit', 'checkpoint', 'wrapping')),
    suite       INTEGER,                                          -- of a wrapping key
    public      BLOB NOT NULL,
    secret      BLOB NOT NULL,                                    -- sealed
    certificate BLOB,                                             -- of a signing key, by the root
    state       TEXT NOT NULL CHECK (state IN ('active', 'archived')),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, kid)
) STRICT;

-- The signed key set that clients get, one per tenant.
CREATE TABLE key_sets (
    tenant     BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    version    INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- People. A row exists only once an address is proven.
CREATE TABLE accounts (
    tenant        BLOB NOT NULL REFERENCES tenants (tenant),
    account       BLOB NOT NULL CHECK (length(account) = 16),
    role          TEXT NOT NULL CHECK (role IN ('guest', 'member', 'administrator')),
    state         TEXT NOT NULL CHECK (state IN ('active', 'closed')),
    display_name  TEXT,
    password_hash BLOB,                                           -- sealed argon2id string
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant, account)
) STRICT, WITHOUT ROWID;

-- Directory of the whole authority: whose a proven address is.
CREATE TABLE addresses (
    address  TEXT NOT NULL PRIMARY KEY,                           -- canonical, compared as bytes
    tenant   BLOB NOT NULL,
    account  BLOB NOT NULL,
    position INTEGER NOT NULL,                                    -- 0 is the address people see
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_of_account ON addresses (tenant, account, position);

-- Sign-ups under way, before there is a tenant.
CREATE TABLE signups (
    signup        BLOB NOT NULL PRIMARY KEY CHECK (length(signup) = 16),
    address       TEXT NOT NULL,                                  -- canonical; mail goes here alone
    verifier      BLOB NOT NULL CHECK (length(verifier) = 32),    -- SHA-256 of the starter's secret
    step          TEXT NOT NULL CHECK (step IN ('mail-proof', 'profile', 'done')),
    waiting       BLOB,                                           -- content id to come back to
    account       BLOB,                                           -- made, once done
    tenant        BLOB,                                           -- its tenant
    tenant_is_new INTEGER NOT NULL CHECK (tenant_is_new IN (0, 1)),
    redeemed      INTEGER NOT NULL CHECK (redeemed IN (0, 1)),    -- its one sign-in is used
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    CHECK ((step = 'done') = (account IS NOT NULL)),
    CHECK ((account IS NULL) = (tenant IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX signups_by_expiry ON signups (expires_at);

-- Mailed codes.
CREATE TABLE challenges (
    challenge  BLOB NOT NULL PRIMARY KEY CHECK (length(challenge) = 16),
    purpose    TEXT NOT NULL CHECK (purpose IN ('signup', 'login')),
    address    TEXT NOT NULL,                                     -- canonical; the code was mailed here
    verifier   BLOB NOT NULL CHECK (length(verifier) = 32),       -- SHA-256 of the starter's secret
    code       BLOB NOT NULL CHECK (length(code) = 32),           -- HMAC-SHA-256 of the code
    tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
    signup     BLOB UNIQUE REFERENCES signups (signup) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_expiry ON challenges (expires_at);

-- Accounts signed in with one key each. Found by token, before the tenant is known.
CREATE TABLE sessions (
    session    BLOB NOT NULL PRIMARY KEY CHECK (length(session) = 16),
    tenant     BLOB NOT NULL,
    account    BLOB NOT NULL,
    bound_key  BLOB NOT NULL CHECK (length(bound_key) = 32),      -- thumbprint every proof must match
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,                                  -- of its newest refresh token
    ended_at   INTEGER,
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_account ON sessions (tenant, account, bound_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE access_tokens (
    token      BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32), -- SHA-256
    session    BLOB NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_of_session ON access_tokens (session);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    token      BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32), -- SHA-256
    session    BLOB NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER                                            -- a second use ends the session
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- Codes of the browser flow.
CREATE TABLE authorisation_codes (
    code           BLOB NOT NULL PRIMARY KEY CHECK (length(code) = 32), -- SHA-256
    client         TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    pkce_challenge BLOB NOT NULL CHECK (length(pkce_challenge) = 32),
    bound_key      BLOB,                                          -- thumbprint the token request must match
    account        BLOB NOT NULL,
    tenant         BLOB NOT NULL,
    session        BLOB,                                          -- begun with it; ended when shown again
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    used_at        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX authorisation_codes_by_expiry ON authorisation_codes (expires_at);

-- Browsers that have a page open.
CREATE TABLE browser_sessions (
    cookie     BLOB NOT NULL PRIMARY KEY CHECK (length(cookie) = 32), -- SHA-256
    tenant     BLOB,                                              -- who is signed in, if anybody
    account    BLOB,
    signup     BLOB,
    state      BLOB,                                              -- sealed
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CHECK ((tenant IS NULL) = (account IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_sessions_of_account ON browser_sessions (tenant, account);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);

-- Enrolled installations of a client.
CREATE TABLE devices (
    tenant         BLOB NOT NULL,
    account        BLOB NOT NULL,
    thumbprint     BLOB NOT NULL CHECK (length(thumbprint) = 32), -- of the signing key
    signing_key    BLOB NOT NULL,
    decryption_key BLOB NOT NULL,
    name           TEXT NOT NULL,
    platform       TEXT NOT NULL,
    keystore       TEXT NOT NULL CHECK (keystore IN ('os-keyring', 'file')),
    enrolled_at    INTEGER NOT NULL,
    last_seen_at   INTEGER NOT NULL,                              -- to the hour
    removed_at     INTEGER,
    PRIMARY KEY (tenant, account, thumbprint),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;

-- Licensor certificates.
CREATE TABLE certificates (
    tenant     BLOB NOT NULL,
    serial     BLOB NOT NULL CHECK (length(serial) = 16),
    account    BLOB NOT NULL,
    device     BLOB NOT NULL,
    bytes      BLOB NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,                                           -- from then on no new licences under it
    PRIMARY KEY (tenant, serial),
    FOREIGN KEY (tenant, account, device) REFERENCES devices (tenant, account, thumbprint)
) STRICT;
CREATE INDEX certificates_of_device ON certificates (tenant, account, device, issued_at);

-- Templates; their current version.
CREATE TABLE templates (
    tenant      BLOB NOT NULL REFERENCES tenants (tenant),
    template    BLOB NOT NULL CHECK (length(template) = 16),
    slug        TEXT NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    archived_at INTEGER,                                          -- no longer offered; files keep working
    PRIMARY KEY (tenant, template),
    UNIQUE (tenant, slug)
) STRICT;

-- Versions never change.
CREATE TABLE template_versions (
    tenant     BLOB NOT NULL,
    template   BLOB NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    encoded    BLOB NOT NULL,                                     -- canonical CBOR
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, template, version),
    FOREIGN KEY (tenant, template) REFERENCES templates (tenant, template)
) STRICT;

-- Protected files.
CREATE TABLE contents (
    tenant         BLOB NOT NULL REFERENCES tenants (tenant),
    content        BLOB NOT NULL CHECK (length(content) = 16),
    digest         BLOB NOT NULL CHECK (length(digest) = 32),     -- of the first publishing licence
    owner          TEXT NOT NULL,                                 -- address
    owner_account  BLOB,                                          -- when of this tenant
    issuer         TEXT NOT NULL,                                 -- address
    issuer_account BLOB NOT NULL,
    template       BLOB,                                          -- unless ad hoc
    policy         BLOB,                                          -- sealed; names the recipients
    file_name      TEXT,
    published_at   INTEGER NOT NULL,
    registered_at  INTEGER NOT NULL,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    revoked_owner  INTEGER NOT NULL CHECK (revoked_owner IN (0, 1)), -- the owner is bound too
    revoked_by     BLOB,
    PRIMARY KEY (tenant, content),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;

-- When an account first used a file: some policies count from there.
CREATE TABLE first_uses (
    tenant  BLOB NOT NULL,                                        -- of the file
    content BLOB NOT NULL,
    account BLOB NOT NULL,                                        -- of any tenant
    used_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, content, account),
    FOREIGN KEY (tenant, content) REFERENCES contents (tenant, content)
) STRICT, WITHOUT ROWID;

-- Issued use licences, without the keys they carried.
CREATE TABLE licences (
    tenant         BLOB NOT NULL,                                 -- of the file
    licence        BLOB NOT NULL CHECK (length(licence) = 16),
    content        BLOB NOT NULL,
    account        BLOB NOT NULL,
    account_tenant BLOB NOT NULL,
    device         BLOB NOT NULL,
    rights         TEXT NOT NULL,
    issued_at      INTEGER NOT NULL,
    not_after      INTEGER,
    offline_until  INTEGER NOT NULL,
    PRIMARY KEY (tenant, licence),
    FOREIGN KEY (tenant, content) REFERENCES contents (tenant, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX licences_of_content ON licences (tenant, content);

-- Where each tenant's log ends.
CREATE TABLE log_heads (
    tenant     BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    length     INTEGER NOT NULL,                                  -- entries; the last one's position
    written_at INTEGER NOT NULL                                   -- the last one's time
) STRICT, WITHOUT ROWID;

-- The log: append-only, without gaps.
CREATE TABLE log (
    tenant        BLOB NOT NULL REFERENCES tenants (tenant),
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    written_at    INTEGER NOT NULL,                               -- never earlier than the entry before
    request       TEXT NOT NULL,
    user_name     TEXT NOT NULL,                                  -- empty when nobody was signed in
    account       BLOB,                                           -- who asked
    result        TEXT NOT NULL,
    correlation   TEXT NOT NULL,
    content       BLOB,
    owner         TEXT,
    owner_account BLOB,
    issuer        TEXT,
    template      BLOB,
    file_name     TEXT,
    published_at  INTEGER,
    rights        TEXT,
    client_info   TEXT,
    client_ip     TEXT,
    admin_action  INTEGER NOT NULL CHECK (admin_action IN (0, 1)),
    acting_as     TEXT,
    PRIMARY KEY (tenant, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_of_content ON log (tenant, content, sequence) WHERE content IS NOT NULL;
CREATE INDEX log_of_account ON log (tenant, account, sequence) WHERE account IS NOT NULL;
CREATE INDEX log_of_owner ON log (tenant, owner_account, sequence) WHERE owner_account IS NOT NULL;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Rate limits.
CREATE TABLE limits (
    bucket  TEXT NOT NULL PRIMARY KEY,                            -- what is limited; no address in clear
    full_at INTEGER NOT NULL                                      -- when the bucket is full again
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_by_time ON limits (full_at);

-- Mail that waits for a relay.
CREATE TABLE outbox (
    mail         BLOB NOT NULL PRIMARY KEY CHECK (length(mail) = 16),
    recipient    TEXT NOT NULL,                                   -- canonical address
    message      BLOB NOT NULL,                                   -- sealed
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,                                -- next try, or the end of a lease
    attempts     INTEGER NOT NULL,
    last_failure TEXT                                             -- for the operator; no address
) STRICT;
CREATE INDEX outbox_by_time ON outbox (due_at);
CREATE INDEX outbox_by_expiry ON outbox (expires_at);

-- Proofs of possession that were seen.
CREATE TABLE replays (
    proof      BLOB NOT NULL PRIMARY KEY CHECK (length(proof) = 32), -- SHA-256 of key and jti
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_by_expiry ON replays (expires_at);
