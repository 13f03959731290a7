//! What a person tells about themselves: the list of it, and the form that changes it.

use askama::Template;

use super::account::AccountNav;
use super::frame::Frame;
use super::page::Page;
use super::problem::{Problem, Problems};
use crate::domain::details::{Detail, Details, InvalidDetail};
use crate::i18n::Locale;

/// Changing one's own details. Sends a field for each [`Detail`] but language and time zone, which are
/// chosen on a page of their own; named as it is.
#[derive(Clone, Debug, Template)]
#[template(path = "account/details.html")]
pub struct DetailsView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
    /// What stands in the fields.
    pub typed: Vec<(Detail, String)>,
    /// What was wrong with what was sent.
    pub errors: Vec<InvalidDetail>,
}

/// Fields that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// The key of what they are about.
    pub legend: &'static str,
    /// In their order.
    pub details: &'static [Detail],
}

const GROUPS: [Group; 3] = [
    Group {
        legend: "details-person",
        details: &[
            Detail::Name,
            Detail::GivenName,
            Detail::MiddleName,
            Detail::FamilyName,
            Detail::Nickname,
            Detail::Birthdate,
            Detail::Gender,
        ],
    },
    Group {
        legend: "details-reach",
        details: &[Detail::PhoneNumber, Detail::Website, Detail::Profile],
    },
    Group { legend: "details-post", details: Detail::POSTAL },
];

impl DetailsView {
    /// The fields, in groups.
    pub fn groups(&self) -> &'static [Group] {
        &GROUPS
    }

    /// Whether the form has a field for it.
    pub fn asks_for(detail: Detail) -> bool {
        GROUPS.iter().any(|group| group.details.contains(&detail))
    }

    /// What stands in a field.
    pub fn value(&self, detail: &Detail) -> &str {
        let found = self.typed.iter().find(|(typed, _)| typed == detail);
        found.map_or("", |(_, text)| text.as_str())
    }

    /// What the field is called.
    pub fn label(&self, detail: &Detail) -> String {
        label(*detail, self.frame.locale)
    }

    /// How it is to be written, where that is not plain.
    pub fn hint(&self, detail: &Detail) -> String {
        let locale = self.frame.locale;
        match detail {
            Detail::Birthdate => locale.text("detail-birthdate-hint"),
            Detail::PhoneNumber => locale.text("detail-phone-number-hint"),
            _ => String::new(),
        }
    }

    /// Whether it may have several lines.
    pub fn has_lines(&self, detail: &Detail) -> bool {
        *detail == Detail::StreetAddress
    }

    /// What a browser may fill in (HTML, autofill detail tokens).
    pub fn autocomplete(&self, detail: &Detail) -> &'static str {
        match detail {
            Detail::Name => "name",
            Detail::GivenName => "given-name",
            Detail::MiddleName => "additional-name",
            Detail::FamilyName => "family-name",
            Detail::Nickname => "nickname",
            Detail::Birthdate => "bday",
            Detail::Gender => "sex",
            Detail::PhoneNumber => "tel",
            Detail::Website => "url",
            Detail::StreetAddress => "street-address",
            Detail::PostalCode => "postal-code",
            Detail::Locality => "address-level2",
            Detail::Region => "address-level1",
            Detail::Country => "country-name",
            Detail::Profile | Detail::Locale | Detail::Zoneinfo => "off",
        }
    }
}

fn label(detail: Detail, locale: Locale) -> String {
    locale.text(match detail {
        Detail::Name => "detail-name",
        Detail::GivenName => "detail-given-name",
        Detail::MiddleName => "detail-middle-name",
        Detail::FamilyName => "detail-family-name",
        Detail::Nickname => "detail-nickname",
        Detail::Birthdate => "detail-birthdate",
        Detail::Gender => "detail-gender",
        Detail::PhoneNumber => "detail-phone-number",
        Detail::Website => "detail-website",
        Detail::Profile => "detail-profile",
        Detail::Locale => "detail-locale",
        Detail::Zoneinfo => "detail-zoneinfo",
        Detail::StreetAddress => "detail-street-address",
        Detail::PostalCode => "detail-postal-code",
        Detail::Locality => "detail-locality",
        Detail::Region => "detail-region",
        Detail::Country => "detail-country",
    })
}

/// What is known besides the name, for the list on the profile page: label and text. The postal
/// address is one of them.
pub fn listed(details: &Details, locale: Locale) -> Vec<(String, String)> {
    let single = |detail: &&Detail| **detail != Detail::Name && !Detail::POSTAL.contains(detail);
    let groups = GROUPS.iter().flat_map(|group| group.details);
    let mut rows: Vec<_> = groups
        .filter(single)
        .filter_map(|detail| Some((label(*detail, locale), details.get(*detail)?.to_owned())))
        .collect();
    rows.extend(details.formatted_address().map(|text| (locale.text("details-post"), text)));
    rows
}

impl Page for DetailsView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("details-title")
    }

    fn problems(&self) -> Problems {
        let locale = self.frame.locale;
        let text = |detail| match detail {
            Detail::Birthdate => locale.text("error-detail-date"),
            Detail::PhoneNumber => locale.text("error-detail-phone-number"),
            Detail::Website | Detail::Profile => locale.text("error-detail-web-address"),
            Detail::Locale => locale.text("error-detail-locale"),
            Detail::Zoneinfo => locale.text("error-detail-zoneinfo"),
            other => locale.text_with("error-detail-text", "label", label(other, locale)),
        };
        self.errors
            .iter()
            .map(|InvalidDetail(it)| Problem { field: Some(it.as_str()), text: text(*it) })
            .collect()
    }
}
