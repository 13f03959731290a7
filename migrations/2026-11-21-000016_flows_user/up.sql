-- An account that is removed takes its sign-ins under way with it.
CREATE INDEX CONCURRENTLY flows_user ON flows (user_id);
