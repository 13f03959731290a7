//! What the frame asks of every page.

use super::frame::Frame;
use super::problem::Problems;

/// A page as its frame sees it.
pub trait Page {
    /// What surrounds it.
    fn frame(&self) -> &Frame;

    /// The one `h1`.
    fn heading(&self) -> String;

    /// What was wrong with the form that was sent.
    fn problems(&self) -> Problems {
        Problems::default()
    }

    /// The document's title: the heading and whose page it is; it begins with "Error:" where
    /// something is wrong, so that a screen reader says so first.
    fn document_title(&self) -> String {
        let frame = self.frame();
        let (heading, name) = (self.heading(), &frame.branding.name);
        let title = if name.is_empty() || heading.contains(name.as_str()) {
            heading
        } else {
            frame.locale.format("page-title", &[("title", &heading), ("name", name)])
        };
        if self.problems().is_empty() {
            title
        } else {
            frame.locale.text_with("error-title", "title", &title)
        }
    }
}
