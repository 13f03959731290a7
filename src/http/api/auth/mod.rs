//! `/api/auth`: proving who one is, a file per endpoint.

pub mod confirm;
pub mod connect;
pub mod consent;
pub mod forgot_password;
pub mod login;
pub mod logout;
pub mod logout_all;
pub mod passkey_options;
pub mod passkey_verify;
pub mod providers;
pub mod recovery_code;
pub mod refresh;
pub mod register;
pub mod reset_password;
pub mod send_otp;
pub mod session;
pub mod set_up;
pub mod set_up_confirm;
pub mod totp;
pub mod verify_email;
pub mod verify_otp;
