//! What happened to the account, in plain words.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use crate::i18n::Locale;

/// What happened, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "account/activity.html")]
pub struct ActivityView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Newest first.
    pub happenings: Vec<HappeningView>,
    /// The path of the newest, where this page begins further down.
    pub newest: Option<String>,
    /// The path of what was before.
    pub older: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct HappeningView {
    /// What, as the trail names it: one of [`SENTENCES`].
    pub action: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The key of who did it, where it was not the person.
    pub by: Option<&'static str>,
    /// Whether it came to be.
    pub success: bool,
    /// The app that it was about.
    pub app: Option<String>,
    /// Such as "Firefox".
    pub browser: Option<String>,
    /// Such as "Linux".
    pub system: Option<String>,
    /// The network address.
    pub address: Option<String>,
    /// Where that is.
    pub place: Option<String>,
}

/// What is told, by the name in the trail, with the key of its sentence.
pub const SENTENCES: &[(&str, &str)] = &[
    ("session.sign_in", "activity-sign-in"),
    ("session.sign_in_refused", "activity-sign-in-refused"),
    ("session.factor_proved", "activity-factor-proved"),
    ("session.code_sent", "activity-code-sent"),
    ("session.ended", "activity-session-ended"),
    ("session.provider_signed_out", "activity-provider-signed-out"),
    ("session.disowned", "activity-disowned"),
    ("user.registered", "activity-registered"),
    ("user.changed", "activity-changed"),
    ("user.disabled", "activity-disabled"),
    ("user.deactivated", "activity-deactivated"),
    ("user.reactivated", "activity-reactivated"),
    ("user.enabled", "activity-enabled"),
    ("user.deleted", "activity-deleted"),
    ("user.restored", "activity-restored"),
    ("user.locked", "activity-locked"),
    ("user.unlocked", "activity-unlocked"),
    ("user.username_changed", "activity-username"),
    ("user.picture_changed", "activity-picture"),
    ("user.picture_removed", "activity-picture-removed"),
    ("user.data_exported", "activity-exported"),
    ("user.password_set", "activity-password"),
    ("user.password_reset_asked", "activity-reset-asked"),
    ("user.link_created", "activity-link"),
    ("user.invited", "activity-invited"),
    ("user.factor_added", "activity-factor-added"),
    ("user.factor_renamed", "activity-factor-renamed"),
    ("user.factor_removed", "activity-factor-removed"),
    ("user.recovery_codes_made", "activity-codes-made"),
    ("user.recovery_code_used", "activity-code-used"),
    ("user.browsers_distrusted", "activity-browsers-distrusted"),
    ("user.passkey_added", "activity-passkey-added"),
    ("user.passkey_renamed", "activity-passkey-renamed"),
    ("user.passkey_removed", "activity-passkey-removed"),
    ("user.passkey_cloned", "activity-passkey-copied"),
    ("user.passkey_trusted", "activity-passkey-trusted"),
    ("user.provider_connected", "activity-provider-connected"),
    ("user.provider_disconnected", "activity-provider-disconnected"),
    ("user.administrator_created", "activity-administrator"),
    ("address.asked", "activity-address-asked"),
    ("address.added", "activity-address-added"),
    ("address.primary", "activity-address-primary"),
    ("address.removed", "activity-address-removed"),
    ("address.kept", "activity-address-kept"),
    ("device.forgotten", "activity-device-forgotten"),
    ("consent.given", "activity-consent-given"),
    ("consent.refused", "activity-consent-refused"),
    ("consent.revoked", "activity-consent-revoked"),
    ("grant.revoked", "activity-grant-revoked"),
];

/// What is not told, and why.
#[cfg(test)]
pub(super) const UNTOLD: &[(&str, &str)] = &[
    ("user.registration_begun", "there is no account yet"),
    ("user.removed", "nobody is left to read it"),
    ("authorize.refused", "an app's fault, of nobody who is known"),
    ("token.issued", "an app that is open does this every few minutes"),
    ("token.refused", "an app's fault"),
    ("client.", "about the server"),
    ("provider.", "about the server"),
    ("role.", "about the server"),
    ("setting.", "about the server"),
    ("key.", "about the server"),
    ("keys.", "about the server"),
    ("mail.", "about the server"),
];

/// What is told of an action.
pub fn sentence(action: &str, locale: Locale) -> String {
    let found = SENTENCES.iter().find(|(known, _)| *known == action);
    found.map_or_else(|| action.to_owned(), |(_, key)| locale.text(key))
}

impl HappeningView {
    /// What happened.
    pub fn sentence(&self, frame: &Frame) -> String {
        sentence(&self.action, frame.locale)
    }

    /// What with, where that is known.
    pub fn device(&self, frame: &Frame) -> Option<String> {
        match (&self.browser, &self.system) {
            (Some(browser), Some(system)) => Some(
                frame.locale.format("session-device", &[("browser", browser), ("system", system)]),
            ),
            (Some(known), None) | (None, Some(known)) => Some(known.clone()),
            (None, None) => None,
        }
    }

    /// Whether it says by itself that it came to nothing.
    pub fn failed(&self) -> bool {
        !self.success && !self.action.ends_with("refused")
    }
}

impl Page for ActivityView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-activity")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::Action;

    #[test]
    fn everything_that_concerns_a_person_has_a_sentence() {
        for action in Action::ALL {
            let name = action.as_str();
            let told = SENTENCES.iter().any(|(known, _)| *known == name);
            let untold = UNTOLD.iter().any(|(known, _)| {
                *known == name || known.ends_with('.') && name.starts_with(known)
            });
            assert!(told ^ untold, "{name} needs a sentence in SENTENCES, or its reason in UNTOLD");
        }
        for (name, _) in SENTENCES {
            assert!(name.parse::<Action>().is_ok(), "{name} does not happen any more");
        }
    }
}
