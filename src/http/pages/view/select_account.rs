//! Signed in already: which account, and flows that are over.

use askama::Template;

use super::frame::{AppView, Frame, NextStep};
use super::page::Page;

/// Going on with the account that is signed in, or with another. Sends `decision`: `continue` or
/// `switch`.
#[derive(Clone, Debug, Template)]
#[template(path = "select-account.html")]
pub struct SelectAccountView {
    /// What surrounds it.
    pub frame: Frame,
    /// The app one signs in to.
    pub app: Option<AppView>,
    /// Where the form goes.
    pub action: String,
    /// The name of who is signed in.
    pub name: String,
    /// The address or username of who is signed in, to tell two accounts of one name apart; `None`
    /// where it stands for the name.
    pub account: Option<String>,
}

impl Page for SelectAccountView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        match &self.app {
            Some(app) => self.frame.locale.text_with("select-title-app", "app", &app.name),
            None => self.frame.locale.text("select-title"),
        }
    }
}

/// The flow behind this page was finished before, perhaps in another tab.
#[derive(Clone, Debug, Template)]
#[template(path = "finished.html")]
pub struct FinishedView {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go on.
    pub next: Option<NextStep>,
}

impl Page for FinishedView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("finished-title")
    }
}
