-- The authority's memory, first version; the same tables as for SQLite.
-- Identifiers are 16 random bytes, times are microseconds since 1970 UTC, truth values are 0 and 1, words are text that is
-- compared byte by byte.
-- Columns marked "sealed" hold AES-256-GCM ciphertext under a key that is not in the database.

-- Settings of this installation.
CREATE TABLE settings (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- such as "mail-code-key"
    value BYTEA NOT NULL              -- sealed
);

-- The authority's root keys.
CREATE TABLE root_keys (
    kid        BYTEA NOT NULL PRIMARY KEY CHECK (length(kid) = 8), -- key id of the public key
    public     BYTEA NOT NULL,
    secret     BYTEA NOT NULL,                                     -- sealed
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'archived')),
    created_at BIGINT NOT NULL
);

-- Organisations, and personal tenants of one address each.
CREATE TABLE tenants (
    tenant     BYTEA NOT NULL PRIMARY KEY CHECK (length(tenant) = 16),
    name       TEXT COLLATE "C" NOT NULL,                                     -- empty for a personal tenant
    plan       TEXT COLLATE "C" NOT NULL CHECK (plan IN ('individual', 'organisation')),
    managed    BIGINT NOT NULL CHECK (managed IN (0, 1)),        -- an administrator has proven the domain
    personal   BIGINT NOT NULL CHECK (personal IN (0, 1)),       -- of one address at a consumer domain
    epoch      BIGINT NOT NULL,                                  -- grows with every revocation
    created_at BIGINT NOT NULL
);

-- Directory of the whole authority: which tenant a domain belongs to.
CREATE TABLE domains (
    domain     TEXT COLLATE "C" NOT NULL PRIMARY KEY,                         -- canonical, A-labels
    tenant     BYTEA NOT NULL REFERENCES tenants (tenant),
    claimed_at BIGINT NOT NULL
);
CREATE INDEX domains_of_tenant ON domains (tenant, domain);

-- Key pairs of tenants.
CREATE TABLE tenant_keys (
    tenant      BYTEA NOT NULL REFERENCES tenants (tenant),
    kid         BYTEA NOT NULL CHECK (length(kid) = 8),            -- key id of the public key
    purpose     TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('licensor', 'licence', 'edit', 'checkpoint', 'wrapping')),
    suite       BIGINT,                                          -- of a wrapping key
    public      BYTEA NOT NULL,
    secret      BYTEA NOT NULL,                                    -- sealed
    certificate BYTEA,                                             -- of a signing key, by the root
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'archived')),
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, kid)
);

-- The signed key set that clients get, one per tenant.
CREATE TABLE key_sets (
    tenant     BYTEA NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    version    BIGINT NOT NULL,
    bytes      BYTEA NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- People. A row exists only once an address is proven.
CREATE TABLE accounts (
    tenant        BYTEA NOT NULL REFERENCES tenants (tenant),
    account       BYTEA NOT NULL CHECK (length(account) = 16),
    role          TEXT COLLATE "C" NOT NULL CHECK (role IN ('guest', 'member', 'administrator')),
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'closed')),
    display_name  TEXT COLLATE "C",
    password_hash BYTEA,                                           -- sealed argon2id string
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, account)
);

-- Directory of the whole authority: whose a proven address is.
CREATE TABLE addresses (
    address  TEXT COLLATE "C" NOT NULL PRIMARY KEY,                           -- canonical, compared as bytes
    tenant   BYTEA NOT NULL,
    account  BYTEA NOT NULL,
    position BIGINT NOT NULL,                                    -- 0 is the address people see
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);
CREATE INDEX addresses_of_account ON addresses (tenant, account, position);

