-- What a file was made from by protecting it anew: the publisher's word, out of the policy. The parent may belong to another
-- tenant, or be unknown here.
ALTER TABLE contents ADD COLUMN parent BYTEA CHECK (parent IS NULL OR (length(parent) = 16 AND parent <> content));
CREATE INDEX contents_of_parent ON contents (parent) WHERE parent IS NOT NULL;
