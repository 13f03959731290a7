-- The provider that people of an app are sent to. No row names one yet, so none has to be looked at.
ALTER TABLE clients ADD COLUMN provider text;
ALTER TABLE clients ADD CONSTRAINT clients_provider_fkey FOREIGN KEY (provider)
    REFERENCES providers (slug) ON DELETE SET NULL NOT VALID;
-- Whether somebody was sent to a provider to prove a second factor there.
ALTER TABLE upstream_requests ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
