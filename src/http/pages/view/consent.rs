//! The consent page, and scopes in words.

use askama::Template;

use super::frame::{AppView, Frame};
use super::page::Page;
use crate::domain::claims::Claim;

/// An app asks for access. Sends `decision`: `allow` or `deny`.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app that asks.
    pub app: AppView,
    /// Where the form goes.
    pub action: String,
    /// What it asks for, in the order to be shown.
    pub scopes: Vec<ScopeView>,
    /// Name or address of who is signed in.
    pub signed_in_as: String,
    /// Where "Not you?" goes.
    pub switch_account: String,
    /// How long the access lasts.
    pub lasts: Lasts,
}

/// How long access lasts that is given now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// For so many minutes: there is nothing to renew it with.
    Minutes(u32),
    /// Until the person signs out, and for so many days at most.
    Session(u32),
    /// For so many days at most, signed in or not.
    Offline(u32),
}

/// One scope, or a single claim beside the scopes.
#[derive(Clone, Debug)]
pub struct ScopeView {
    /// Which claim it is, where it is no scope.
    pub claim: Option<Claim>,
    /// Its name in the protocol, such as `email`.
    pub name: String,
    /// It was not among what the person allowed this app before. Only marked where something was.
    pub new: bool,
}

impl ScopeView {
    /// What it lets the app do, as the end of the sentence "ACME Notes wants to". A scope that is
    /// not one of ours is shown by its name.
    pub fn title(&self, frame: &Frame) -> String {
        let locale = frame.locale;
        if let Some(claim) = self.claim {
            return locale.text(claim_key(claim));
        }
        match self.name.as_str() {
            "openid" => locale.text("scope-openid"),
            "profile" => locale.text("scope-profile"),
            "email" => locale.text("scope-email"),
            "phone" => locale.text("scope-phone"),
            "address" => locale.text("scope-address"),
            "offline_access" => locale.text("scope-offline-access"),
            "roles" => locale.text("scope-roles"),
            other => locale.text_with("scope-other", "scope", other),
        }
    }

    /// What that means for the person.
    pub fn detail(&self, frame: &Frame) -> String {
        if self.claim.is_some() {
            return frame.locale.text("claim-detail");
        }
        frame.locale.text(match self.name.as_str() {
            "openid" => "scope-openid-detail",
            "profile" => "scope-profile-detail",
            "email" => "scope-email-detail",
            "phone" => "scope-phone-detail",
            "address" => "scope-address-detail",
            "offline_access" => "scope-offline-access-detail",
            "roles" => "scope-roles-detail",
            _ => "scope-other-detail",
        })
    }
}

/// What an app sees by a single claim, as the end of the sentence "ACME Notes wants to".
fn claim_key(claim: Claim) -> &'static str {
    match claim {
        Claim::Name => "claim-name",
        Claim::GivenName => "claim-given-name",
        Claim::FamilyName => "claim-family-name",
        Claim::MiddleName => "claim-middle-name",
        Claim::Nickname => "claim-nickname",
        Claim::PreferredUsername => "claim-preferred-username",
        Claim::Picture => "claim-picture",
        Claim::Profile => "claim-profile",
        Claim::Website => "claim-website",
        Claim::Gender => "claim-gender",
        Claim::Birthdate => "claim-birthdate",
        Claim::Zoneinfo => "claim-zoneinfo",
        Claim::Locale => "claim-locale",
        Claim::UpdatedAt => "claim-updated-at",
        Claim::Email => "scope-email",
        Claim::EmailVerified => "claim-email-verified",
        Claim::PhoneNumber => "scope-phone",
        Claim::PhoneNumberVerified => "claim-phone-number-verified",
        Claim::Address => "scope-address",
        Claim::Roles => "scope-roles",
    }
}

impl ConsentView {
    /// How long the access lasts, in words.
    pub fn duration(&self) -> String {
        let locale = self.frame.locale;
        match self.lasts {
            Lasts::Minutes(minutes) => {
                locale.text_with("consent-lasts-minutes", "minutes", minutes)
            }
            Lasts::Session(days) => locale.text_with("consent-lasts-session", "days", days),
            Lasts::Offline(days) => locale.text_with("consent-lasts-offline", "days", days),
        }
    }

    /// Whose app it is and where it leads.
    pub fn origin(&self) -> String {
        let (locale, app) = (self.frame.locale, &self.app);
        match &app.publisher {
            Some(publisher) => locale.format(
                "consent-host-publisher",
                &[("app", &app.name), ("publisher", publisher), ("host", &app.host)],
            ),
            None => locale.text_with("consent-host", "host", &app.host),
        }
    }
}

impl Page for ConsentView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("consent-title", "app", &self.app.name)
    }
}
