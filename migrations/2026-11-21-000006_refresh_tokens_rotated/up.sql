-- The purge finds refresh tokens by when they were rotated.
CREATE INDEX CONCURRENTLY refresh_tokens_rotated ON refresh_tokens (rotated_at)
    WHERE rotated_at IS NOT NULL;
