//! The consent page, and scopes in words.

use askama::Template;

use super::frame::{AppView, Frame};
use super::page::Page;

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
}

/// One scope.
#[derive(Clone, Debug)]
pub struct ScopeView {
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

impl ConsentView {
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