-- Sign-ups under way, before there is a tenant.
CREATE TABLE signups (
    signup        BYTEA NOT NULL PRIMARY KEY CHECK (length(signup) = 16),
    address       TEXT COLLATE "C" NOT NULL,                                  -- canonical; mail goes here alone
    verifier      BYTEA NOT NULL CHECK (length(verifier) = 32),    -- SHA-256 of the starter's secret
    step          TEXT COLLATE "C" NOT NULL CHECK (step IN ('mail-proof', 'profile', 'done')),
    waiting       BYTEA,                                           -- content id to come back to
    account       BYTEA,                                           -- made, once done
    tenant        BYTEA,                                           -- its tenant
    tenant_is_new BIGINT NOT NULL CHECK (tenant_is_new IN (0, 1)),
    redeemed      BIGINT NOT NULL CHECK (redeemed IN (0, 1)),    -- its one sign-in is used
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    CHECK ((step = 'done') = (account IS NOT NULL)),
    CHECK ((account IS NULL) = (tenant IS NULL))
);
CREATE INDEX signups_by_expiry ON signups (expires_at);

-- Mailed codes.
CREATE TABLE challenges (
    challenge  BYTEA NOT NULL PRIMARY KEY CHECK (length(challenge) = 16),
    purpose    TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('signup', 'login')),
    address    TEXT COLLATE "C" NOT NULL,                                     -- canonical; the code was mailed here
    verifier   BYTEA NOT NULL CHECK (length(verifier) = 32),       -- SHA-256 of the starter's secret
    code       BYTEA NOT NULL CHECK (length(code) = 32),           -- HMAC-SHA-256 of the code
    tries_left BIGINT NOT NULL CHECK (tries_left >= 0),
    signup     BYTEA UNIQUE REFERENCES signups (signup) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX challenges_by_expiry ON challenges (expires_at);

-- Accounts signed in with one key each. Found by token, before the tenant is known.
CREATE TABLE sessions (
    session    BYTEA NOT NULL PRIMARY KEY CHECK (length(session) = 16),
    tenant     BYTEA NOT NULL,
    account    BYTEA NOT NULL,
    bound_key  BYTEA NOT NULL CHECK (length(bound_key) = 32),      -- thumbprint every proof must match
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,                                  -- of its newest refresh token
    ended_at   BIGINT,
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);
CREATE INDEX sessions_of_account ON sessions (tenant, account, bound_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE access_tokens (
    token      BYTEA NOT NULL PRIMARY KEY CHECK (length(token) = 32), -- SHA-256
    session    BYTEA NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_of_session ON access_tokens (session);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    token      BYTEA NOT NULL PRIMARY KEY CHECK (length(token) = 32), -- SHA-256
    session    BYTEA NOT NULL REFERENCES sessions (session) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT                                            -- a second use ends the session
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- Codes of the browser flow.
CREATE TABLE authorisation_codes (
    code           BYTEA NOT NULL PRIMARY KEY CHECK (length(code) = 32), -- SHA-256
    client         TEXT COLLATE "C" NOT NULL,
    redirect_uri   TEXT COLLATE "C" NOT NULL,
    pkce_challenge BYTEA NOT NULL CHECK (length(pkce_challenge) = 32),
    bound_key      BYTEA,                                          -- thumbprint the token request must match
    account        BYTEA NOT NULL,
    tenant         BYTEA NOT NULL,
    session        BYTEA,                                          -- begun with it; ended when shown again
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT
);
CREATE INDEX authorisation_codes_by_expiry ON authorisation_codes (expires_at);

-- Browsers that have a page open.
CREATE TABLE browser_sessions (
    cookie     BYTEA NOT NULL PRIMARY KEY CHECK (length(cookie) = 32), -- SHA-256
    tenant     BYTEA,                                              -- who is signed in, if anybody
    account    BYTEA,
    signup     BYTEA,
    state      BYTEA,                                              -- sealed
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK ((tenant IS NULL) = (account IS NULL))
);
CREATE INDEX browser_sessions_of_account ON browser_sessions (tenant, account);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);

-- Enrolled installations of a client.
CREATE TABLE devices (
    tenant         BYTEA NOT NULL,
    account        BYTEA NOT NULL,
    thumbprint     BYTEA NOT NULL CHECK (length(thumbprint) = 32), -- of the signing key
    signing_key    BYTEA NOT NULL,
    decryption_key BYTEA NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    platform       TEXT COLLATE "C" NOT NULL,
    keystore       TEXT COLLATE "C" NOT NULL CHECK (keystore IN ('os-keyring', 'file')),
    enrolled_at    BIGINT NOT NULL,
    last_seen_at   BIGINT NOT NULL,                              -- to the hour
    removed_at     BIGINT,
    PRIMARY KEY (tenant, account, thumbprint),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account)
);

