//! What operators change at run time. Values live in the database; these are the defaults.
//!
//! To add a setting, add one entry to the table below: the field of [`Settings`], the commands,
//! the checks of what is stored and the documentation derive from it.

mod value;

use std::ops::RangeInclusive;

use chrono::TimeDelta;

pub use value::{BadValue, Unit};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
const YEAR: u32 = 365 * DAY;

/// Declares every setting: what it is, its unit, its default, what is allowed, and which other one
/// it must not exceed.
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $name:ident: $unit:ident = $default:expr, $allowed:expr $(, at_most $other:ident)?;
    )*) => {
        /// Every setting with its value. Durations are seconds.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $about])+ pub $name: u32,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }

        impl Setting {
            /// Every setting.
            pub const ALL: &[Self] = &[$(Self {
                name: stringify!($name),
                about: concat!($($about),+),
                unit: Unit::$unit,
                default: $default,
                allowed: $allowed,
                at_most: settings!(@other $($other)?),
                read: |settings| settings.$name,
                write: |settings, value| settings.$name = value,
            }),*];
        }
    };
    (@other) => { None };
    // Names a field, so that a relation with a setting that is not there does not compile.
    (@other $other:ident) => {{
        const _: fn(&Settings) -> u32 = |settings| settings.$other;
        Some(stringify!($other))
    }};
}

settings! {
    /// How long an authorization code can be redeemed.
    code_lifetime: Time = MINUTE, 5..=MINUTE;
    /// How long an access token lives, where the client has no lifetime of its own.
    access_token_lifetime: Time = 15 * MINUTE, MINUTE..=DAY;
    /// How long an ID token lives, where the client has no lifetime of its own.
    id_token_lifetime: Time = HOUR, MINUTE..=HOUR;
    /// How long a refresh token lives when it is not used.
    refresh_idle_lifetime: Time = 7 * DAY, MINUTE..=YEAR, at_most refresh_absolute_lifetime;
    /// How long an app can refresh its tokens before the person signs in anew.
    refresh_absolute_lifetime: Time = 30 * DAY, MINUTE..=YEAR;
    /// How long a refresh token that was just replaced may be sent again, for an app whose answer
    /// got lost.
    refresh_grace: Time = 10, 0..=MINUTE;
    /// How long a sign-in that was begun may take.
    flow_lifetime: Time = HOUR, 5 * MINUTE..=DAY;
    /// How long a browser stays signed in when it is not used.
    session_idle: Time = 12 * HOUR, 5 * MINUTE..=YEAR, at_most session_absolute;
    /// How long a browser stays signed in at most.
    session_absolute: Time = DAY, 5 * MINUTE..=YEAR;
    /// How long a browser of somebody who chose to stay signed in does so when it is not used.
    remember_idle: Time = 14 * DAY, 5 * MINUTE..=YEAR, at_most remember_absolute;
    /// How long a browser of somebody who chose to stay signed in does so at most.
    remember_absolute: Time = 30 * DAY, 5 * MINUTE..=YEAR;
    /// Whether people can choose to stay signed in. While it is off, who chose so before is signed out
    /// like everybody else.
    remember_me: Switch = 1, 0..=1;
    /// How long after signing in somebody may change what an account is entered with; later they sign
    /// in once more first.
    fresh_authentication: Time = 15 * MINUTE, MINUTE..=DAY;
    /// Whether people prove a second factor: never, those who have one, or everybody.
    second_factor: Rule = 1, 0..=2;
    /// Whether a mailed code is the second factor of those who have no other.
    second_factor_by_mail: Switch = 0, 0..=1;
    /// For how long a browser that somebody chose to trust is asked for no second factor; 0: none can
    /// be trusted.
    trusted_browser_lifetime: Time = 30 * DAY, 0..=YEAR;
    /// The least number of characters in a new password.
    password_min_chars: Count = 8, 8..=64;
    /// The least number of characters in a new password where it is all that the account asks for:
    /// where there is neither an authenticator app nor a passkey.
    password_only_min_chars: Count = 8, 8..=64;
    /// How many sign-ins may fail for one account within the lockout before it is locked.
    max_failed_logins: Count = 5, 1..=100;
    /// How long failed sign-ins count, and how long the first lock lasts.
    lockout: Time = 15 * MINUTE, MINUTE..=DAY, at_most lockout_longest;
    /// How long a lock lasts at most: each one in a row lasts twice as long as the one before, and
    /// they are forgotten when there was none for this long.
    lockout_longest: Time = DAY, MINUTE..=30 * DAY;
    /// How many sign-ins may fail for one account from one address within a day.
    max_failed_logins_per_pair: Count = 20, 1..=1000;
    /// How many sign-ins may fail for one account in a row before it lets in only browsers that it
    /// knows, until its password is set anew or an operator unlocks it.
    max_failed_logins_in_a_row: Count = 100, 10..=100;
    /// How long an account knows a browser in which nobody signs in to it.
    device_lifetime: Time = 180 * DAY, DAY..=YEAR;
    /// How many failed requests to the sign-in pages one address may make within the lockout.
    max_logins_per_address: Count = 100, 5..=100_000;
    /// How long a link that sets a password or makes the first administrator works.
    one_time_link_lifetime: Time = 30 * MINUTE, 5 * MINUTE..=7 * DAY;
    /// How many links to reset its password one account gets within an hour.
    max_password_resets_per_hour: Count = 5, 1..=100;
    /// How many mails that anybody can cause one address gets within an hour.
    max_mails_per_recipient_per_hour: Count = 10, 1..=1000;
    /// How many mails that tell of what was done to an account its address gets within an hour, beside
    /// the others.
    max_notices_per_recipient_per_hour: Count = 30, 10..=1000;
    /// How long a signing key signs before the next one takes over.
    signing_key_lifetime: Time = 90 * DAY, HOUR..=YEAR;
    /// How long a signing key is published, at least, before it signs.
    signing_key_publication: Time = HOUR, 10..=30 * DAY;
    /// How long an entry of the audit trail is kept.
    audit_retention: Time = 90 * DAY, DAY..=YEAR;
    /// How long the reasons of refused requests are kept for the command "why".
    refusal_retention: Time = 14 * DAY, DAY..=YEAR;
}

