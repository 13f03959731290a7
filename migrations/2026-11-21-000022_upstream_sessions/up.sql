-- Sessions at providers that sessions here came from, what providers said of their end, and who was sent
-- there to sign out.

CREATE TABLE upstream_sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    provider_id  uuid NOT NULL REFERENCES providers ON DELETE CASCADE,
    -- While the sign-in is under way.
    flow_id      uuid REFERENCES flows ON DELETE CASCADE,
    -- From its end on.
    session_id   uuid REFERENCES sessions ON DELETE CASCADE,
    issuer       text NOT NULL,
    -- Of the sub and the sid that the provider's ID token has.
    subject_hash token_hash NOT NULL,
    sid_hash     token_hash,
    -- The ID token, where a sign-out here is passed on.
    sealed_hint  bytea,
    seal_key_id  text,
    seal_nonce   bytea,
    created_at   timestamptz NOT NULL,
    -- Since when it is over at the provider.
    ended_at     timestamptz,
    CHECK ((flow_id IS NULL) <> (session_id IS NULL)),
    CHECK ((sealed_hint IS NULL) = (seal_key_id IS NULL)
        AND (sealed_hint IS NULL) = (seal_nonce IS NULL))
);
CREATE INDEX upstream_sessions_user ON upstream_sessions (user_id);
CREATE INDEX upstream_sessions_flow ON upstream_sessions (flow_id);
CREATE INDEX upstream_sessions_session ON upstream_sessions (session_id);
CREATE INDEX upstream_sessions_subject ON upstream_sessions (provider_id, subject_hash);
CREATE INDEX upstream_sessions_sid ON upstream_sessions (provider_id, sid_hash);

-- A logout token counts once. For as long as one like it would be taken, whoever is on the way from that
-- session at the provider does not come in any more.
CREATE TABLE upstream_logouts (
    id           uuid PRIMARY KEY,
    provider_id  uuid NOT NULL REFERENCES providers ON DELETE CASCADE,
    jti_hash     token_hash NOT NULL,
    issuer       text NOT NULL,
    subject_hash token_hash,
    sid_hash     token_hash,
    issued_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    UNIQUE (provider_id, jti_hash),
    CHECK (subject_hash IS NOT NULL OR sid_hash IS NOT NULL)
);
CREATE INDEX upstream_logouts_subject ON upstream_logouts (provider_id, subject_hash);
CREATE INDEX upstream_logouts_sid ON upstream_logouts (provider_id, sid_hash);
CREATE INDEX upstream_logouts_expiry ON upstream_logouts (expires_at);

CREATE TABLE upstream_departures (
    id           uuid PRIMARY KEY,
    state_hash   token_hash NOT NULL UNIQUE,
    provider_id  uuid NOT NULL REFERENCES providers ON DELETE CASCADE,
    browser_hash token_hash NOT NULL,
    -- The registered address of the app that asked, with its state; NULL: our own page.
    onward       text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    consumed_at  timestamptz
);
CREATE INDEX upstream_departures_provider ON upstream_departures (provider_id);
CREATE INDEX upstream_departures_expiry ON upstream_departures (expires_at);
