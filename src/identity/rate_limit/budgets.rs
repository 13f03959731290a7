//! Which budgets an attempt takes from.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Budget, Budgets, Subject, network};
use crate::crypto::seal::MasterKey;
use crate::domain::address::Identifier;
use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::domain::setting::{Settings, seconds};
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::attempts::PREFIX;
use crate::storage::tx::Tx;

/// How long failures of one address at one account count: for who guesses slowly.
const PAIR_WINDOW: TimeDelta = TimeDelta::days(1);

/// How long failures in a row count: until a sign-in succeeds.
pub(super) const FOR_EVER: TimeDelta = TimeDelta::days(36_500);

/// A sign-in with a password.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct SignIn<'a> {
    pub(in crate::identity) master: &'a MasterKey,
    pub(in crate::identity) settings: &'a Settings,
    /// What was typed into the login field.
    pub(in crate::identity) typed: &'a str,
    pub(in crate::identity) ip: Option<&'a str>,
    /// The account that has this name.
    pub(in crate::identity) user: Option<UserId>,
    /// The browser, where the account knows it.
    pub(in crate::identity) device: Option<DeviceId>,
    pub(in crate::identity) now: DateTime<Utc>,
}

impl Budgets {
    /// For a sign-in. A browser that the account knows has a budget of its own, so that strangers
    /// use nothing up that the owner needs; one that has missed too often in a row is a stranger.
    pub(in crate::identity) fn sign_in(
        tx: &mut Tx<'_>,
        who: &SignIn<'_>,
    ) -> Result<Self, StorageError> {
        if let (Some(user), Some(device)) = (who.user, who.device) {
            let budgets = Self::device(who.master, who.settings, user, device);
            let run: Vec<_> = budgets.shown.iter().filter(|it| !it.id.0.grows()).collect();
            let present =
                tx.attempts().load(&run.iter().map(|it| it.id).collect::<Vec<_>>(), who.now)?;
            let mut counts = run.iter().zip(present);
            if !counts.any(|(run, it)| it.is_some_and(|counted| counted.is_full(run.limit))) {
                return Ok(budgets);
            }
        }
        Ok(Self::stranger(who))
    }

    fn stranger(who: &SignIn<'_>) -> Self {
        let (master, settings) = (who.master, who.settings);
        let identifier = Identifier::parse(who.typed);
        let name = identifier.as_ref().map_or(who.typed, Identifier::canonical);
        let network = network(who.ip);
        let fast = window(settings, settings.max_failed_logins);
        let slow = Limit { attempts: settings.max_failed_logins_per_pair, window: PAIR_WINDOW };
        let typed = key(master, AttemptKind::Identifier, name);
        // As much work where there is no account as where there is one.
        let nobody = || behind(master, settings, &format!("name {name}"), &network, RunEnds::Soon);
        let hidden = match who.user {
            Some(user) => behind(master, settings, &account(user), &network, RunEnds::Never),
            None => nobody(),
        };
        let stand_ins = nobody();
        let shown = vec![
            by_network(master, settings, &network),
            Budget::new(AttemptKind::Identifier, typed, fast),
            Budget::new(AttemptKind::IdentifierAtAddress, pair(master, typed, &network), slow),
        ];
        let subject = Subject { user: who.user, device: None };
        Self { subject, shown, hidden, stand_ins, run: None }
    }

    fn device(master: &MasterKey, settings: &Settings, user: UserId, device: DeviceId) -> Self {
        let shown =
            own(master, settings, AttemptKind::Device, AttemptKind::DeviceRun, &device.to_string());
        let subject = Subject { user: Some(user), device: Some(device) };
        let run = run(master, settings, &account(user), FOR_EVER);
        Self { subject, run: Some(run), ..Self::shown(shown) }
    }

    /// For what is counted by address alone.
    pub(in crate::identity) fn address(
        master: &MasterKey,
        settings: &Settings,
        ip: Option<&str>,
    ) -> Self {
        Self::shown(vec![by_network(master, settings, &network(ip))])
    }

