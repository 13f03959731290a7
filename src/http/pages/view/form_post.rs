//! The answer to an app that wants it posted (OAuth 2.0 Form Post Response Mode).

use askama::Template;

use super::frame::Frame;
use super::page::Page;

/// A form that carries the answer to the app: sent by the script, or by its one button.
#[derive(Clone, Debug, Template)]
#[template(path = "form-post.html")]
pub struct FormPostView {
    /// What surrounds it. Its `csrf` is not sent: the form goes to the app.
    pub frame: Frame,
    /// The app's name.
    pub app: String,
    /// The app's verified return address.
    pub action: String,
    /// What is posted, by name.
    pub params: Vec<(&'static str, String)>,
}

impl Page for FormPostView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("form-post-title", "app", &self.app)
    }
}
