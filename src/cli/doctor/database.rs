//! The database: is it there, is it ours, does its clock agree?

use chrono::TimeDelta;
use tokio::runtime::Runtime;

use super::Finding;
use crate::app::Database;
use crate::cli::database::{self, check_issuer, is_set};
use crate::cli::exit::Failure;
use crate::config::{Config, DatabaseTarget};
use crate::domain::instance::Instance;
use crate::domain::setting::Loaded;
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;
use crate::storage::server::{self, OLDEST_MAJOR_VERSION};
use crate::storage::{Db, StorageError};

/// A database whose schema is ours.
pub(super) struct Opened {
    pub(super) db: Db,
    /// What it belongs to; `None` before the first start.
    pub(super) instance: Option<Instance>,
    /// The issuer that it belongs to.
    pub(super) issuer: Option<Issuer>,
    _database: Database,
}

/// Adds the findings about the database; `None` when nothing more can be read from it.
pub(super) fn look(
    config: &Config,
    env: &Env,
    runtime: &Runtime,
    findings: &mut Vec<Finding>,
) -> Option<Opened> {
    const CHECK: &str = "database";
    let opened = Database::open(config).map_err(Failure::from);
    let opened = opened.and_then(|it| Ok((database::connect(config, &it)?, it)));
    let (db, database) = match opened {
        Ok(opened) => opened,
        Err(failure) => {
            findings.push(Finding::failure(CHECK, failure));
            return None;
        }
    };
    let version = match runtime.block_on(db.load(server::version)) {
        Ok(version) => version,
        Err(error) => {
            findings.push(Finding::failure(CHECK, error.into()));
            return None;
        }
    };
    findings.push(Finding::ok(
        CHECK,
        match &config.database.target {
            DatabaseTarget::External(_) => "it answers".to_owned(),
            DatabaseTarget::Private(path) => {
                format!("the private Postgres in {} answers", path.display())
            }
        },
    ));
    findings.push(postgres(version));
    findings.push(clock(runtime.block_on(db.clock_offset(env))));
    if let Err(failure) = database::check_schema(&db) {
        findings.push(Finding::failure("schema", failure));
        return None;
    }
    findings.push(Finding::ok("schema", "it is this program's"));
    let instance = match runtime.block_on(db.load(|tx| tx.instance().find())) {
        Ok(instance) => instance,
        Err(error) => {
            findings.push(Finding::failure("instance", error.into()));
            return None;
        }
    };
    findings.push(recorded(config, instance.as_ref()));
    findings.push(settings(runtime.block_on(db.load(|tx| tx.settings().load()))));
    let issuer = instance.as_ref().and_then(|instance| Issuer::parse(&instance.issuer).ok());
    Some(Opened { db, instance, issuer, _database: database })
}

fn postgres(version: i32) -> Finding {
    const CHECK: &str = "Postgres version";
    let (major, minor) = (version / 10_000, version % 10_000);
    let message = format!("{major}.{minor}");
    if major < OLDEST_MAJOR_VERSION {
        let fix = format!("upgrade the server to {OLDEST_MAJOR_VERSION} or newer");
        return Finding::fail(CHECK, message, fix);
    }
    Finding::ok(CHECK, message)
}

fn recorded(config: &Config, instance: Option<&Instance>) -> Finding {
    const CHECK: &str = "issuer of the database";
    let Some(instance) = instance else {
        return Finding::ok(CHECK, "none yet; the first start records it");
    };
    if is_set(config, "issuer")
        && let Err(failure) = check_issuer(instance, &config.issuer)
    {
        return Finding::failure(CHECK, failure);
    }
    Finding::ok(CHECK, instance.issuer.clone())
}

/// What was changed past the commands may be stored and not be used.
fn settings(loaded: Result<Loaded, StorageError>) -> Finding {
    const CHECK: &str = "settings";
    let left_out = match loaded {
        Ok(loaded) => loaded.left_out,
        Err(error) => return Finding::failure(CHECK, error.into()),
    };
    if left_out.is_empty() {
        return Finding::ok(CHECK, "every stored one is in force");
    }
    let told: Vec<_> = left_out.iter().map(|it| format!("{}: {}", it.name, it.problem)).collect();
    Finding::warn(
        CHECK,
        format!("stored, but the default holds instead: {}", told.join("; ")),
        "`latchkey settings set NAME VALUE` stores a good value, `latchkey settings reset NAME` \
         the default",
    )
}

/// Beyond this a node is not ready, whatever it does to correct itself.
const MOST: TimeDelta = TimeDelta::seconds(30);

/// From here on somebody should look at how the machine keeps time.
const MUCH: TimeDelta = TimeDelta::seconds(2);

fn clock(offset: Result<TimeDelta, StorageError>) -> Finding {
    const CHECK: &str = "clock";
    let offset = match offset {
        Ok(offset) => offset,
        Err(error) => return Finding::failure(CHECK, error.into()),
    };
    let milliseconds = offset.num_milliseconds();
    let message = match milliseconds {
        0 => "the same as the database's".to_owned(),
        behind @ 1.. => format!("{behind} ms behind the database's"),
        ahead => format!("{} ms ahead of the database's", ahead.unsigned_abs()),
    };
    let fix = "keep both machines' clocks by NTP (chrony or systemd-timesyncd)";
    match offset.abs() {
        off if off > MOST => Finding::fail(CHECK, message, fix),
        off if off > MUCH => Finding::warn(CHECK, message, fix),
        _ => Finding::ok(CHECK, message),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_its_distance_either_way() {
        for (milliseconds, level, words) in [
            (0, Level::Ok, "the same"),
            (1_999, Level::Ok, "1999 ms behind"),
            (-2_001, Level::Warn, "2001 ms ahead"),
            (-30_001, Level::Fail, "30001 ms ahead"),
            (86_400_000, Level::Fail, "behind"),
        ] {
            let finding = clock(Ok(TimeDelta::milliseconds(milliseconds)));
            assert_eq!(finding.level, level, "{milliseconds}");
            assert!(finding.message.contains(words), "{}", finding.message);
        }
    }

    #[test]
    fn old_servers_are_refused() {
        assert_eq!(postgres(130_012).level, Level::Fail);
        assert_eq!(postgres(140_000).level, Level::Ok);
        assert_eq!(postgres(170_002).message, "17.2");
    }
}
