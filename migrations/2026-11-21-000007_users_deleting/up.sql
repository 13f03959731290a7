-- The purge finds accounts by when their deletion was asked for.
CREATE INDEX CONCURRENTLY users_deleting ON users (deleting_since)
    WHERE deleting_since IS NOT NULL;
