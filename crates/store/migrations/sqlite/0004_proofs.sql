-- When the person of a session last showed who he is, by which factors (their words, with spaces between them), and how
-- the client described itself then: for the owner's list, and for acts that ask for a fresh proof. Sessions of older
-- versions have never shown it.
ALTER TABLE sessions ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proven_by TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN client TEXT;
ALTER TABLE browser_sessions ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE browser_sessions ADD COLUMN proven_by TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN client TEXT;
-- A code of the browser flow carries the browser's proof to the session that it begins.
ALTER TABLE authorisation_codes ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE authorisation_codes ADD COLUMN proven_by TEXT NOT NULL DEFAULT '';
CREATE INDEX authorisation_codes_of_account ON authorisation_codes (tenant, account);
CREATE INDEX challenges_of_address ON challenges (address);
