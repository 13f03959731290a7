-- Why requests were refused, for `latchkey why`: kept for their own retention, and bounded in number
-- for those who proved nothing. No foreign keys, because what was sent may name nothing at all.
CREATE TABLE refusals (
    id            uuid PRIMARY KEY,
    at            timestamptz NOT NULL,
    request_id    text NOT NULL,
    method        text,
    endpoint      text,
    -- As sent and shortened: it may be nobody's.
    client_id     text,
    -- The public error code, or the status of an error page.
    error         text NOT NULL,
    -- Which check refused, the section that asks for it (empty: a rule of our own), what would have
    -- been right, and what came, without secrets.
    check_name    text NOT NULL,
    specification text NOT NULL,
    expected      text NOT NULL,
    got           text NOT NULL
);
CREATE INDEX refusals_request ON refusals (request_id);
CREATE INDEX refusals_at ON refusals (at);

-- A disabled client keeps everything, and gets nothing until it is enabled again.
ALTER TABLE clients ADD COLUMN disabled_at timestamptz;