-- Licensor certificates.
CREATE TABLE certificates (
    tenant     BYTEA NOT NULL,
    serial     BYTEA NOT NULL CHECK (length(serial) = 16),
    account    BYTEA NOT NULL,
    device     BYTEA NOT NULL,
    bytes      BYTEA NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,                                           -- from then on no new licences under it
    PRIMARY KEY (tenant, serial),
    FOREIGN KEY (tenant, account, device) REFERENCES devices (tenant, account, thumbprint)
);
CREATE INDEX certificates_of_device ON certificates (tenant, account, device, issued_at);

-- Templates; their current version.
CREATE TABLE templates (
    tenant      BYTEA NOT NULL REFERENCES tenants (tenant),
    template    BYTEA NOT NULL CHECK (length(template) = 16),
    slug        TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    archived_at BIGINT,                                          -- no longer offered; files keep working
    PRIMARY KEY (tenant, template),
    UNIQUE (tenant, slug)
);

-- Versions never change.
CREATE TABLE template_versions (
    tenant     BYTEA NOT NULL,
    template   BYTEA NOT NULL,
    version    BIGINT NOT NULL CHECK (version > 0),
    encoded    BYTEA NOT NULL,                                     -- canonical CBOR
    digest     BYTEA NOT NULL CHECK (length(digest) = 32),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, template, version),
    FOREIGN KEY (tenant, template) REFERENCES templates (tenant, template)
);

-- Protected files.
CREATE TABLE contents (
    tenant         BYTEA NOT NULL REFERENCES tenants (tenant),
    content        BYTEA NOT NULL CHECK (length(content) = 16),
    digest         BYTEA NOT NULL CHECK (length(digest) = 32),     -- of the first publishing licence
    owner          TEXT COLLATE "C" NOT NULL,                                 -- address
    owner_account  BYTEA,                                          -- when of this tenant
    issuer         TEXT COLLATE "C" NOT NULL,                                 -- address
    issuer_account BYTEA NOT NULL,
    template       BYTEA,                                          -- unless ad hoc
    policy         BYTEA,                                          -- sealed; names the recipients
    file_name      TEXT COLLATE "C",
    published_at   BIGINT NOT NULL,
    registered_at  BIGINT NOT NULL,
    expires_at     BIGINT,
    revoked_at     BIGINT,
    revoked_owner  BIGINT NOT NULL CHECK (revoked_owner IN (0, 1)), -- the owner is bound too
    revoked_by     BYTEA,
    PRIMARY KEY (tenant, content),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

-- When an account first used a file: some policies count from there.
CREATE TABLE first_uses (
    tenant  BYTEA NOT NULL,                                        -- of the file
    content BYTEA NOT NULL,
    account BYTEA NOT NULL,                                        -- of any tenant
    used_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, content, account),
    FOREIGN KEY (tenant, content) REFERENCES contents (tenant, content)
);

-- Issued use licences, without the keys they carried.
CREATE TABLE licences (
    tenant         BYTEA NOT NULL,                                 -- of the file
    licence        BYTEA NOT NULL CHECK (length(licence) = 16),
    content        BYTEA NOT NULL,
    account        BYTEA NOT NULL,
    account_tenant BYTEA NOT NULL,
    device         BYTEA NOT NULL,
    rights         TEXT COLLATE "C" NOT NULL,
    issued_at      BIGINT NOT NULL,
    not_after      BIGINT,
    offline_until  BIGINT NOT NULL,
    PRIMARY KEY (tenant, licence),
    FOREIGN KEY (tenant, content) REFERENCES contents (tenant, content)
);
CREATE INDEX licences_of_content ON licences (tenant, content);

-- Where each tenant's log ends.
CREATE TABLE log_heads (
    tenant     BYTEA NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    length     BIGINT NOT NULL,                                  -- entries; the last one's position
    written_at BIGINT NOT NULL                                   -- the last one's time
);

