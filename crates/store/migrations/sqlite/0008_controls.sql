-- What an administrator has set for the whole tenant. Without a row, what holds for every tenant holds.
CREATE TABLE controls (
    tenant          BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    joining         INTEGER NOT NULL CHECK (joining IN (0, 1)),        -- people of its domains make accounts themselves
    free_plan       INTEGER NOT NULL CHECK (free_plan IN (0, 1)),      -- that much on the free plan too
    trial_protects  INTEGER NOT NULL CHECK (trial_protects IN (0, 1)), -- on the free plan files are protected
    second_factor   INTEGER NOT NULL CHECK (second_factor IN (0, 1)),  -- everybody signs in with two
    session_seconds INTEGER CHECK (session_seconds > 0),               -- how long a sign-in lasts at most
    protectors      TEXT NOT NULL,                                     -- who protects, one a line
    never_receive   TEXT NOT NULL,                                     -- domains that get no licences, one a line
    contact         TEXT,                                              -- told with every refusal
    changed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
