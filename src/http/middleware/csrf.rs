//! Requests that change something must come from this site's own pages.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::crypto::seal::MasterKey;
use crate::http::error::Failure;
use crate::http::site::{Site, site_of};
use crate::kernel::ids::{FlowId, SessionId};
use crate::kernel::token_hash::TokenHash;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";

/// What a form is bound to, so that it works for nobody else.
#[derive(Clone, Copy, Debug)]
pub enum Binding {
    /// A page of a flow: to the browser and the flow.
    Flow(TokenHash, FlowId),
    /// An account page: to the session.
    Session(SessionId),
    /// A page of a one-time link: to the browser and the link.
    Link(TokenHash, TokenHash),
    /// A page that anybody may open: to the browser and the page.
    Open(TokenHash, &'static str),
    /// A call of the JSON API: to the browser.
    Api(TokenHash),
}

impl Binding {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Flow(browser, flow) => [b"f", browser.as_bytes(), flow.0.as_bytes()].concat(),
            Self::Session(session) => [b"s" as &[u8], session.0.as_bytes()].concat(),
            Self::Link(browser, link) => [b"l", browser.as_bytes(), link.as_bytes()].concat(),
            Self::Open(browser, page) => [b"o", browser.as_bytes(), page.as_bytes()].concat(),
            Self::Api(browser) => [b"a" as &[u8], browser.as_bytes()].concat(),
        }
    }

    /// The value of the hidden field.
    pub fn token(self, key: &MasterKey) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(key))
    }

    /// Refuses a form whose hidden field does not belong to this binding.
    pub fn verify(self, key: &MasterKey, presented: Option<&str>) -> Result<(), Failure> {
        let presented = presented.ok_or_else(|| Failure::forged("the form has no csrf field"))?;
        let bytes = URL_SAFE_NO_PAD.decode(presented).unwrap_or_default();
        if bytes.ct_eq(&self.mac(key)).into() {
            Ok(())
        } else {
            Err(Failure::forged("the form belongs to another browser, session or sign-in"))
        }
    }

    fn mac(self, key: &MasterKey) -> [u8; 32] {
        key.keyed_hash("csrf", &self.bytes())
    }
}

/// Surrounds the pages: refuses to be shown inside anything, and refuses forms of other sites.
///
/// Outside of it are the entries that are cross-site by design, POST to authorize and to logout:
/// they read no cookie and answer 303 to a GET of ours.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let checked = site_of(request.request())
        .and_then(|site| check(site, request.method(), request.headers()));
    match checked {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(failure) => Ok(request.error_response(failure)),
    }
}

fn check(site: &Site, method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    let one = |name: &str| -> Result<Option<&str>, Failure> {
        let mut values = headers.get_all(name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(Failure::foreign("a header of the browser is there twice")),
            (value, _) => Ok(value.map(|value| value.to_str().unwrap_or_default())),
        }
    };
    // Sec-Fetch-Dest: an `iframe`, `object` or `script` is never a person who reads a page.
    if !matches!(one("sec-fetch-dest")?, None | Some("document" | "empty")) {
        return Err(Failure::foreign("the page is asked for as a part of another"));
    }
    if method.is_safe() {
        return Ok(());
    }
    let same_site = match one("sec-fetch-site")? {
        Some("same-origin" | "none") => true,
        Some(_) => return Err(Failure::foreign("Sec-Fetch-Site is another site")),
        None => false,
    };
    match one(header::ORIGIN.as_str())? {
        None => Ok(()),
        Some(origin) if origin == site.issuer.as_str() => Ok(()),
        // With our `Referrer-Policy: no-referrer`, browsers send `null` for our own forms as well
        // (Fetch Standard, "append a request Origin header"); Sec-Fetch-Site then vouches for
        // them. Browsers send that header to trustworthy origins only, so elsewhere the hidden
        // field has to suffice.
        Some("null") if same_site || !site.gets_fetch_metadata() => Ok(()),
        Some(_) => Err(Failure::foreign("Origin is another site")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::middleware::tests::site;
    use crate::kernel::env::Env;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn allowed(issuer: &str, method: &Method, sent: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        check(&site(issuer), method, &headers).is_ok()
    }

    #[test]
    fn case_272_forms_of_other_sites_are_refused() {
        let post = |sent: &[(&str, &str)]| allowed("https://id.example", &Method::POST, sent);
        assert!(post(&[]));
        assert!(post(&[("origin", "https://id.example")]));
        assert!(post(&[("origin", "https://id.example"), ("sec-fetch-site", "same-origin")]));
        assert!(post(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        for sent in [
            &[("origin", "https://evil.test")] as &[(&str, &str)],
            &[("origin", "https://id.example.evil.test")],
            &[("origin", "https://id.example:444")],
            &[("origin", "http://id.example")],
            &[("origin", "null")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://id.example"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://id.example"), ("origin", "https://evil.test")],
        ] {
            assert!(!post(sent), "{sent:?}");
        }
    }

    #[test]
    fn without_fetch_metadata_a_hidden_origin_is_left_to_the_hidden_field() {
        let sent = &[("origin", "null")];
        assert!(allowed("http://id.internal", &Method::POST, sent));
        assert!(!allowed("http://localhost:8080", &Method::POST, sent));
    }

    #[test]
    fn case_285_pages_are_not_parts_of_other_pages() {
        let get = |sent: &[(&str, &str)]| allowed("https://id.example", &Method::GET, sent);
        assert!(get(&[]));
        assert!(get(&[("sec-fetch-dest", "document"), ("sec-fetch-site", "cross-site")]));
        for part in ["iframe", "frame", "object", "embed", "script", "image", "style", ""] {
            assert!(!get(&[("sec-fetch-dest", part)]), "{part}");
        }
    }

    #[test]
    fn case_272_a_token_works_for_its_binding_only() {
        let env = Env::system();
        let key = MasterKey::generate(&env);
        let browser = TokenHash::of("browser");
        let flow = FlowId::new(&env);
        let binding = Binding::Flow(browser, flow);
        let token = binding.token(&key);
        assert!(binding.verify(&key, Some(&token)).is_ok());
        let session = SessionId(flow.0);
        for other in [
            Binding::Flow(TokenHash::of("other"), flow),
            Binding::Flow(browser, FlowId::new(&env)),
            Binding::Session(session),
            Binding::Link(browser, TokenHash::of("link")),
            Binding::Api(browser),
        ] {
            assert!(other.verify(&key, Some(&token)).is_err(), "{other:?}");
        }
        let cut = &token[..token.len() - 1];
        for bad in [None, Some(""), Some("x"), Some(cut), Some("\u{fffd}")] {
            assert_eq!(binding.verify(&key, bad).unwrap_err().status, 403, "{bad:?}");
        }
        let other_key = MasterKey::generate(&env);
        assert!(binding.verify(&other_key, Some(&token)).is_err());
    }
}
