-- Behind a pooler in transaction mode the limits that a node sets on its connection reach only some
-- transactions. Set on the role in that database, they hold for every one. Run it as the owner of the
-- database or as an administrator; it takes effect for connections that are made afterwards.
-- The first two are `database.statement_timeout_seconds`, the third is twice that.
ALTER ROLE latchkey IN DATABASE latchkey SET statement_timeout = '3s';
ALTER ROLE latchkey IN DATABASE latchkey SET lock_timeout = '3s';
ALTER ROLE latchkey IN DATABASE latchkey SET idle_in_transaction_session_timeout = '6s';
ALTER ROLE latchkey IN DATABASE latchkey SET default_transaction_isolation = 'read committed';
