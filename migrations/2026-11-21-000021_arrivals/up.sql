-- Somebody whom a provider knows and no account here does waits in a sign-in until the account is found.
ALTER TABLE flows ADD COLUMN arrival jsonb;
