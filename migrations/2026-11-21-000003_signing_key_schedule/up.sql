-- Signing keys on a schedule, and a change of the master key.

-- When the next key takes over, written ahead of time so that all nodes change over at once; and
-- when a key was declared compromised.
ALTER TABLE signing_keys ADD COLUMN activates_at timestamptz;
ALTER TABLE signing_keys ADD COLUMN revoked_at timestamptz;
-- The private half is erased when a key is gone.
ALTER TABLE signing_keys ALTER COLUMN sealed_key DROP NOT NULL;

-- The key of keyed hashes, sealed under the master key; NULL while it follows from the master key.
-- Hashes cannot be made anew, so it outlives a change of the master key.
ALTER TABLE instance ADD COLUMN hashing_key bytea;
ALTER TABLE instance ADD COLUMN hashing_key_nonce bytea;
