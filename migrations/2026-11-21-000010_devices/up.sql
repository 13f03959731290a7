-- Browsers that an account knows, because somebody signed in to it there. One browser has one secret,
-- and a row for each account that knows it.
CREATE TABLE devices (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Of the cookie.
    secret_hash  token_hash NOT NULL,
    -- What it called itself at the last sign-in.
    user_agent   text,
    -- Not honoured where the account's credentials are newer.
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    UNIQUE (secret_hash, user_id)
);
CREATE INDEX devices_user ON devices (user_id, last_used_at);
CREATE INDEX devices_expiry ON devices (expires_at);
