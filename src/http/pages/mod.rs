//! The pages people see. A handler parses, calls one use case and shows a view.

pub mod account;
pub mod addresses;
pub(super) mod answer;
pub mod confirm_address;
pub mod connect;
pub mod consent;
pub(super) mod fault;
pub(super) mod flow;
pub mod forgot_password;
pub mod language;
pub mod link;
pub mod login;
pub mod mailed_code;
pub mod mailed_link;
mod new_account;
pub mod not_me;
mod opened_link;
pub mod passkey;
pub mod provider;
pub mod register;
pub mod register_confirm;
pub mod register_passkey;
pub mod second_factor;
pub mod select_account;
pub mod setup;
pub mod sign_out;
pub mod view;
