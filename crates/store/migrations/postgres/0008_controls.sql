-- What an administrator has set for the whole tenant. Without a row, what holds for every tenant holds.
CREATE TABLE controls (
    tenant          BYTEA NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    joining         BIGINT NOT NULL CHECK (joining IN (0, 1)),        -- people of its domains make accounts themselves
    free_plan       BIGINT NOT NULL CHECK (free_plan IN (0, 1)),      -- that much on the free plan too
    trial_protects  BIGINT NOT NULL CHECK (trial_protects IN (0, 1)), -- on the free plan files are protected
    second_factor   BIGINT NOT NULL CHECK (second_factor IN (0, 1)),  -- everybody signs in with two
    session_seconds BIGINT CHECK (session_seconds > 0),               -- how long a sign-in lasts at most
    protectors      TEXT COLLATE "C" NOT NULL,                        -- who protects, one a line
    never_receive   TEXT COLLATE "C" NOT NULL,                        -- domains that get no licences, one a line
    contact         TEXT COLLATE "C",                                 -- told with every refusal
    changed_at      BIGINT NOT NULL
);

-- The wall between tenants, as for every table of theirs. Sign-ups and tokens are looked at before the tenant is known.
ALTER TABLE controls ENABLE ROW LEVEL SECURITY;
ALTER TABLE controls FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON controls USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
CREATE POLICY directory ON controls FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
