-- What people prove themselves with beside a password, and what is mailed to show that an address is
-- somebody's.

-- Authenticator apps. One counts only once a code of it was right.
CREATE TABLE authenticators (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- As the person calls it.
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
    sealed_secret bytea NOT NULL,
    seal_key_id   text NOT NULL,
    seal_nonce    bytea NOT NULL,
    -- The time step (RFC 6238 §4.2) of the last code that was taken: that one and older ones are spent.
    last_step     bigint,
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    last_used_at  timestamptz
);
CREATE INDEX authenticators_user ON authenticators (user_id);
CREATE INDEX authenticators_begun ON authenticators (created_at) WHERE confirmed_at IS NULL;

-- Codes on paper, as keyed hashes.
CREATE TABLE recovery_codes (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash  token_hash NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    UNIQUE (user_id, code_hash)
);

CREATE TABLE passkeys (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
    -- As the authenticator names it (WebAuthn §4).
    credential_id  bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    -- The public key and the counter, as the library keeps them.
    credential     jsonb NOT NULL,
    -- The kind of authenticator; NULL where it does not tell.
    aaguid         uuid,
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz,
    -- When its counter went back: there may be a copy of it.
    cloned_at      timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- A challenge that a passkey is to answer, in one browser.
CREATE TABLE passkey_ceremonies (
    id           uuid PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('sign_in', 'second_factor', 'add', 'register')),
    browser_hash token_hash NOT NULL,
    -- Where it is a step of a sign-in.
    flow_id      uuid REFERENCES flows ON DELETE CASCADE,
    -- Where somebody who is signed in adds a passkey.
    session_id   uuid REFERENCES sessions ON DELETE CASCADE,
    user_id      uuid REFERENCES users ON DELETE CASCADE,
    -- The challenge, and what may answer it, as the library keeps them.
    state        jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    consumed_at  timestamptz
);
CREATE INDEX passkey_ceremonies_expiry ON passkey_ceremonies (expires_at);
CREATE INDEX passkey_ceremonies_flow ON passkey_ceremonies (flow_id);
CREATE INDEX passkey_ceremonies_session ON passkey_ceremonies (session_id);
CREATE INDEX passkey_ceremonies_user ON passkey_ceremonies (user_id);

-- Codes and links that were mailed, to sign in or to show that an address is somebody's.
CREATE TABLE mailed_codes (
    id           uuid PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('sign_in', 'second_factor', 'register')),
    flow_id      uuid NOT NULL REFERENCES flows ON DELETE CASCADE,
    -- NULL: nobody has the address, and no code is right.
    user_id      uuid REFERENCES users ON DELETE CASCADE,
    -- Where it was sent.
    email        text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- Of the digits, keyed with the row's id.
    code_hash    token_hash NOT NULL,
    -- Of the link beside them, where there is one.
    link_hash    token_hash UNIQUE,
    -- Wrong codes.
    misses       integer NOT NULL DEFAULT 0 CHECK (misses >= 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- Used, replaced by a newer one, or dead after too many misses.
    consumed_at  timestamptz
);
CREATE INDEX mailed_codes_expiry ON mailed_codes (expires_at);
CREATE INDEX mailed_codes_flow ON mailed_codes (flow_id);
CREATE INDEX mailed_codes_user ON mailed_codes (user_id);

-- Accounts that wait until their address is confirmed. There is no account before that: nothing of
-- this keeps anybody else from the address.
CREATE TABLE registrations (
    id           uuid PRIMARY KEY,
    flow_id      uuid NOT NULL REFERENCES flows ON DELETE CASCADE,
    email        text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    username     text,
    name         text,
    -- A PHC string; NULL where the account is to have none.
    password_phc text,
    remember     boolean NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- When the account was made, or a newer one took its place.
    finished_at  timestamptz
);
CREATE INDEX registrations_flow ON registrations (flow_id);
CREATE INDEX registrations_expiry ON registrations (expires_at);
