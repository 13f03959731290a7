-- Mail that is to be sent. Written in the transaction of the act that it tells of; whoever writes its
-- lease into a row sends it, until the lease ends by the application's clock.
CREATE TABLE mails (
    -- Also the Message-ID, by which a second copy is recognised.
    id            uuid PRIMARY KEY,
    user_id       uuid REFERENCES users ON DELETE CASCADE,
    recipient     text NOT NULL CHECK (char_length(recipient) BETWEEN 3 AND 254),
    kind          text NOT NULL CHECK (kind ~ '^[a-z][a-z-]{0,63}$'),
    language      text NOT NULL CHECK (language ~ '^[A-Za-z0-9-]{1,64}$'),
    -- Subject and bodies: they hold live codes and links. Gone when they are of no use any more.
    sealed_letter bytea,
    seal_key_id   text,
    seal_nonce    bytea,
    created_at    timestamptz NOT NULL,
    -- Not sent from this moment on.
    expires_at    timestamptz NOT NULL,
    state         text NOT NULL
        CHECK (state IN ('queued', 'sending', 'sent', 'kept', 'dead', 'dropped', 'expired')),
    -- How often it was given to the server, or begun to be.
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Not before this. While it is being sent: when the lease ends.
    due_at        timestamptz NOT NULL,
    lease_id      uuid,
    -- Our own words, and the code of the server's reply.
    last_error    text CHECK (char_length(last_error) <= 200),
    finished_at   timestamptz,
    CHECK ((state = 'sending') = (lease_id IS NOT NULL)),
    CHECK ((state IN ('queued', 'sending')) = (finished_at IS NULL)),
    CHECK ((sealed_letter IS NULL) = (seal_key_id IS NULL)),
    CHECK ((sealed_letter IS NULL) = (seal_nonce IS NULL)),
    CHECK (state IN ('queued', 'sending', 'kept', 'dead') OR sealed_letter IS NULL),
    CHECK (state NOT IN ('queued', 'sending', 'kept') OR sealed_letter IS NOT NULL)
);
CREATE INDEX mails_due ON mails (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX mails_sealed ON mails (expires_at) WHERE sealed_letter IS NOT NULL;
CREATE INDEX mails_finished ON mails (finished_at);
CREATE INDEX mails_user ON mails (user_id);
