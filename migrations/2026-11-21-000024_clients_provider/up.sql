-- A provider that is removed is looked for among the apps whose people are sent there.
CREATE INDEX CONCURRENTLY clients_provider ON clients (provider);
