//! What a person does, in a real browser, at a real relying party on another site.

mod account;
mod keyboard;
mod pages;
pub(crate) mod passkeys;
mod providers;
mod second_factor;
mod sign_in;
mod templates;
