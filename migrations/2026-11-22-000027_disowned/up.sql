-- Since when its owner has said of a sign-in that it was not theirs, and nobody has set a password by mail
-- since; and which passkeys let nobody in by themselves because of that.
ALTER TABLE users ADD COLUMN disowned_at timestamptz;
ALTER TABLE passkeys ADD COLUMN disowned_at timestamptz;
