//! The strict headers of every answer, errors included.

use std::borrow::Cow;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::domain::redirect_uri::RedirectUri;
use crate::http::site::Site;

/// Two years, in seconds; what browsers' preload lists ask for.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// What no page of ours uses.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
    clipboard-read=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
    idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), \
    screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The Content-Security-Policy of a page up to where its forms may lead.
macro_rules! policy {
    () => {
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         font-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
         object-src 'none'; form-action "
    };
}

/// Where the forms of a page may lead. A handler puts it into the extensions of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormAction {
    /// To this site only.
    Ours,
    /// To this site, which redirects onward to a relying party. Chromium applies `form-action` to
    /// the whole chain of redirects, and the relying party may redirect further, so every https
    /// address is allowed, and the scheme of the validated redirect URI where it is another.
    Onward {
        /// The scheme with its colon, where it is not https.
        scheme: Option<String>,
    },
    /// Nowhere: a document from elsewhere that is shown as it is. Nothing in it runs, and nothing is
    /// fetched for it.
    Nowhere {
        /// Its own style, by its digest (`'sha256-…'`).
        style: &'static str,
    },
    /// Nowhere: a picture, which came from somebody. Opened by itself it is a document that may nothing.
    Picture,
}

impl FormAction {
    /// For the pages of a flow that ends at `redirect_uri`.
    pub fn onward(redirect_uri: &RedirectUri) -> Self {
        Self::Onward { scheme: redirect_uri.form_action_source() }
    }

    /// The same for a page whose form may also lead to a provider to sign in with: by https, or `by_http`
    /// on a development machine.
    #[must_use]
    pub fn or_to_provider(self, by_http: bool) -> Self {
        let scheme = match self {
            Self::Onward { scheme } => scheme,
            Self::Ours | Self::Nowhere { .. } | Self::Picture => None,
        };
        let scheme = match scheme {
            Some(scheme) if by_http && scheme != "http:" => Some(format!("{scheme} http:")),
            None if by_http => Some("http:".to_owned()),
            scheme => scheme,
        };
        Self::Onward { scheme }
    }

    /// The Content-Security-Policy of such a page: no inline script or style, nothing from
    /// elsewhere, no frames in either direction.
    fn policy(&self) -> Cow<'static, str> {
        match self {
            // Of nearly every answer, so it is ready.
            Self::Ours => Cow::Borrowed(concat!(policy!(), "'self'")),
            Self::Onward { scheme: None } => Cow::Borrowed(concat!(policy!(), "'self' https:")),
            Self::Onward { scheme: Some(scheme) } => {
                Cow::Owned(format!("{}'self' https: {scheme}", policy!()))
            }
            Self::Picture => Cow::Borrowed(
                "default-src 'none'; frame-ancestors 'none'; form-action 'none'; sandbox",
            ),
            Self::Nowhere { style } => Cow::Owned(format!(
                "default-src 'none'; style-src {style}; script-src 'none'; frame-ancestors 'none'; \
                 base-uri 'none'; object-src 'none'; form-action 'none'"
            )),
        }
    }

    fn header(&self) -> HeaderValue {
        let value = match self.policy() {
            Cow::Borrowed(policy) => Ok(HeaderValue::from_static(policy)),
            Cow::Owned(policy) => HeaderValue::try_from(policy),
        };
        value.unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
    }
}

/// Sets every header that the handler has not set itself.
pub(super) fn apply(
    headers: &mut HeaderMap,
    site: &Site,
    form_action: &FormAction,
    request_id: &str,
) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static(super::request_id::HEADER), value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, form_action.header());
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (header::PERMISSIONS_POLICY, PERMISSIONS),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.issuer.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    for (name, value) in
        [(header::CACHE_CONTROL, "no-store"), (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin")]
    {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::ApplicationType;

    fn policy_for(uri: &str, kind: ApplicationType) -> String {
        FormAction::onward(&RedirectUri::register(uri, kind).unwrap()).policy().into_owned()
    }

    #[test]
    fn case_276_forms_of_a_flow_may_lead_to_the_relying_party_and_onward() {
        let policy = policy_for("https://app.example/cb", ApplicationType::Web);
        assert!(policy.ends_with("; form-action 'self' https:"), "{policy}");
        let policy = policy_for("http://127.0.0.1:8081/cb", ApplicationType::Web);
        assert!(policy.ends_with("; form-action 'self' https: http:"), "{policy}");
        let policy = policy_for("com.example.app:/cb", ApplicationType::Native);
        assert!(policy.ends_with("; form-action 'self' https: com.example.app:"), "{policy}");
        assert!(FormAction::Ours.policy().ends_with("; form-action 'self'"));
    }

    #[test]
    fn a_form_that_may_lead_to_a_provider_may_still_lead_to_the_relying_party() {
        let own = || Some("com.example.app:".to_owned());
        for (before, by_http, after) in [
            (FormAction::Ours, false, "'self' https:"),
            (FormAction::Ours, true, "'self' https: http:"),
            (FormAction::Onward { scheme: None }, false, "'self' https:"),
            (FormAction::Onward { scheme: Some("http:".to_owned()) }, true, "'self' https: http:"),
            (FormAction::Onward { scheme: own() }, false, "'self' https: com.example.app:"),
            (FormAction::Onward { scheme: own() }, true, "'self' https: com.example.app: http:"),
        ] {
            let policy = before.or_to_provider(by_http).policy().into_owned();
            assert!(policy.ends_with(&format!("; form-action {after}")), "{policy}");
        }
    }

    #[test]
    fn case_276_nothing_inline_and_nothing_from_elsewhere() {
        let policy = FormAction::Ours.policy();
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("https:"));
        for directive in
            ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"]
        {
            assert!(policy.split("; ").any(|part| part == directive), "{directive}");
        }
    }
}