    /// For what somebody does to their own account, whether or not it comes to anything.
    pub(in crate::identity) fn own_act(
        master: &MasterKey,
        kind: AttemptKind,
        user: UserId,
        limit: Limit,
    ) -> Self {
        Self::shown(vec![Budget::new(kind, key(master, kind, &account(user)), limit)])
    }

    pub(super) fn shown(shown: Vec<Budget>) -> Self {
        let subject = Subject::default();
        Self { subject, shown, hidden: vec![], stand_ins: vec![], run: None }
    }
}

/// When failures in a row are forgotten without a success.
#[derive(Clone, Copy)]
enum RunEnds {
    Never,
    /// Where there is no account nothing can be guessed, and nothing needs to be kept.
    Soon,
}

/// The hidden budgets.
fn behind(
    master: &MasterKey,
    settings: &Settings,
    subject: &str,
    network: &str,
    ends: RunEnds,
) -> Vec<Budget> {
    let fast = window(settings, settings.max_failed_logins);
    let slow = Limit { attempts: settings.max_failed_logins_per_pair, window: PAIR_WINDOW };
    let window = match ends {
        RunEnds::Never => FOR_EVER,
        RunEnds::Soon => PAIR_WINDOW,
    };
    let account = key(master, AttemptKind::Account, subject);
    vec![
        Budget::new(AttemptKind::Account, account, fast),
        Budget::new(AttemptKind::AccountAtAddress, pair(master, account, network), slow),
        run(master, settings, subject, window),
    ]
}

/// Failures in a row at an account.
fn run(master: &MasterKey, settings: &Settings, subject: &str, window: TimeDelta) -> Budget {
    let limit = Limit { attempts: settings.max_failed_logins_in_a_row, window };
    Budget::new(AttemptKind::AccountRun, key(master, AttemptKind::AccountRun, subject), limit)
}

/// A budget with its failures in a row, of who is no stranger.
pub(super) fn own(
    master: &MasterKey,
    settings: &Settings,
    kind: AttemptKind,
    run: AttemptKind,
    subject: &str,
) -> Vec<Budget> {
    let ceiling = Limit { attempts: settings.max_failed_logins_in_a_row, window: FOR_EVER };
    vec![
        Budget::new(kind, key(master, kind, subject), window(settings, settings.max_failed_logins)),
        Budget::new(run, key(master, run, subject), ceiling),
    ]
}

pub(super) fn by_network(master: &MasterKey, settings: &Settings, network: &str) -> Budget {
    let limit = window(settings, settings.max_logins_per_address);
    Budget::new(AttemptKind::Address, key(master, AttemptKind::Address, network), limit)
}

pub(super) fn window(settings: &Settings, attempts: u32) -> Limit {
    Limit { attempts, window: seconds(settings.lockout) }
}

/// An account among the subjects. No name that can be typed is like this.
pub(super) fn account(user: UserId) -> String {
    format!("user {user}")
}

/// A counter's key: a keyed hash, so that the counters do not tell who tried.
pub(super) fn key(master: &MasterKey, kind: AttemptKind, subject: &str) -> TokenHash {
    let purpose = match kind {
        // As earlier releases name them, with which nodes of ours may share a database.
        AttemptKind::Address => "attempts:address".to_owned(),
        AttemptKind::Identifier => "attempts:identifier".to_owned(),
        kind => format!("attempts:{kind}"),
    };
    master.keyed_hash(&purpose, subject.as_bytes()).into()
}

/// The key of a pair. Those of one account, or of one name, begin alike, so that they are found
/// without the addresses.
fn pair(master: &MasterKey, of: TokenHash, network: &str) -> TokenHash {
    let mut bytes: [u8; 32] = master.keyed_hash("attempts:network", network.as_bytes());
    let begin = of.as_bytes().iter().take(PREFIX);
    bytes.iter_mut().zip(begin).for_each(|(byte, of)| *byte = *of);
    bytes.into()
}
