-- Providers that people sign in with, whom they know, and sign-ins under way there.

CREATE TABLE providers (
    id            uuid PRIMARY KEY,
    -- Stands in addresses: /auth/SLUG/callback.
    slug          text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]{2,32}$'),
    kind          text NOT NULL
        CHECK (kind IN ('google', 'oidc', 'microsoft', 'apple', 'github', 'facebook')),
    label         text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 64),
    issuer        text NOT NULL,
    client_id     text NOT NULL,
    auth          text NOT NULL CHECK (auth IN
        ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
    -- The client secret, or the private key in PEM.
    sealed_secret bytea,
    seal_key_id   text,
    seal_nonce    bytea,
    -- What it is asked for, and what of its answers is believed.
    policy        jsonb NOT NULL,
    position      integer NOT NULL,
    hidden        boolean NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CHECK ((sealed_secret IS NULL) = (seal_key_id IS NULL)
        AND (sealed_secret IS NULL) = (seal_nonce IS NULL))
);

-- Whom an account is elsewhere. Issuer and subject are the identity; an address is none.
CREATE TABLE federation_links (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The provider that it was last used through.
    provider_id    uuid REFERENCES providers ON DELETE SET NULL,
    issuer         text NOT NULL,
    subject        text NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 255),
    -- As told last.
    email          text,
    email_verified boolean NOT NULL,
    profile        jsonb NOT NULL,
    created_at     timestamptz NOT NULL,
    synced_at      timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX federation_links_user ON federation_links (user_id);
CREATE INDEX federation_links_provider ON federation_links (provider_id);

-- Nonce and PKCE verifier follow from the state, the browser and the master key, so neither is here.
CREATE TABLE upstream_requests (
    id           uuid PRIMARY KEY,
    state_hash   token_hash NOT NULL UNIQUE,
    provider_id  uuid NOT NULL REFERENCES providers ON DELETE CASCADE,
    browser_hash token_hash NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('sign_in', 'link')),
    -- Where it is a step of a sign-in.
    flow_id      uuid REFERENCES flows ON DELETE CASCADE,
    -- Where somebody who is signed in links an account.
    session_id   uuid REFERENCES sessions ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    consumed_at  timestamptz,
    CHECK ((purpose = 'sign_in') = (flow_id IS NOT NULL)
        AND (purpose = 'link') = (session_id IS NOT NULL))
);
CREATE INDEX upstream_requests_expiry ON upstream_requests (expires_at);
CREATE INDEX upstream_requests_provider ON upstream_requests (provider_id);
CREATE INDEX upstream_requests_flow ON upstream_requests (flow_id);
CREATE INDEX upstream_requests_session ON upstream_requests (session_id);
