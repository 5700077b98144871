-- Groups of an organisation: whoever a policy names by such an address is a member when a licence is asked for.
CREATE TABLE member_groups (
    tenant     BLOB NOT NULL REFERENCES tenants (tenant),
    address    TEXT NOT NULL,                                     -- canonical, in a domain of the tenant; no account's
    name       TEXT NOT NULL,                                     -- for people; may be empty
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, address)
) STRICT, WITHOUT ROWID;

-- Who belongs to a group: people by their addresses, with or without an account yet, and groups of the same tenant.
CREATE TABLE group_members (
    tenant   BLOB NOT NULL,
    address  TEXT NOT NULL,                                       -- the group's
    member   TEXT NOT NULL,                                       -- a person's, or another group's
    added_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, address, member),
    FOREIGN KEY (tenant, address) REFERENCES member_groups (tenant, address) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX groups_of_member ON group_members (tenant, member);

-- How many groups there are, so that nobody looks for members where there are none.
ALTER TABLE tenants ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;
