-- The account page that somebody wanted who had to sign in first. A node that does not know it leads to the
-- account.
ALTER TABLE flows ADD COLUMN account_page text;
