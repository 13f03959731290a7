//! Other providers: their buttons, the question whether to connect one, and what an account is connected
//! with.

use askama::Template;
use chrono::{DateTime, Utc};

use super::account::AccountNav;
use super::frame::{AppView, Frame};
use super::page::Page;
use super::problem::{Problem, Problems};
use crate::domain::provider::{ProviderKind, Slug};
use crate::http::assets;

/// A button that leads to a provider.
#[derive(Clone, Debug)]
pub struct ProviderButton {
    /// Its name in addresses.
    pub id: String,
    /// What it speaks, which decides its mark.
    pub kind: ProviderKind,
    /// What people call it.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it was used last in this browser.
    pub was_used: bool,
}

impl ProviderButton {
    /// The path of its mark.
    pub fn mark(&self) -> &'static str {
        assets::mark_path(self.kind)
    }
}

/// Why nobody came in from a provider.
#[derive(Clone, Debug)]
pub struct NotIn {
    /// In a sentence.
    pub text: String,
    /// The provider that is to ask with which account, when somebody goes there once more.
    pub another: Option<Slug>,
    /// The request's id, as in the log; `None`: nobody has to look there.
    pub request_id: Option<String>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl NotIn {
    pub(super) fn problem(&self) -> Problem {
        Problem { field: None, text: self.text.clone() }
    }
}

/// Whether an account is to be connected with whom the person is at a provider. Sends `decision`:
/// `connect` or `not-now`.
#[derive(Clone, Debug, Template)]
#[template(path = "connect.html")]
pub struct ConnectView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app one signs in to.
    pub app: Option<AppView>,
    /// Where the form goes.
    pub action: String,
    /// What the provider is called.
    pub provider: String,
    /// The address or name of the person there, as far as it is told.
    pub person: Option<String>,
    /// The account here.
    pub account: String,
    /// The person there is connected with another account.
    pub is_taken: bool,
}

impl Page for ConnectView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("connect-title", "provider", &self.provider)
    }

    fn problems(&self) -> Problems {
        let text =
            || self.frame.locale.text_with("provider-problem-taken", "provider", &self.provider);
        self.is_taken.then(|| Problem { field: None, text: text() }).into_iter().collect()
    }
}

/// What an account is connected with.
#[derive(Clone, Debug, Template)]
#[template(path = "account/providers.html")]
pub struct ProvidersView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// What it is connected with.
    pub connected: Vec<ConnectedView>,
    /// What it can be connected with: `href` takes the form.
    pub others: Vec<ProviderButton>,
    /// Why nothing was connected.
    pub not_in: Option<NotIn>,
}

/// An identity that an account is connected with.
#[derive(Clone, Debug)]
pub struct ConnectedView {
    /// What the provider is called.
    pub provider: String,
    /// The address or name of the person there.
    pub person: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the provider told of the person last.
    pub last_used: DateTime<Utc>,
    /// Where it is disconnected.
    pub disconnect: String,
}

impl Page for ProvidersView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("providers-title")
    }

    fn problems(&self) -> Problems {
        self.not_in.iter().map(NotIn::problem).collect()
    }
}

/// The question whether to disconnect an identity.
#[derive(Clone, Debug, Template)]
#[template(path = "account/disconnect-provider.html")]
pub struct DisconnectView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where nothing is done.
    pub cancel: String,
    /// What the provider is called.
    pub provider: String,
    /// Why it stays: the key of a sentence.
    pub problem: Option<&'static str>,
}

impl Page for DisconnectView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("disconnect-title", "provider", &self.provider)
    }

    fn problems(&self) -> Problems {
        let text = |key| Problem { field: None, text: self.frame.locale.text(key) };
        self.problem.map(text).into_iter().collect()
    }
}
