//! `[brand]`: what pages call this service, and where its own pages are.

use url::Url;

use super::error::Complaint;
use super::values::Values;

/// What pages call this service, and where its own pages are.
#[derive(Debug, Clone)]
pub struct BrandConfig {
    /// The name that pages show.
    pub name: String,
    /// The privacy policy.
    pub privacy_url: Option<Url>,
    /// The terms of use.
    pub terms_url: Option<Url>,
    /// Where people find help; may be a `mailto:` address.
    pub help_url: Option<Url>,
}

/// The longest name, in characters; more breaks the layout of a narrow page.
const LONGEST_NAME: usize = 60;

impl BrandConfig {
    pub(super) fn read(values: &mut Values) -> Self {
        let default = || "Latchkey".to_owned();
        Self {
            name: values.parsed("brand.name", parse_name, Some(default())).unwrap_or_else(default),
            privacy_url: values.parsed("brand.privacy_url", parse_web_url, None),
            terms_url: values.parsed("brand.terms_url", parse_web_url, None),
            help_url: values.parsed("brand.help_url", parse_help_url, None),
        }
    }
}

fn parse_name(text: &str) -> Result<String, Complaint> {
    let name = text.trim();
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    if fits {
        return Ok(name.to_owned());
    }
    Err(Complaint::new(
        "`brand.name` is empty, too long or has control characters in it",
        format!("use a name of 1 to {LONGEST_NAME} characters"),
    ))
}

fn parse_web_url(text: &str) -> Result<Url, Complaint> {
    parse_url(text, &["https", "http"], "https://example.com/privacy")
}

fn parse_help_url(text: &str) -> Result<Url, Complaint> {
    parse_url(text, &["https", "http", "mailto"], "https://example.com/help")
}

fn parse_url(text: &str, schemes: &[&str], example: &str) -> Result<Url, Complaint> {
    Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme())).ok_or_else(|| {
        Complaint::new(
            format!("this is not an address that begins with {}", schemes.join(": or ") + ":"),
            format!("write it like {example}"),
        )
    })
}