/// Who proves a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Nobody is asked for it, unless an app insists.
    Off,
    /// Who has one.
    Optional,
    /// Everybody; who has none makes one.
    Required,
}

/// What is known of a setting, beside its value.
#[derive(Debug)]
pub struct Setting {
    /// As in the database and on the command line.
    pub name: &'static str,
    about: &'static str,
    /// What its number counts.
    pub unit: Unit,
    /// Without anybody's change.
    pub default: u32,
    /// What it can be.
    pub allowed: RangeInclusive<u32>,
    /// The setting that this one must not exceed.
    pub at_most: Option<&'static str>,
    read: fn(&Settings) -> u32,
    write: fn(&mut Settings, u32),
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Setting {}

/// How alike two names must be for one to be suggested for the other; 1 is equal.
const ALIKE: f64 = 0.6;

impl Setting {
    /// The setting of that name; hyphens are as good as underscores.
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = name.replace('-', "_");
        Self::ALL.iter().find(|setting| setting.name == name)
    }

    /// The setting that was probably meant by a name that none has.
    pub fn suggest(name: &str) -> Option<&'static Self> {
        let name = name.to_lowercase().replace('-', "_");
        Self::ALL
            .iter()
            .map(|setting| (strsim::normalized_damerau_levenshtein(&name, setting.name), setting))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, setting)| setting)
    }

    /// What it is, in a sentence.
    pub fn about(&self) -> &'static str {
        self.about.trim_start()
    }

    /// Its value.
    pub fn of(&self, settings: &Settings) -> u32 {
        (self.read)(settings)
    }

    /// What it can be, in words.
    pub fn range(&self) -> String {
        let (least, most) = (self.unit.show(*self.allowed.start()), self.allowed.end());
        match self.unit {
            Unit::Switch => return format!("{least} or {}", self.unit.show(*most)),
            Unit::Rule => return "off, optional or required".to_owned(),
            Unit::Time | Unit::Count => {}
        }
        let limit = self.at_most.map_or_else(String::new, |other| format!(" and at most {other}"));
        format!("from {least} to {}{limit}", self.unit.show(*most))
    }

    /// Reads what somebody typed: for a time `15m`, `7d` or bare seconds, for a count a number.
    pub fn parse(&self, text: &str) -> Result<u32, BadValue> {
        let value = self.unit.parse(text)?;
        self.check(u64::from(value))
    }

    /// Refuses a number that is beyond what is allowed.
    pub fn check(&self, value: u64) -> Result<u32, BadValue> {
        u32::try_from(value)
            .ok()
            .filter(|value| self.allowed.contains(value))
            .ok_or_else(|| BadValue::OutOfRange { name: self.name, range: self.range() })
    }
}

