-- Every client's policy is one of those that there are.
ALTER TABLE clients VALIDATE CONSTRAINT clients_pkce_check;
