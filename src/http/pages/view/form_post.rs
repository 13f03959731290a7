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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scraper::{Html, Selector};

    use super::super::samples;
    use super::*;
    use crate::i18n::Locale;

    /// What a browser reads out of the hidden field.
    fn posted(value: &str) -> String {
        let view = FormPostView {
            frame: samples::frame(Locale::default()),
            app: "ACME Notes".to_owned(),
            action: "https://notes.example/cb".to_owned(),
            params: vec![("state", value.to_owned())],
        };
        let page = Html::parse_document(&view.render().unwrap());
        let field = Selector::parse("#form-post input[name=state]").unwrap();
        page.select(&field).next().unwrap().attr("value").unwrap().to_owned()
    }

    #[test]
    fn case_013_the_longest_state_is_posted_whole() {
        let long = "\"&<>'".repeat(820)[..4096].to_owned();
        assert_eq!(posted(&long), long);
    }

    proptest! {
        /// HTML itself makes a line feed of a carriage return, and has no NUL.
        #[test]
        fn case_013_any_state_is_posted_unchanged(state in "[^\0\r]{1,100}") {
            prop_assert_eq!(posted(&state), state);
        }
    }
}
