-- Groups of an organisation: whoever a policy names by such an address is a member when a licence is asked for.
CREATE TABLE member_groups (
    tenant     BYTEA NOT NULL REFERENCES tenants (tenant),
    address    TEXT COLLATE "C" NOT NULL,                         -- canonical, in a domain of the tenant; no account's
    name       TEXT COLLATE "C" NOT NULL,                         -- for people; may be empty
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, address)
);

-- Who belongs to a group: people by their addresses, with or without an account yet, and groups of the same tenant.
CREATE TABLE group_members (
    tenant   BYTEA NOT NULL,
    address  TEXT COLLATE "C" NOT NULL,                           -- the group's
    member   TEXT COLLATE "C" NOT NULL,                           -- a person's, or another group's
    added_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, address, member),
    FOREIGN KEY (tenant, address) REFERENCES member_groups (tenant, address) ON DELETE CASCADE
);
CREATE INDEX groups_of_member ON group_members (tenant, member);

-- How many groups there are, so that nobody looks for members where there are none.
ALTER TABLE tenants ADD COLUMN group_count BIGINT NOT NULL DEFAULT 0;

ALTER TABLE member_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON member_groups USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE group_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE group_members FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON group_members USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
