-- The picture of a person, drawn anew in two sizes of one format. The name is random and says nothing of
-- the person: it stands in addresses that anybody may open who was told one.
CREATE TABLE pictures (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    name    text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{43}$'),
    small   bytea NOT NULL CHECK (octet_length(small) BETWEEN 1 AND 1048576),
    large   bytea NOT NULL CHECK (octet_length(large) BETWEEN 1 AND 1048576),
    made_at timestamptz NOT NULL
);

-- The same name beside what else claims tell of the person; NULL: there is no picture.
ALTER TABLE users ADD COLUMN picture text;

-- When the person closed the account themselves, who may open it again. The status says 'disabled', as
-- the release before understands it; whoever is not disabled has nothing from this.
ALTER TABLE users ADD COLUMN deactivated_at timestamptz;

-- Where somebody last signed in with a browser that the account knows.
ALTER TABLE devices ADD COLUMN ip text;
