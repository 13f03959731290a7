//! `[limits]`: how much one address may ask for.

use std::num::NonZeroU32;

use super::values::Values;

/// How many requests a minute one address may make, and at once; `None`: as many as it likes.
///
/// An address is an IPv4 address or an IPv6 network of 64 bits; networks of 48 bits have ten times
/// as much. Each node counts for itself. The defaults leave room for thousands of people behind
/// one address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Of pages and their forms, and of whatever has no limit of its own.
    pub pages: Option<NonZeroU32>,
    /// Of the authorization endpoint, where a sign-in begins with a row in the database.
    pub authorize: Option<NonZeroU32>,
    /// Of what apps ask for: tokens, introspection, revocation, claims.
    pub programs: Option<NonZeroU32>,
    /// Of people's pictures, of which one page may show many.
    pub pictures: Option<NonZeroU32>,
    /// Of what costs no statement: metadata, keys, assets, health.
    pub public: Option<NonZeroU32>,
}

/// The most that can be set: what no machine answers is no limit.
const MOST: u32 = 100_000_000;

impl LimitsConfig {
    pub(super) fn read(values: &mut Values) -> Self {
        let are_on = values.switch("limits.enabled", true);
        let mut limit = |key, default| {
            NonZeroU32::new(values.number(key, default, 0..=MOST)).filter(|_| are_on)
        };
        Self {
            pages: limit("limits.pages_per_minute", 1_200),
            authorize: limit("limits.authorize_per_minute", 600),
            programs: limit("limits.programs_per_minute", 60_000),
            pictures: limit("limits.pictures_per_minute", 12_000),
            public: limit("limits.public_per_minute", 60_000),
        }
    }
}
