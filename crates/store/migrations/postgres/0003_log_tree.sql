-- Every tenant's log becomes the leaves of a Merkle tree (RFC 6962), so that nobody can rewrite it unseen. A leaf covers the
-- whole entry; what names a person stands in it as a salted hash, so that a person can be forgotten and the tree stays valid.

-- 16 bytes from which an entry's salts are derived, or, once somebody in it was forgotten, the four salts themselves (user,
-- acting as, owner, issuer), all zero where forgotten. NULL in entries of older versions until the sequencer comes by.
ALTER TABLE log ADD COLUMN salts BYTEA CHECK (salts IS NULL OR length(salts) IN (16, 64));
-- The entry's leaf hash, written with it: an entry that was changed later does not fit it any more.
ALTER TABLE log ADD COLUMN leaf BYTEA CHECK (leaf IS NULL OR length(leaf) = 32);
-- Once somebody in it was forgotten: the salted hashes of all that names people, for recomputing the leaf.
ALTER TABLE log ADD COLUMN erased BYTEA CHECK (erased IS NULL OR length(erased) = 224);

-- How far each tenant's tree has grown.
CREATE TABLE log_trees (
    tenant     BYTEA NOT NULL PRIMARY KEY REFERENCES tenants (tenant),
    size       BIGINT NOT NULL,                                   -- leaves
    checkpoint TEXT COLLATE "C",                                  -- signed note over this size; NULL while it is 0
    signed_at  BIGINT NOT NULL,
    detached   BIGINT NOT NULL,                                   -- entries up to here are in files, not in the table
    CHECK (detached >= 0 AND detached <= size),
    CHECK ((checkpoint IS NULL) = (size = 0))
);

-- Hashes of complete subtrees, 256 to a tile (c2sp.org/tlog-tiles): entry i of level l covers 256^l leaves.
CREATE TABLE log_tiles (
    tenant BYTEA NOT NULL REFERENCES tenants (tenant),
    level  BIGINT NOT NULL CHECK (level >= 0 AND level < 8),
    tile   BIGINT NOT NULL CHECK (tile >= 0),
    hashes BYTEA NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (tenant, level, tile)
);

-- True when what stood there is as it was, or was taken away together with its salt.
CREATE FUNCTION only_erased(salts_before BYTEA, salts_after BYTEA, place INTEGER, texts_before TEXT[], texts_after TEXT[],
    erased TEXT[]) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN substring(salts_after FROM place FOR 16) = decode(repeat('00', 16), 'hex')
    THEN texts_after IS NOT DISTINCT FROM erased
    ELSE texts_after IS NOT DISTINCT FROM texts_before
        AND (length(salts_before) = 16
            OR substring(salts_after FROM place FOR 16) = substring(salts_before FROM place FOR 16)) END $$;

-- An entry changes in two ways only: it gets its leaf, once; or somebody in it is forgotten, which takes texts and salts away
-- and puts nothing in their place.
CREATE FUNCTION check_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same BOOLEAN := (NEW.tenant, NEW.sequence, NEW.written_at, NEW.request, NEW.account, NEW.result, NEW.correlation,
            NEW.content, NEW.owner_account, NEW.template, NEW.published_at, NEW.rights, NEW.admin_action)
        IS NOT DISTINCT FROM (OLD.tenant, OLD.sequence, OLD.written_at, OLD.request, OLD.account, OLD.result,
            OLD.correlation, OLD.content, OLD.owner_account, OLD.template, OLD.published_at, OLD.rights,
            OLD.admin_action);
    before TEXT[] := ARRAY[OLD.user_name, OLD.client_info, OLD.client_ip, OLD.acting_as, OLD.owner, OLD.file_name,
        OLD.issuer];
    after TEXT[] := ARRAY[NEW.user_name, NEW.client_info, NEW.client_ip, NEW.acting_as, NEW.owner, NEW.file_name,
        NEW.issuer];
BEGIN
    IF same AND OLD.leaf IS NULL AND NEW.leaf IS NOT NULL AND length(NEW.salts) = 16 AND NEW.erased IS NULL
        AND after IS NOT DISTINCT FROM before THEN
        RETURN NEW;
    END IF;
    IF same AND OLD.leaf IS NOT NULL AND NEW.leaf IS NOT DISTINCT FROM OLD.leaf AND length(NEW.salts) = 64
        AND NEW.erased IS NOT NULL AND (OLD.erased IS NULL OR NEW.erased = OLD.erased)
        AND only_erased(OLD.salts, NEW.salts, 1, before[1:3], after[1:3], ARRAY['', NULL, NULL])
        AND only_erased(OLD.salts, NEW.salts, 17, before[4:4], after[4:4], ARRAY[NULL]::TEXT[])
        AND only_erased(OLD.salts, NEW.salts, 33, before[5:6], after[5:6], ARRAY[NULL, NULL]::TEXT[])
        AND only_erased(OLD.salts, NEW.salts, 49, before[7:7], after[7:7], ARRAY[NULL]::TEXT[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'check_violation';
END $$;
DROP TRIGGER log_is_never_changed ON log;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION check_change_of_log();

-- Only entries that are in the tree and were noted as detached leave the table.
CREATE FUNCTION check_cut_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM log_trees t WHERE t.tenant = OLD.tenant AND OLD.sequence <= t.detached) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER log_is_only_detached BEFORE DELETE ON log FOR EACH ROW EXECUTE FUNCTION check_cut_of_log();

-- Trees only grow.
CREATE FUNCTION check_growth_of_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tenant <> OLD.tenant OR NEW.size < OLD.size OR NEW.detached < OLD.detached THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER log_trees_only_grow BEFORE UPDATE ON log_trees FOR EACH ROW EXECUTE FUNCTION check_growth_of_tree();
CREATE TRIGGER log_trees_stay BEFORE DELETE ON log_trees FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_trees_are_never_cut BEFORE TRUNCATE ON log_trees FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE FUNCTION check_growth_of_tile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tenant, NEW.level, NEW.tile) IS DISTINCT FROM (OLD.tenant, OLD.level, OLD.tile)
        OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes THEN
        RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER log_tiles_only_grow BEFORE UPDATE ON log_tiles FOR EACH ROW EXECUTE FUNCTION check_growth_of_tile();
CREATE TRIGGER log_tiles_stay BEFORE DELETE ON log_tiles FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_tiles_are_never_cut BEFORE TRUNCATE ON log_tiles FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();

-- The wall between tenants, as for every table of theirs. Which logs are behind is asked across tenants, and tells lengths only.
ALTER TABLE log_trees ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_trees FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON log_trees USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
ALTER TABLE log_tiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_tiles FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON log_tiles USING (tenant = decode(current_setting('clausa.tenant', true), 'hex'));
CREATE POLICY directory ON log_heads FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
CREATE POLICY directory ON log_trees FOR SELECT USING (current_setting('clausa.tenant', true) = 'ff');
