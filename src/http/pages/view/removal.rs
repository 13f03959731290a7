//! What the pages have in common that ask before something is removed: `templates/account/remove.html`.

use super::page::Page;

/// Asks before something is removed. The form sends nothing but `csrf`.
pub(super) trait Removal: Page {
    /// What is removed, in the ids of the page.
    const WHAT: &'static str;

    /// What that means for the person.
    fn lead(&self) -> String;

    /// The words on the button, with the name of the thing.
    fn label(&self) -> String;

    /// The id of the button; that of the form ends in `-form`.
    fn id(&self) -> String {
        format!("remove-{}", Self::WHAT)
    }
}
