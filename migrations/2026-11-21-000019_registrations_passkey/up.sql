-- Whoever registers may want a passkey in the place of a password. It is made once the address is
-- confirmed, and the account with it.
ALTER TABLE registrations
    ADD COLUMN passkey boolean NOT NULL DEFAULT false,
    -- When the address was confirmed, and by which factor; NULL: not yet.
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN confirmed_by text;
