-- The foundation: people, sessions, clients, grants, keys and the audit trail.
--
-- Time always comes from the application's clock, so no column has a default of now().
-- Live bearer secrets are stored as SHA-256 (32 bytes), sealed values as AES-256-GCM with the key's
-- id and the nonce beside them.

CREATE DOMAIN token_hash AS bytea CHECK (octet_length(VALUE) = 32);

-- One row: what this database belongs to.
CREATE TABLE instance (
    singleton         boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    issuer            text NOT NULL,
    master_key_id     text NOT NULL,
    created_at        timestamptz NOT NULL,
    -- When the first administrator was made; it never happens again.
    administrator_at  timestamptz
);

-- People -----------------------------------------------------------------------------------------

CREATE TABLE users (
    id                     uuid PRIMARY KEY,
    -- The `sub` claim (OIDC Core §2): random or imported, at most 255 ASCII characters, never reused.
    subject                text NOT NULL UNIQUE CHECK (subject ~ '^[!-~]{1,255}$'),
    username               text UNIQUE CHECK (username ~ '^[^@[:space:]]{1,64}$'),
    name                   text,
    locale                 text,
    zoneinfo               text,
    status                 text NOT NULL CHECK (status IN ('active', 'disabled', 'deleting')),
    -- Sessions, grants, codes and links from before this moment are not honoured.
    credentials_changed_at timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    deleting_since         timestamptz,
    CHECK ((status = 'deleting') = (deleting_since IS NOT NULL))
);

CREATE TABLE addresses (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    email       text NOT NULL,
    -- NFC, lower case, IDNA; dots and plus tags are kept.
    canonical   text NOT NULL,
    is_primary  boolean NOT NULL,
    verified_at timestamptz,
    created_at  timestamptz NOT NULL,
    UNIQUE (user_id, canonical)
);
CREATE UNIQUE INDEX addresses_verified ON addresses (canonical) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX addresses_primary ON addresses (user_id) WHERE is_primary;
CREATE INDEX addresses_canonical ON addresses (canonical, created_at);

-- Subjects, addresses and the like of accounts that are gone, as keyed hashes: never given out again.
CREATE TABLE retired_identifiers (
    kind       text NOT NULL CHECK (kind IN ('subject', 'address', 'username')),
    hash       token_hash NOT NULL,
    retired_at timestamptz NOT NULL,
    PRIMARY KEY (kind, hash)
);

