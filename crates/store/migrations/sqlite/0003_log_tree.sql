-- Every tenant's log becomes the leaves of a Merkle tree (RFC 6962), so that nobody can rewrite it unseen. A leaf covers the
-- whole entry; what names a person stands in it as a salted hash, so that a person can be forgotten and the tree stays valid.

-- 16 bytes from which an entry's salts are derived, or, once somebody in it was forgotten, the four salts themselves (user,
-- acting as, owner, issuer), all zero where forgotten. NULL in entries of older versions until the sequencer comes by.
ALTER TABLE log ADD COLUMN salts BLOB CHECK (salts IS NULL OR length(salts) IN (16, 64));
-- The entry's leaf hash, written with it: an entry that was changed later does not fit it any more.
ALTER TABLE log ADD COLUMN leaf BLOB CHECK (leaf IS NULL OR length(leaf) = 32);
-- Once somebody in it was forgotten: the salted hashes of all that names people, for recomputing the leaf.
ALTER TABLE log ADD COLUMN erased BLOB CHECK (erased IS NULL OR length(erased) = 224);

-- How far each tenant's tree has grown.
CREATE TABLE log_trees (
    tenant     BLOB NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    size       INTEGER NOT NULL,                                  -- leaves
    checkpoint TEXT,                                              -- signed note over this size; NULL while it is 0
    signed_at  INTEGER NOT NULL,
    detached   INTEGER NOT NULL,                                  -- entries up to here are in files, not in the table
    CHECK (detached >= 0 AND detached <= size),
    CHECK ((checkpoint IS NULL) = (size = 0))
) STRICT, WITHOUT ROWID;

-- Hashes of complete subtrees, 256 to a tile (c2sp.org/tlog-tiles): entry i of level l covers 256^l leaves.
CREATE TABLE log_tiles (
    tenant BLOB NOT NULL REFERENCES tenants (tenant),
    level  INTEGER NOT NULL CHECK (level >= 0 AND level < 8),
    tile   INTEGER NOT NULL CHECK (tile >= 0),
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (tenant, level, tile)
) STRICT;

-- An entry changes in two ways only: it gets its leaf, once; or somebody in it is forgotten, which takes texts and salts away
-- and puts nothing in their place.
DROP TRIGGER log_is_never_changed;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
WHEN NOT (
    NEW.tenant IS OLD.tenant AND NEW.sequence IS OLD.sequence AND NEW.written_at IS OLD.written_at
    AND NEW.request IS OLD.request AND NEW.account IS OLD.account AND NEW.result IS OLD.result
    AND NEW.correlation IS OLD.correlation AND NEW.content IS OLD.content AND NEW.owner_account IS OLD.owner_account
    AND NEW.template IS OLD.template AND NEW.published_at IS OLD.published_at AND NEW.rights IS OLD.rights
    AND NEW.admin_action IS OLD.admin_action
    AND (
        (
            OLD.leaf IS NULL AND NEW.leaf IS NOT NULL AND length(NEW.salts) = 16 AND NEW.erased IS NULL
            AND NEW.user_name IS OLD.user_name AND NEW.client_info IS OLD.client_info AND NEW.client_ip IS OLD.client_ip
            AND NEW.acting_as IS OLD.acting_as AND NEW.owner IS OLD.owner AND NEW.file_name IS OLD.file_name
            AND NEW.issuer IS OLD.issuer
        ) OR (
            OLD.leaf IS NOT NULL AND NEW.leaf IS OLD.leaf AND length(NEW.salts) = 64 AND NEW.erased IS NOT NULL
            AND (OLD.erased IS NULL OR NEW.erased IS OLD.erased)
            AND CASE WHEN substr(NEW.salts, 1, 16) = zeroblob(16)
                THEN NEW.user_name = '' AND NEW.client_info IS NULL AND NEW.client_ip IS NULL
                ELSE NEW.user_name IS OLD.user_name AND NEW.client_info IS OLD.client_info
                    AND NEW.client_ip IS OLD.client_ip
                    AND (length(OLD.salts) = 16 OR substr(NEW.salts, 1, 16) IS substr(OLD.salts, 1, 16)) END
            AND CASE WHEN substr(NEW.salts, 17, 16) = zeroblob(16)
                THEN NEW.acting_as IS NULL
                ELSE NEW.acting_as IS OLD.acting_as
                    AND (length(OLD.salts) = 16 OR substr(NEW.salts, 17, 16) IS substr(OLD.salts, 17, 16)) END
            AND CASE WHEN substr(NEW.salts, 33, 16) = zeroblob(16)
                THEN NEW.owner IS NULL AND NEW.file_name IS NULL
                ELSE NEW.owner IS OLD.owner AND NEW.file_name IS OLD.file_name
                    AND (length(OLD.salts) = 16 OR substr(NEW.salts, 33, 16) IS substr(OLD.salts, 33, 16)) END
            AND CASE WHEN substr(NEW.salts, 49, 16) = zeroblob(16)
                THEN NEW.issuer IS NULL
                ELSE NEW.issuer IS OLD.issuer
                    AND (length(OLD.salts) = 16 OR substr(NEW.salts, 49, 16) IS substr(OLD.salts, 49, 16)) END
        )
    )
)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Only entries that are in the tree and were noted as detached leave the table.
DROP TRIGGER log_is_never_cut;
CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log
WHEN NOT EXISTS (SELECT 1 FROM log_trees t WHERE t.tenant = OLD.tenant AND OLD.sequence <= t.detached)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- Trees only grow.
CREATE TRIGGER log_trees_only_grow BEFORE UPDATE ON log_trees
WHEN NEW.tenant IS NOT OLD.tenant OR NEW.size < OLD.size OR NEW.detached < OLD.detached
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_trees_stay BEFORE DELETE ON log_trees
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_tiles_only_grow BEFORE UPDATE ON log_tiles
WHEN NEW.tenant IS NOT OLD.tenant OR NEW.level IS NOT OLD.level OR NEW.tile IS NOT OLD.tile
    OR substr(NEW.hashes, 1, length(OLD.hashes)) IS NOT OLD.hashes
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_tiles_stay BEFORE DELETE ON log_tiles
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
