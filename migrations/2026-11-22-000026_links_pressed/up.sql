-- A hash of the cookie that binds the browser in which a link was used: the second click of a double one
-- comes from there. Empty where a release before this one used it, or where it died unused.
ALTER TABLE one_time_links ADD COLUMN consumed_by bytea;
