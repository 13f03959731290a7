//! `protocol::client_auth`: how a client proves itself. The first line is the Authorization header,
//! the rest the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey::domain::client::AuthMethod;
use latchkey::protocol::client_auth::presented;
use latchkey::protocol::params::Params;
use url::form_urlencoded::byte_serialize;

pub fn check(data: &[u8]) {
    let [header, body] = super::parts(data);
    let (Some(header), Some(body)) = (super::text(header), super::text(body)) else { return };
    check_any_credentials(header, body);
    let Ok(params) = Params::parse(body) else { return };
    for header in [None, Some(header)] {
        let Ok(found) = presented(header, &params) else { continue };
        assert!(!found.client_id.is_empty());
        assert_eq!(header.is_some(), found.method == AuthMethod::ClientSecretBasic);
        assert_eq!(found.secret.is_none(), found.method == AuthMethod::None);
        let in_body = params.get("client_id");
        assert!(in_body.is_none_or(|id| id == found.client_id), "two clients at once");
        assert!(header.is_none() || params.get("client_secret").is_none(), "two secrets at once");
        if found.secret.is_some() {
            assert_eq!(format!("{:?}", found.secret), "Some([redacted])");
        }
    }
}

/// Whatever an id and a secret are made of, they come through encoded as RFC 6749 §2.3.1 has it.
fn check_any_credentials(id: &str, secret: &str) {
    if id.is_empty() || id.contains('\0') || secret.contains('\0') {
        return;
    }
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let header = format!("Basic {}", STANDARD.encode(encode(id) + ":" + &encode(secret)));
    let found = presented(Some(&header), &Params::default()).unwrap();
    assert_eq!((found.client_id.as_str(), found.secret.unwrap().expose().as_str()), (id, secret));
}
