//! The authorization response (RFC 6749 §4.1.2, OIDC Core §3.1.2.5, RFC 9207).

use url::form_urlencoded;

use crate::domain::authorization::ResponseMode;
use crate::domain::redirect_uri::RedirectUri;
use crate::kernel::secret::Secret;
use crate::protocol::error::OAuthError;

/// Where the answer to an authorization request goes.
#[derive(Clone, Debug)]
pub struct ResponseTarget {
    /// What people call who gets it.
    pub client_name: String,
    /// The verified redirect URI.
    pub redirect_uri: RedirectUri,
    /// How it travels.
    pub response_mode: ResponseMode,
    /// The request's `state`.
    pub state: Option<String>,
    /// Our issuer identifier (RFC 9207 §2).
    pub issuer: String,
}

/// An authorization response, ready to be sent.
#[derive(Clone, Debug)]
pub struct Response {
    /// Where to.
    pub target: ResponseTarget,
    params: Vec<(&'static str, Secret<String>)>,
}

impl ResponseTarget {
    /// A successful answer.
    pub fn code(self, code: &Secret<String>) -> Response {
        self.with(vec![("code", code.clone())])
    }

    /// A refusal. The description must be ASCII without quotes (RFC 6749 §4.1.2.1).
    pub fn error(self, error: OAuthError, description: &'static str) -> Response {
        self.with(vec![("error", error.as_str().into()), ("error_description", description.into())])
    }

    fn with(self, mut params: Vec<(&'static str, Secret<String>)>) -> Response {
        if let Some(state) = &self.state {
            params.push(("state", state.as_str().into()));
        }
        params.push(("iss", self.issuer.as_str().into()));
        Response { target: self, params }
    }
}

impl Response {
    /// The parameters in order, for the form that a browser posts.
    pub fn params(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.params.iter().map(|(name, value)| (*name, value.expose().as_str()))
    }

    /// The address to redirect to: the registered text with the parameters appended, its own query
    /// kept (RFC 6749 §3.1.2).
    pub fn location(&self) -> String {
        let encoded =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(self.params()).finish();
        let uri = self.target.redirect_uri.as_str();
        let separator = match self.target.response_mode {
            ResponseMode::Fragment => "#",
            ResponseMode::Query | ResponseMode::FormPost if uri.ends_with('?') => "",
            ResponseMode::Query | ResponseMode::FormPost if uri.contains('?') => "&",
            ResponseMode::Query | ResponseMode::FormPost => "?",
        };
        format!("{uri}{separator}{encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(uri: &str, mode: ResponseMode, state: &str) -> String {
        ResponseTarget {
            client_name: "A".into(),
            redirect_uri: RedirectUri::stored(uri.into()),
            response_mode: mode,
            state: Some(state.into()),
            issuer: "https://id.example".into(),
        }
        .code(&"c".into())
        .location()
    }

    #[test]
    fn case_015_a_registered_query_is_kept() {
        assert_eq!(
            response("https://a.example/cb?tenant=a", ResponseMode::Query, "s"),
            "https://a.example/cb?tenant=a&code=c&state=s&iss=https%3A%2F%2Fid.example"
        );
        assert!(
            response("https://a.example/cb", ResponseMode::Fragment, "s").contains("/cb#code=c")
        );
    }

    proptest::proptest! {
        #[test]
        fn case_013_any_state_comes_back_in_query_and_fragment(state in "[^\0]{1,100}") {
            for (mode, separator) in [(ResponseMode::Query, '?'), (ResponseMode::Fragment, '#')] {
                let location = response("https://a.example/cb", mode, &state);
                proptest::prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()));
                let answer = location.split_once(separator).unwrap().1;
                let sent: Vec<_> = form_urlencoded::parse(answer.as_bytes()).collect();
                proptest::prop_assert_eq!(sent.len(), 3);
                proptest::prop_assert_eq!(&sent[1].1, &state);
            }
        }
    }

    #[test]
    fn case_013_state_is_encoded_and_unchanged() {
        for state in ["\"><script>", "\r\nSet-Cookie:x=1", "🔑 &=+%", "a b"] {
            let location = response("https://a.example/cb", ResponseMode::Query, state);
            assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location}");
            let query = location.split_once('?').unwrap().1;
            let sent = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
            assert_eq!(sent.unwrap().1, state);
        }
    }
}
