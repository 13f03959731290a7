//! The migrations themselves, as part of the program.

use std::fmt;

use diesel::connection::BoxableConnection;
use diesel::migration::{Migration, MigrationMetadata, MigrationName, MigrationVersion, Result};
use diesel::pg::Pg;
use sha2::{Digest as _, Sha256};

/// One migration.
#[derive(Debug)]
pub(super) struct Step {
    /// The name of its directory.
    pub(super) name: &'static str,
    /// Its `up.sql`.
    pub(super) sql: &'static str,
    /// Whether it runs in a transaction; `CREATE INDEX CONCURRENTLY` cannot.
    pub(super) in_transaction: bool,
}

macro_rules! step {
    ($name:literal, in_transaction: $in_transaction:literal) => {
        Step {
            name: $name,
            sql: include_str!(concat!("../../migrations/", $name, "/up.sql")),
            in_transaction: $in_transaction,
        }
    };
}

/// Every migration, oldest first.
pub(super) const STEPS: &[Step] = &[
    step!("2026-11-21-000000_foundation", in_transaction: true),
    step!("2026-11-21-000001_revoked_tokens", in_transaction: true),
    step!("2026-11-21-000002_person_contact", in_transaction: true),
    step!("2026-11-21-000003_signing_key_schedule", in_transaction: true),
    step!("2026-11-21-000004_refusals", in_transaction: true),
    step!("2026-11-21-000005_jobs", in_transaction: true),
    step!("2026-11-21-000006_refresh_tokens_rotated", in_transaction: false),
    step!("2026-11-21-000007_users_deleting", in_transaction: false),
    step!("2026-11-21-000008_pkce_optional", in_transaction: true),
    step!("2026-11-21-000009_pkce_checked", in_transaction: true),
    step!("2026-11-21-000010_devices", in_transaction: true),
    step!("2026-11-21-000011_flows_confirm", in_transaction: true),
    step!("2026-11-21-000012_mail", in_transaction: true),
    step!("2026-11-21-000013_factors", in_transaction: true),
    step!("2026-11-21-000014_proofs", in_transaction: true),
    step!("2026-11-21-000015_second_factor_rules", in_transaction: true),
    step!("2026-11-21-000016_flows_user", in_transaction: false),
    step!("2026-11-21-000017_checked", in_transaction: true),
    step!("2026-11-21-000018_pictures", in_transaction: true),
    step!("2026-11-21-000019_registrations_passkey", in_transaction: true),
    step!("2026-11-21-000020_federation", in_transaction: true),
    step!("2026-11-21-000021_arrivals", in_transaction: true),
    step!("2026-11-21-000022_upstream_sessions", in_transaction: true),
    step!("2026-11-21-000023_routing", in_transaction: true),
    step!("2026-11-21-000024_clients_provider", in_transaction: false),
    step!("2026-11-22-000025_flows_account_page", in_transaction: true),
    step!("2026-11-22-000026_links_pressed", in_transaction: true),
    step!("2026-11-22-000027_disowned", in_transaction: true),
];

impl Step {
    /// What the database records: the digits at the name's beginning, as the diesel tools do.
    pub(super) fn version(&self) -> String {
        self.name.chars().take_while(|c| *c != '_').filter(char::is_ascii_digit).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl MigrationName for Step {
    fn version(&self) -> MigrationVersion<'_> {
        Step::version(self).into()
    }
}

impl MigrationMetadata for Step {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl Migration<Pg> for &'static Step {
    fn run(&self, pg: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        Ok(pg.batch_execute(self.sql)?)
    }

    fn revert(&self, _: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        Err("a migration is never taken back".into())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        *self
    }

