//! What stands at the top of the file: the issuer and the data directory.

use std::path::PathBuf;

use super::Profile;
use super::error::Complaint;
use super::values::Values;
use crate::kernel::urls::Issuer;

/// The settings outside any section.
pub(super) struct Site {
    /// `None` when it is missing or refused, which is noted in the values.
    pub(super) issuer: Option<Issuer>,
    pub(super) allow_insecure_http: bool,
    pub(super) data_dir: PathBuf,
}

impl Site {
    pub(super) fn read(values: &mut Values, profile: Profile) -> Self {
        let default = profile.default_issuer().and_then(|text| Issuer::parse(&text).ok());
        let may_be_absent = default.is_some();
        let issuer = values.parsed("issuer", parse_issuer, default);
        let allow_insecure_http = values.switch("allow_insecure_http", false);
        // Beside the file, not beneath the working directory: a service manager and an operator's
        // shell start in different directories, and both must find the same database.
        let data_dir = values.path("data_dir", "data");

        match &issuer {
            None if !may_be_absent => values.require(
                "issuer",
                "`issuer` is missing: the address at which browsers reach this server",
                "set issuer = \"https://id.example.com\" (your own host), or LATCHKEY_ISSUER",
            ),
            Some(issuer) if issuer.is_loopback() => {}
            Some(issuer) if profile.is_dev() => values.refuse(
                "issuer",
                &format!("`latchkey dev` has demo accounts, and {issuer} is not this machine only"),
                "use http://localhost and a port, or run `latchkey serve`",
            ),
            Some(issuer) if !issuer.is_https() && !allow_insecure_http => values.refuse(
                "issuer",
                &format!("{issuer} is plain http: anyone on the way could read passwords"),
                "use https; for a closed test network only, set allow_insecure_http = true",
            ),
            None | Some(_) => {}
        }
        Self { issuer, allow_insecure_http, data_dir }
    }
}

fn parse_issuer(text: &str) -> Result<Issuer, Complaint> {
    Issuer::parse(text).map_err(|error| {
        // The text may hold a user and a password, so it is not repeated.
        Complaint::new(
            format!("`issuer` is no issuer: {error}"),
            "write it like issuer = \"https://id.example.com\"",
        )
    })
}
