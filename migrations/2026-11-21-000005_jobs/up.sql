-- What Latchkey does by itself now and then. A row per job of the program, so that nodes share the
-- work: whoever writes its lease into the row does it, until the lease ends by the application's clock.
CREATE TABLE jobs (
    name         text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,63}$'),
    -- Not before this.
    due_at       timestamptz NOT NULL,
    lease_id     uuid,
    leased_until timestamptz,
    -- How often it failed since it last succeeded.
    failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    started_at   timestamptz,
    -- When it last succeeded, and how many rows it handled then.
    succeeded_at timestamptz,
    handled      bigint CHECK (handled >= 0),
    -- When it last failed, and why. Stays when it succeeds again.
    failed_at    timestamptz,
    last_error   text,
    CHECK ((lease_id IS NULL) = (leased_until IS NULL)),
    CHECK ((succeeded_at IS NULL) = (handled IS NULL)),
    CHECK ((failed_at IS NULL) = (last_error IS NULL)),
    CHECK (failures = 0 OR failed_at IS NOT NULL)
);

-- A rotated token keeps naming its successor when that was purged: set to NULL it would look as if
-- it had not been rotated, and setting it would wait for whoever holds its row.
ALTER TABLE refresh_tokens DROP CONSTRAINT refresh_tokens_successor_id_fkey;
