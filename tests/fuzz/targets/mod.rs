//! The targets: each takes any bytes, gives them to a parser, and checks what it makes of them
//! against a second opinion: another library, a rule written anew, or the way back.

mod address;
mod bearer;
mod claims;
mod client_auth;
mod client_ip;
mod config;
mod content_type;
mod cookies;
mod csrf;
mod form;
mod forwarded;
mod host;
mod identifiers;
mod issuer;
mod json;
mod jwt;
mod language;
mod master_key;
mod origin;
mod params;
mod password;
mod printable;
mod redirect_uri;
mod return_path;
mod scope;
mod sealed;

/// A name, and what is done with any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("address", address::check),
    ("bearer", bearer::check),
    ("claims", claims::check),
    ("client_auth", client_auth::check),
    ("client_ip", client_ip::check),
    ("config", config::check),
    ("content_type", content_type::check),
    ("cookies", cookies::check),
    ("csrf", csrf::check),
    ("form", form::check),
    ("forwarded", forwarded::check),
    ("host", host::check),
    ("identifiers", identifiers::check),
    ("issuer", issuer::check),
    ("json", json::check),
    ("jwt", jwt::check),
    ("language", language::check),
    ("master_key", master_key::check),
    ("origin", origin::check),
    ("params", params::check),
    ("password", password::check),
    ("printable", printable::check),
    ("redirect_uri", redirect_uri::check),
    ("return_path", return_path::check),
    ("scope", scope::check),
    ("sealed", sealed::check),
];

/// The input as text, if it is any.
fn text(data: &[u8]) -> Option<&str> {
    str::from_utf8(data).ok()
}

/// The first `N - 1` lines and the whole rest; what is not there is empty.
fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut split = data.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| split.next().unwrap_or_default())
}

/// `original` after the edits that `script` describes: four bytes each, for what to do (flip a bit,
/// set, insert or delete a byte, cut off the end), where, and with which byte.
fn edited(original: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for edit in script.chunks_exact(4).take(8) {
        let at = usize::from(u16::from_be_bytes([edit[1], edit[2]])) % bytes.len().max(1);
        match edit[0] % 5 {
            0 if at < bytes.len() => bytes[at] ^= 1 << (edit[3] % 8),
            1 if at < bytes.len() => bytes[at] = edit[3],
            2 => bytes.insert(at, edit[3]),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}