CREATE TABLE password_credentials (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- A PHC string (argon2id by default).
    phc        text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE roles (
    id          uuid PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    description text NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE role_permissions (
    role_id    uuid NOT NULL REFERENCES roles ON DELETE CASCADE,
    permission text NOT NULL CHECK (permission ~ '^[a-z]+\.[a-z]+$'),
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE user_roles (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role_id    uuid NOT NULL REFERENCES roles ON DELETE CASCADE,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role ON user_roles (role_id);

-- Links that work once: the first administrator, a password.
CREATE TABLE one_time_links (
    id          uuid PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('administrator', 'password')),
    secret_hash token_hash NOT NULL UNIQUE,
    user_id     uuid REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    consumed_at timestamptz,
    CHECK ((purpose = 'administrator') = (user_id IS NULL))
);
CREATE INDEX one_time_links_user ON one_time_links (user_id);
CREATE INDEX one_time_links_expiry ON one_time_links (expires_at);

-- Browsers ---------------------------------------------------------------------------------------

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    -- The `sid` claim: random, not the cookie.
    sid          text NOT NULL UNIQUE,
    -- The cookie's secret; it rotates at every sign-in, the row stays.
    secret_hash  token_hash NOT NULL UNIQUE,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    auth_time    timestamptz NOT NULL,
    acr          text NOT NULL,
    amr          text[] NOT NULL,
    remember     boolean NOT NULL,
    ip           text,
    user_agent   text,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text CHECK (end_reason IN
        ('signed_out', 'ended_by_user', 'ended_by_operator', 'replaced', 'credentials_changed',
         'account_disabled', 'account_deleted')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_user ON sessions (user_id, last_used_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Relying parties --------------------------------------------------------------------------------

CREATE TABLE clients (
    id                          text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{3,64}$'),
    name                        text NOT NULL CHECK (name <> ''),
    application_type            text NOT NULL CHECK (application_type IN ('web', 'native')),
    token_endpoint_auth_method  text NOT NULL CHECK (token_endpoint_auth_method IN
        ('client_secret_basic', 'client_secret_post', 'none')),
    redirect_uris               text[] NOT NULL,
    post_logout_redirect_uris   text[] NOT NULL,
    scopes                      text[] NOT NULL,
    grant_types                 text[] NOT NULL,
    -- Whether the consent page is skipped, because the app is the operator's own.
    first_party                 boolean NOT NULL,
    pkce                        text NOT NULL CHECK (pkce IN ('required', 'nonce_suffices')),
    -- Seconds; NULL means what the settings say.
    access_token_lifetime       integer CHECK (access_token_lifetime BETWEEN 60 AND 86400),
    id_token_lifetime           integer CHECK (id_token_lifetime BETWEEN 60 AND 3600),
    refresh_idle_lifetime       integer CHECK (refresh_idle_lifetime BETWEEN 60 AND 31536000),
    refresh_absolute_lifetime   integer CHECK (refresh_absolute_lifetime BETWEEN 60 AND 31536000),
    client_uri                  text,
    logo_uri                    text,
    policy_uri                  text,
    tos_uri                     text,
    created_at                  timestamptz NOT NULL,
    updated_at                  timestamptz NOT NULL,
    -- A removed client keeps its row, so that its id is never given out again.
    removed_at                  timestamptz
);

CREATE TABLE client_secrets (
    id          uuid PRIMARY KEY,
    client_id   text NOT NULL REFERENCES clients ON DELETE CASCADE,
    secret_hash token_hash NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);

CREATE TABLE consents (
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id  text NOT NULL REFERENCES clients ON DELETE CASCADE,
    scopes     text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_client ON consents (client_id);

-- A sign-in that is under way: authorization, login and consent are one row.
CREATE TABLE flows (
    id               uuid PRIMARY KEY,
    -- The cookie of the browser that began it.
    browser_hash     token_hash NOT NULL,
    -- NULL: a sign-in to Latchkey's own account pages.
    client_id        text REFERENCES clients ON DELETE CASCADE,
    -- The validated authorization request as JSON.
    request          jsonb,
    session_id       uuid REFERENCES sessions ON DELETE SET NULL,
    -- When this very flow asked for the credentials and got them.
    authenticated_at timestamptz,
    -- What was allowed on the consent page of this very flow.
    consented_scopes text[],
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    finished_at      timestamptz,
    CHECK ((client_id IS NULL) = (request IS NULL))
);
CREATE INDEX flows_expiry ON flows (expires_at);
CREATE INDEX flows_client ON flows (client_id);
CREATE INDEX flows_session ON flows (session_id);

-- Grants -----------------------------------------------------------------------------------------

-- An authorization given to a client: the family of the tokens issued under it. It is born with its
-- one authorization code, and revoking it ends all of them.
CREATE TABLE grants (
    id               uuid PRIMARY KEY,
    client_id        text NOT NULL REFERENCES clients ON DELETE CASCADE,
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id       uuid REFERENCES sessions ON DELETE SET NULL,
    scopes           text[] NOT NULL,
    redirect_uri     text NOT NULL,
    nonce            text,
    code_challenge   text,
    claims           jsonb,
    auth_time        timestamptz NOT NULL,
    acr              text NOT NULL,
    amr              text[] NOT NULL,
    sid              text NOT NULL,
    code_hash        token_hash NOT NULL UNIQUE,
    code_expires_at  timestamptz NOT NULL,
    code_consumed_at timestamptz,
    created_at       timestamptz NOT NULL,
    -- When the last token that can live under it has died.
    expires_at       timestamptz NOT NULL,
    revoked_at       timestamptz,
    revoke_reason    text CHECK (revoke_reason IN
        ('code_replayed', 'refresh_reused', 'revoked_by_user', 'revoked_by_client',
         'revoked_by_operator', 'session_ended', 'credentials_changed', 'account_disabled',
         'account_deleted', 'client_removed')),
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX grants_user_client ON grants (user_id, client_id);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expiry ON grants (expires_at);

-- The `jti` of a refresh token. The row keeps what is needed to sign exactly the same token again.
CREATE TABLE refresh_tokens (
    id           uuid PRIMARY KEY,
    grant_id     uuid NOT NULL REFERENCES grants ON DELETE CASCADE,
    kid          text NOT NULL,
    issued_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    rotated_at   timestamptz,
    successor_id uuid UNIQUE REFERENCES refresh_tokens ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    CHECK (successor_id IS NULL OR rotated_at IS NOT NULL)
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- Keys -------------------------------------------------------------------------------------------

CREATE TABLE signing_keys (
    kid          text PRIMARY KEY,
    algorithm    text NOT NULL CHECK (algorithm IN ('RS256')),
    state        text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'gone')),
    public_jwk   jsonb NOT NULL,
    sealed_key   bytea NOT NULL,
    seal_key_id  text NOT NULL,
    seal_nonce   bytea NOT NULL CHECK (octet_length(seal_nonce) = 12),
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at   timestamptz,
    gone_at      timestamptz
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (algorithm) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (algorithm) WHERE state = 'next';

-- Guards, trail, settings ------------------------------------------------------------------------

CREATE TABLE attempt_counters (
    kind              text NOT NULL,
    -- A keyed hash of the account, address or pair that is counted.
    key               token_hash NOT NULL,
    window_started_at timestamptz NOT NULL,
    window_ends_at    timestamptz NOT NULL,
    count             integer NOT NULL CHECK (count >= 0),
    PRIMARY KEY (kind, key)
);
CREATE INDEX attempt_counters_expiry ON attempt_counters (window_ends_at);

-- No foreign keys: the trail outlives what it speaks of, for its own retention.
CREATE TABLE audit_events (
    id          uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    action      text NOT NULL,
    actor_kind  text NOT NULL CHECK (actor_kind IN ('user', 'client', 'operator', 'system', 'anonymous')),
    actor_id    text,
    target_kind text,
    target_id   text,
    client_id   text,
    session_id  uuid,
    request_id  text,
    ip          text,
    user_agent  text,
    method      text,
    endpoint    text,
    success     boolean NOT NULL,
    error_code  text,
    duration_us bigint,
    details     jsonb
);
CREATE INDEX audit_events_at ON audit_events (at);
CREATE INDEX audit_events_actor ON audit_events (actor_id, at);
CREATE INDEX audit_events_target ON audit_events (target_id, at);
CREATE INDEX audit_events_client ON audit_events (client_id, at);
CREATE INDEX audit_events_request ON audit_events (request_id);

CREATE TABLE settings (
    key        text PRIMARY KEY,
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL
);
