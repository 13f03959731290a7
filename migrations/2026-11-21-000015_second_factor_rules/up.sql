-- Who must prove a second factor, beside whoever the settings name.
ALTER TABLE roles ADD COLUMN needs_second_factor boolean NOT NULL DEFAULT false;
ALTER TABLE clients ADD COLUMN needs_second_factor boolean NOT NULL DEFAULT false;

-- Links in mail that undo something are about a session or an address.
ALTER TABLE one_time_links
    ADD COLUMN session_id uuid,
    ADD COLUMN email text,
    -- Whether the address that is confirmed takes the place of the primary one.
    ADD COLUMN replaces boolean NOT NULL DEFAULT false;
ALTER TABLE one_time_links DROP CONSTRAINT one_time_links_purpose_check;
ALTER TABLE one_time_links ADD CONSTRAINT one_time_links_purpose_check CHECK (purpose IN
    ('administrator', 'password', 'invitation', 'not_me', 'confirm_address', 'keep_address',
     'restore_account')) NOT VALID;
