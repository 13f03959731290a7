//! Signing out: the question, and the page after it.

use askama::Template;

use super::frame::{AppView, Frame, NextStep};
use super::page::Page;

/// Asks before signing out. Sends `decision`: `sign-out` or `stay`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign-out.html")]
pub struct SignOutView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app that asked for it.
    pub app: Option<AppView>,
    /// Where the form goes.
    pub action: String,
    /// Name or address of who is signed in.
    pub signed_in_as: String,
}

impl Page for SignOutView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("sign-out-title")
    }
}

/// Signed out.
#[derive(Clone, Debug, Template)]
#[template(path = "signed-out.html")]
pub struct SignedOutView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go on.
    pub next: Option<NextStep>,
}

impl Page for SignedOutView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("signed-out-title")
    }
}
