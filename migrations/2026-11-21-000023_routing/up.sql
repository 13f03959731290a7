-- The provider that people of an app are sent to. Few rows refer to it, so that it needs no index.
ALTER TABLE clients ADD COLUMN provider text REFERENCES providers (slug) ON DELETE SET NULL;
-- Whether somebody was sent to a provider to prove a second factor there.
ALTER TABLE upstream_requests ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
