-- Accounts that were closed, by the addresses they had: who has their owner's rights now. Whoever has such an address later
-- owns nothing that was published for it before.
CREATE TABLE successions (
    tenant    BLOB NOT NULL,
    account   BLOB NOT NULL,                                      -- the closed one
    owner     BLOB NOT NULL CHECK (length(owner) = 32),           -- HMAC-SHA-256 of the address
    successor BLOB,                                               -- an account of the tenant; nobody when absent
    closed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, account, owner),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, account),
    FOREIGN KEY (tenant, successor) REFERENCES accounts (tenant, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX successions_of_owner ON successions (tenant, owner, closed_at);
CREATE INDEX successions_of_successor ON successions (tenant, successor) WHERE successor IS NOT NULL;

-- How many there are, so that nobody looks for one where there are none.
ALTER TABLE tenants ADD COLUMN succession_count INTEGER NOT NULL DEFAULT 0;
