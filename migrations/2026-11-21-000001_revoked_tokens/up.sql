-- Access tokens that clients hold for themselves belong to no grant, so a revoked one is noted by
-- its `jti` until it would have expired anyway (RFC 7009).
CREATE TABLE revoked_tokens (
    jti        text PRIMARY KEY,
    client_id  text NOT NULL REFERENCES clients ON DELETE CASCADE,
    revoked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX revoked_tokens_client ON revoked_tokens (client_id);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
