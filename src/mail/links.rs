//! The addresses that mail leads to. The one place where they are put together: from the configured
//! issuer and nothing else.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::kernel::secret::Secret;
use crate::kernel::urls::Issuer;

/// Confirms an address, the first or a new one.
pub const CONFIRM_ADDRESS: &str = "/confirm-address";
/// Signs in.
pub const SIGN_IN_LINK: &str = "/sign-in-link";
/// Sets a password.
pub const SET_PASSWORD: &str = "/set-password";
/// "This was not me": ends the session and starts recovery.
pub const NOT_ME: &str = "/not-me";
/// "This was not me": keeps, or brings back, the address that another one is to replace, and starts
/// recovery.
pub const KEEP_ADDRESS: &str = "/keep-address";
/// Restores an account that its person deleted or deactivated.
pub const RESTORE_ACCOUNT: &str = "/restore-account";
/// Asks for a link to set a new password.
pub const FORGOT_PASSWORD: &str = "/forgot-password";
/// Signs in, with whatever the account has.
pub const SIGN_IN: &str = "/login";
/// The account.
pub const ACCOUNT: &str = "/account";
/// What one signs in with.
pub const SECURITY: &str = "/account/security";

/// What stands for itself in a query (RFC 3986 §2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of `path` with the secret of a link.
pub(super) fn with_token(issuer: &Issuer, path: &str, token: &Secret<String>) -> String {
    format!("{}?token={}", issuer.join(path), utf8_percent_encode(token.expose(), QUERY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_leave_its_place() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let link = with_token(&issuer, SET_PASSWORD, &"a&b=c#d\r\n\"é".into());
        assert_eq!(link, "https://id.example/set-password?token=a%26b%3Dc%23d%0D%0A%22%C3%A9");
        let plain = with_token(&issuer, NOT_ME, &"Ab_-9".into());
        assert_eq!(plain, "https://id.example/not-me?token=Ab_-9");
    }
}