impl Settings {
    /// The same with one changed; the relations with the others are kept, or it is refused.
    pub fn with(&self, setting: &Setting, value: u32) -> Result<Self, BadValue> {
        let mut changed = self.clone();
        setting.check(u64::from(value))?;
        (setting.write)(&mut changed, value);
        match changed.broken_relation() {
            Some((smaller, larger)) => Err(BadValue::Relation {
                smaller: smaller.name,
                larger: larger.name,
                limit: larger.unit.show(larger.of(&changed)),
            }),
            None => Ok(changed),
        }
    }

    /// The defaults overlaid with what is stored. A value that is not allowed is left out, and so
    /// are both of a pair whose relation does not hold, so that every node falls back to the same
    /// defaults; `left_out` tells which they are.
    pub fn overlay(stored: &[(String, serde_json::Value)]) -> Loaded {
        let (mut settings, mut left_out) = (Self::default(), Vec::new());
        for (name, value) in stored {
            let problem = match Setting::ALL.iter().find(|setting| setting.name == name) {
                None => "this release has no such setting".to_owned(),
                Some(setting) => match value.as_u64().map(|value| setting.check(value)) {
                    Some(Ok(value)) => {
                        (setting.write)(&mut settings, value);
                        continue;
                    }
                    Some(Err(bad)) => bad.to_string(),
                    None => format!("it is no whole number; it must be {}", setting.range()),
                },
            };
            left_out.push(LeftOut { name: name.clone(), problem });
        }
        // Each round puts two back to defaults that hold among themselves, so there is an end.
        for _ in Setting::ALL {
            let Some((smaller, larger)) = settings.broken_relation() else { break };
            for setting in [smaller, larger] {
                if setting.of(&settings) != setting.default {
                    let problem = format!("{} is more than {}", smaller.name, larger.name);
                    left_out.push(LeftOut { name: setting.name.to_owned(), problem });
                    (setting.write)(&mut settings, setting.default);
                }
            }
        }
        Loaded { settings, left_out }
    }

    fn broken_relation(&self) -> Option<(&'static Setting, &'static Setting)> {
        Setting::ALL.iter().find_map(|setting| {
            let limit = Setting::find(setting.at_most?)?;
            (setting.of(self) > limit.of(self)).then_some((setting, limit))
        })
    }

    /// Who proves a second factor.
    pub fn second_factor_rule(&self) -> SecondFactorRule {
        match self.second_factor {
            0 => SecondFactorRule::Off,
            1 => SecondFactorRule::Optional,
            _ => SecondFactorRule::Required,
        }
    }

    /// Whether a mailed code is the second factor of those who have no other.
    pub fn mailed_second_factor(&self) -> bool {
        self.second_factor_by_mail != 0
    }

    /// The least number of characters in a new password. `alone`: the account has no second factor.
    pub fn password_min(&self, alone: bool) -> u32 {
        let alone = if alone { self.password_only_min_chars } else { 0 };
        self.password_min_chars.max(alone)
    }

    /// Whether people can choose to stay signed in.
    pub fn offers_remember_me(&self) -> bool {
        self.remember_me == 1
    }

    /// How long a session may be unused. `remember`: the person chose to stay signed in.
    pub fn session_idle(&self, remember: bool) -> TimeDelta {
        let stays = remember && self.offers_remember_me();
        seconds(if stays { self.remember_idle } else { self.session_idle })
    }

    /// How old a session may become. `remember`: the person chose to stay signed in.
    pub fn session_absolute(&self, remember: bool) -> TimeDelta {
        let stays = remember && self.offers_remember_me();
        seconds(if stays { self.remember_absolute } else { self.session_absolute })
    }

    /// How long after signing in somebody may do what is sensitive.
    pub fn fresh_authentication(&self) -> TimeDelta {
        seconds(self.fresh_authentication)
    }
}

/// The settings as they are in the database, as far as they can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What holds.
    pub settings: Settings,
    /// What is stored and does not hold.
    pub left_out: Vec<LeftOut>,
}

/// A stored value that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The setting.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

impl From<Settings> for Loaded {
    fn from(settings: Settings) -> Self {
        Self { settings, left_out: Vec::new() }
    }
}

/// A duration from the seconds of a setting.
pub fn seconds(value: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(value))
}

#[cfg(test)]
mod tests;