-- The log: append-only, without gaps.
CREATE TABLE log (
    tenant        BYTEA NOT NULL REFERENCES tenants (tenant),
    sequence      BIGINT NOT NULL CHECK (sequence > 0),
    written_at    BIGINT NOT NULL,                               -- never earlier than the entry before
    request       TEXT COLLATE "C" NOT NULL,
    user_name     TEXT COLLATE "C" NOT NULL,                                  -- empty when nobody was signed in
    account       BYTEA,                                           -- who asked
    result        TEXT COLLATE "C" NOT NULL,
    correlation   TEXT COLLATE "C" NOT NULL,
    content       BYTEA,
    owner         TEXT COLLATE "C",
    owner_account BYTEA,
    issuer        TEXT COLLATE "C",
    template      BYTEA,
    file_name     TEXT COLLATE "C",
    published_at  BIGINT,
    rights        TEXT COLLATE "C",
    client_info   TEXT COLLATE "C",
    client_ip     TEXT COLLATE "C",
    admin_action  BIGINT NOT NULL CHECK (admin_action IN (0, 1)),
    acting_as     TEXT COLLATE "C",
    PRIMARY KEY (tenant, sequence)
);
CREATE INDEX log_of_content ON log (tenant, content, sequence) WHERE content IS NOT NULL;
CREATE INDEX log_of_account ON log (tenant, account, sequence) WHERE account IS NOT NULL;
CREATE INDEX log_of_owner ON log (tenant, owner_account, sequence) WHERE owner_account IS NOT NULL;
CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'check_violation'; END $$;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE OR DELETE ON log
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_is_never_cut BEFORE TRUNCATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();

-- Rate limits.
CREATE TABLE limits (
    bucket  TEXT COLLATE "C" NOT NULL PRIMARY KEY,                            -- what is limited; no address in clear
    full_at BIGINT NOT NULL                                      -- when the bucket is full again
);
CREATE INDEX limits_by_time ON limits (full_at);

-- Mail that waits for a relay.
CREATE TABLE outbox (
    mail         BYTEA NOT NULL PRIMARY KEY CHECK (length(mail) = 16),
    recipient    TEXT COLLATE "C" NOT NULL,                                   -- canonical address
    message      BYTEA NOT NULL,                                   -- sealed
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,                                -- next try, or the end of a lease
    attempts     BIGINT NOT NULL,
    last_failure TEXT COLLATE "C"                                             -- for the operator; no address
);
CREATE INDEX outbox_by_time ON outbox (due_at);
CREATE INDEX outbox_by_expiry ON outbox (expires_at);

-- Proofs of possession that were seen.
CREATE TABLE replays (
    proof      BYTEA NOT NULL PRIMARY KEY CHECK (length(proof) = 32), -- SHA-256 of key and jti
    expires_at BIGINT NOT NULL
);
CREATE INDEX replays_by_expiry ON replays (expires_at);

-- The wall between tenants. A transaction says whose rows it is about (`SET LOCAL clausa.tenant = 'hex'`); it then sees and
-- writes that tenant's rows and no others, whatever its statements say, and before it has said so it sees none. FORCE binds
-- the tables' owner too, as which the authority signs in; a superuser it would not bind, and is refused by the authority.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenants USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenant_keys USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE key_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON key_sets USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON accounts USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE devices FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON devices USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON certificates USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE templates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON templates USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE template_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON template_versions USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE contents FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON contents USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE first_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE first_uses FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON first_uses USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE licences ENABLE ROW LEVEL SECURITY;
ALTER TABLE licences FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON licences USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE log_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON log_heads USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE log ENABLE ROW LEVEL SECURITY;
ALTER TABLE log FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON log USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));

-- Whoever knows a token, an address or a domain is found before the tenant is known: 'ff', which is no tenant, opens these
-- three for reading. The tables without a wall (domains, addresses, sessions, tokens, codes, sign-ups, limits, mail, proofs,
-- settings, roots) are found by such a secret, or are the authority's own.
CREATE POLICY directory ON tenants FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
CREATE POLICY directory ON accounts FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
CREATE POLICY directory ON devices FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
