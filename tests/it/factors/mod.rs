//! Second factors: authenticator apps, recovery codes, and what a sign-in gives before the last one.

mod locked;
mod order;
mod recovery_codes;
mod resealed;
mod set_up;
mod step_up;
mod totp;
mod trust;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
