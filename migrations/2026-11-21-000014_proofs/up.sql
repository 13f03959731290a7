-- Whoever has proved a part of what is asked, and is not signed in by that.
ALTER TABLE flows
    ADD COLUMN user_id uuid,
    ADD COLUMN proofs jsonb,
    ADD COLUMN remember boolean;
ALTER TABLE flows ADD CONSTRAINT flows_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID;

ALTER TABLE sessions
    -- What was proved, and when. NULL: a password, at `auth_time`.
    ADD COLUMN proofs jsonb,
    -- The second factor was left out, because the account trusts the browser.
    ADD COLUMN trusted boolean NOT NULL DEFAULT false;

-- Until when the account asks for no second factor in this browser.
ALTER TABLE devices ADD COLUMN trusted_until timestamptz;
