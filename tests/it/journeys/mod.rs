//! What a person does, in a real browser, at a real relying party on another site.

mod account;
mod keyboard;
mod pages;
mod second_factor;
mod passkeys;
mod sign_in;
