//! The stylesheet, the script and the icon, compiled in. Each is served under a name that holds
//! the hash of its content, so it may be cached for ever and a new release is never shown with an
//! old stylesheet.

use std::sync::LazyLock;

use actix_web::web::Bytes;
use sha2::{Digest, Sha256};

use crate::domain::provider::ProviderKind;
use crate::kernel::gzip;

/// The folder of the assets on the web.
pub const PREFIX: &str = "/assets/";

/// A file the pages refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its content.
    pub bytes: &'static [u8],
    /// The same in gzip.
    pub gzip: Option<Bytes>,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
}

struct Named {
    path: String,
    asset: Asset,
}

impl Named {
    fn new(stem: &str, ending: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let mut start = [0; 8];
        start.copy_from_slice(&hash[..8]);
        let hash = format!("{:016x}", u64::from_be_bytes(start));
        Self {
            path: format!("{PREFIX}{stem}.{hash}.{ending}"),
            asset: Asset {
                bytes,
                gzip: gzip::compress(bytes).map(Bytes::from_owner),
                content_type,
            },
        }
    }
}

static STYLESHEET: LazyLock<Named> = LazyLock::new(|| {
    let bytes = include_bytes!("../../static/latchkey.css");
    Named::new("latchkey", "css", "text/css; charset=utf-8", bytes)
});
static SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    let bytes = include_bytes!("../../static/latchkey.js");
    Named::new("latchkey", "js", "text/javascript; charset=utf-8", bytes)
});
static PASSKEY_SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    let bytes = include_bytes!("../../static/passkeys.js");
    Named::new("passkeys", "js", "text/javascript; charset=utf-8", bytes)
});
static ICON: LazyLock<Named> = LazyLock::new(|| {
    let bytes = include_bytes!("../../static/favicon.svg");
    Named::new("favicon", "svg", "image/svg+xml", bytes)
});

/// The mark of a kind of provider.
macro_rules! mark {
    ($name:ident, $stem:literal) => {
        static $name: LazyLock<Named> = LazyLock::new(|| {
            let bytes = include_bytes!(concat!("../../static/brands/", $stem, ".svg"));
            Named::new(concat!("mark-", $stem), "svg", "image/svg+xml", bytes)
        });
    };
}
mark!(GOOGLE, "google");
mark!(OPENID, "openid");
mark!(MICROSOFT, "microsoft");
mark!(APPLE, "apple");
mark!(GITHUB, "github");
mark!(FACEBOOK, "facebook");

/// The path of the mark of a kind of provider.
pub fn mark_path(kind: ProviderKind) -> &'static str {
    let mark = match kind {
        ProviderKind::Google => &GOOGLE,
        ProviderKind::Oidc => &OPENID,
        ProviderKind::Microsoft => &MICROSOFT,
        ProviderKind::Apple => &APPLE,
        ProviderKind::Github => &GITHUB,
        ProviderKind::Facebook => &FACEBOOK,
    };
    &mark.path
}

/// The asset with this name, which is what follows [`PREFIX`] in the path. Only the name with the
/// right hash is known: an answer may then be marked `immutable` without a second thought.
pub fn lookup(name: &str) -> Option<Asset> {
    let pages = [&STYLESHEET, &SCRIPT, &PASSKEY_SCRIPT, &ICON];
    let marks = [&GOOGLE, &OPENID, &MICROSOFT, &APPLE, &GITHUB, &FACEBOOK];
    pages
        .into_iter()
        .chain(marks)
        .find(|named| named.path.strip_prefix(PREFIX) == Some(name))
        .map(|named| named.asset.clone())
}

/// The path of the stylesheet, such as `/assets/latchkey.3fa9c1d2e4b5a697.css`.
pub fn stylesheet_path() -> &'static str {
    &STYLESHEET.path
}

/// The path of the script.
pub fn script_path() -> &'static str {
    &SCRIPT.path
}

/// The path of the script for passkeys, which only pages with a form for one load.
pub fn passkey_script_path() -> &'static str {
    &PASSKEY_SCRIPT.path
}

/// The path of the icon.
pub fn icon_path() -> &'static str {
    &ICON.path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<Asset> {
        lookup(path.strip_prefix(PREFIX).unwrap())
    }

    #[test]
    fn every_path_leads_to_its_asset() {
        assert_eq!(found(stylesheet_path()).unwrap().content_type, "text/css; charset=utf-8");
        assert_eq!(found(script_path()).unwrap().content_type, "text/javascript; charset=utf-8");
        assert!(found(passkey_script_path()).is_some());
        assert_eq!(found(icon_path()).unwrap().content_type, "image/svg+xml");
    }

    #[test]
    fn a_name_without_the_right_hash_is_unknown() {
        for name in ["latchkey.css", "latchkey.0000000000000000.css", "", "../Cargo.toml"] {
            assert_eq!(lookup(name), None, "{name}");
        }
    }

    /// Beside the page itself, whose share is checked where pages are rendered.
    #[test]
    fn the_assets_are_light() {
        let bytes: usize = [stylesheet_path(), script_path(), icon_path()]
            .into_iter()
            .map(|path| found(path).unwrap().bytes.len())
            .sum();
        assert!(bytes < 20_000, "{bytes} bytes");
    }

    /// A strict Content-Security-Policy lets nothing else through, and nothing comes from elsewhere.
    #[test]
    fn the_assets_call_nothing_from_elsewhere() {
        for path in [stylesheet_path(), script_path(), passkey_script_path()] {
            let text = str::from_utf8(found(path).unwrap().bytes).unwrap();
            for word in ["@import", "http:", "https:", "url(", "eval", "innerHTML"] {
                assert!(!text.contains(word), "{path} has {word}");
            }
        }
    }
}