    fn name(&self) -> &dyn MigrationName {
        *self
    }
}

/// A digest of all migrations in hexadecimal: databases made under equal digests are alike.
pub fn digest() -> String {
    let mut hasher = Sha256::new();
    for step in STEPS {
        // The lengths keep "a"+"bc" and "ab"+"c" apart.
        for part in [step.name, step.sql] {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The migrations that releases have shipped. Add a line for a new one; never change a line,
    /// because databases out there have run that very text.
    const SHIPPED: &[(&str, &str)] = &[
        (
            "2026-11-21-000000_foundation",
            "6285be80a0b4508f149ae239ad91aac51365862a6641e475952e3de198a25f63",
        ),
        (
            "2026-11-21-000001_revoked_tokens",
            "77016d9b4a8b3c8b12ee080ad89611bf8762629d887f7d19b7e7a1cb92c664c3",
        ),
        (
            "2026-11-21-000002_person_contact",
            "44bf10540e4b5b2d485ece2f9eb2c6779d711831136dfc078122c2146359f152",
        ),
        (
            "2026-11-21-000003_signing_key_schedule",
            "3b1574bd5b2ad8318ac0c39e373aff19e78193f7e6e095fd7afcc42da8f043f7",
        ),
        (
            "2026-11-21-000004_refusals",
            "4a1cf12d4c743270a6a5208b9aa658aaa39a599af02a6d73f061966cc729ae83",
        ),
        (
            "2026-11-21-000005_jobs",
            "5a57cb39047c6afcacbcec0061b89cff54bc37aeab9b8868bf7debdf5c49a675",
        ),
        (
            "2026-11-21-000006_refresh_tokens_rotated",
            "9df74ce8785b57378d4fa014f3f059ed1e16ca143fc956e10e680609188332b7",
        ),
        (
            "2026-11-21-000007_users_deleting",
            "b7911fe8886975a296effbb0c14682940fbb128e15f85608854a419f8ef3e6b4",
        ),
        (
            "2026-11-21-000008_pkce_optional",
            "3797166b601f45cf8ac738287fd7e1cb70b72a133e0d6e20d34faf120ef247b4",
        ),
        (
            "2026-11-21-000009_pkce_checked",
            "fd08e7f0b7796e0e4689b622b87c6502f912c1b765805c011e7ec8243fdf86be",
        ),
        (
            "2026-11-21-000010_devices",
            "e16d9527d6fe7ee6191de283f8e785d70e3c4c6b268a6c8562df972d57338894",
        ),
        (
            "2026-11-21-000011_flows_confirm",
            "7b6508b76f40e71702a4c64652f9976fe5132ecb529f8fc749fa14cd4d1fe61c",
        ),
        (
            "2026-11-21-000012_mail",
            "a58fa4b9c79ef63a90c722ab506ee21ecf7a179604deb94389711d35d9c43b04",
        ),
        (
            "2026-11-21-000013_factors",
            "b7b230fe7a3123df055fa1a2ab940bfc1600c6dceef39522c83f3d49ca4098c8",
        ),
        (
            "2026-11-21-000014_proofs",
            "f4c494beabbc40ca76f93d7bb7502ac4831e12f1af39a2e70453ba6e82f0382f",
        ),
        (
            "2026-11-21-000015_second_factor_rules",
            "78f200529235d42c83ba82cdf207bf2b215f1b9a3c2b5bcfe36d0383737645c0",
        ),
        (
            "2026-11-21-000016_flows_user",
            "7cfcaa4a9e2a6f2853660bc3027c1671c9ed0d4ccb8549531ba510ae224b67a7",
        ),
        (
            "2026-11-21-000017_checked",
            "b7186152919888a1416ece98fbf93ea690e25b74f7a9743c66572e52fe29ed62",
        ),
        (
            "2026-11-21-000018_pictures",
            "8a0c9e3e1b82ea1a2b0315e0f95a95c10b33e0abd42604e3b966b3a455f97b6e",
        ),
        (
            "2026-11-21-000019_registrations_passkey",
            "6e163720805de619e76e16956095e80aebe23e54fe1b20f7e06886c2e96930a2",
        ),
        (
            "2026-11-21-000020_federation",
            "c8e92d0eae24aec55f4a318e066a66d3f272a3bf113976e8940eecefb0597518",
        ),
        (
            "2026-11-21-000021_arrivals",
            "b461df76dbfdd88a864460393167e870fe1ebc7947f47313f0d8cf0a1080d155",
        ),
        (
            "2026-11-21-000022_upstream_sessions",
            "9043d6d809251216657a6c04fd4e43a03d05131d72a0a7e2f5c6f61ab7d96df7",
        ),
        (
            "2026-11-21-000023_routing",
            "a4d8e77067e4953158ce17b75e584a460d134358dfc556a086132563ced23a51",
        ),
        (
            "2026-11-21-000024_clients_provider",
            "fb88280245310190f2c18787353095d0fb1db10acfaf59f142f880b64fb819df",
        ),
        (
            "2026-11-22-000025_flows_account_page",
            "9c3402d712e808e157443b76a3ef834346c756c52907c884191f859d5ea290d8",
        ),
        (
            "2026-11-22-000026_links_pressed",
            "3bdc875122308fcc1cde5121514080dcd40a0603c86d67bc6302f81d820c516c",
        ),
        (
            "2026-11-22-000027_disowned",
            "cee6fa62d37fe8c17798b9d87db042ef6975f0c379e23875c3026aa4f3e8b12d",
        ),
    ];

    #[test]
    fn shipped_migrations_never_change() {
        let present: Vec<(&str, String)> =
            STEPS.iter().map(|step| (step.name, hex(&Sha256::digest(step.sql)))).collect();
        let shipped: Vec<(&str, String)> =
            SHIPPED.iter().map(|(name, digest)| (*name, (*digest).to_owned())).collect();
        assert_eq!(present, shipped);
    }

    #[test]
    fn a_version_is_what_the_diesel_tools_make_of_the_name() {
        assert_eq!(STEPS[0].version(), "20261121000000");
    }

    #[test]
    fn every_migration_is_listed() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut on_disk: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        on_disk.sort();
        let listed: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(listed, on_disk);
    }
}
