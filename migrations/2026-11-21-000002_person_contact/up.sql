-- What a person tells about themselves beyond the name, by claim name (OIDC Core §5.1): text, and
-- whether the phone number was verified.
ALTER TABLE users ADD COLUMN contact jsonb;

-- Claims that were asked for one by one (OIDC Core §5.5), allowed without the scope that holds them.
ALTER TABLE consents ADD COLUMN claims text[] NOT NULL DEFAULT '{}';
ALTER TABLE flows ADD COLUMN consented_claims text[];
