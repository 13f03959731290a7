//! `latchkey keys …`.

use clap::{Args, Subcommand};

/// `latchkey keys`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  latchkey keys rotate && latchkey keys list")]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What `latchkey keys` can do.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Create the master key and the first signing keys, where there are none.
    Init,
    /// List the signing keys, with what happens next and when.
    List,
    /// Let the next signing key take over as soon as every relying party can know it.
    Rotate(RotateKeys),
    /// End a signing key that somebody else may have, and everything signed with it.
    Revoke(RevokeKey),
    /// Move everything that is sealed from the previous master key to the present one.
    Reseal(ResealKeys),
}

/// `latchkey keys rotate`.
#[derive(Debug, Args)]
pub struct RotateKeys {
    /// Do not wait until the next key was published for long enough: relying parties with an older
    /// key set refuse new tokens until they ask for it again.
    #[arg(long)]
    pub now: bool,
}

/// `latchkey keys revoke`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  latchkey keys revoke NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)]
pub struct RevokeKey {
    /// The key, by the name that "latchkey keys list" shows.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    pub kid: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `latchkey keys reseal`.
#[derive(Debug, Args)]
#[command(
    after_help = "Every server must have been restarted with both keys before: see keys/README.md."
)]
pub struct ResealKeys {
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}
