//! Every route there is, read from the source that mounts them, so that none is forgotten.

use latchkey::http::assets;
use latchkey::http::oauth::upstream_logout;
use latchkey::http::pages::account::{passkeys, password, providers, security};
use latchkey::http::pages::second_factor::{self, set_up_passkey};
use latchkey::http::pages::view::LANGUAGE_PATH;
use latchkey::http::pages::{connect, passkey, provider, provider_sign_out, register_passkey};
use latchkey::protocol::paths;

const SOURCE: &str = include_str!("../../../src/app/routes.rs");

/// Who asks at a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person: guarded as a page.
    Page,
    /// A script of another site, among others.
    Shared,
    /// A program, or a browser on its way.
    Plain,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// As it is mounted: `/account/apps/{id}/remove`.
    pub pattern: String,
    pub kind: Kind,
    pub get: bool,
    pub post: bool,
}

impl Route {
    /// Its address with `value` for what is left open in it.
    pub fn path(&self, value: &str) -> String {
        match (self.pattern.find('{'), self.pattern.find('}')) {
            (Some(from), Some(to)) => {
                format!("{}{value}{}", &self.pattern[..from], &self.pattern[to + 1..])
            }
            _ => self.pattern.clone(),
        }
    }
}

/// All of them.
pub fn routes() -> Vec<Route> {
    SOURCE.split(".service(").skip(1).map(route).collect()
}

fn route(source: &str) -> Route {
    let source = source.trim_start();
    // A short name of this file, for two routes.
    let is_metadata = source.starts_with("metadata(");
    let kind = match source {
        _ if source.starts_with("page(") => Kind::Page,
        _ if is_metadata || source.starts_with("shared(") => Kind::Shared,
        _ if source.starts_with("web::resource(") => Kind::Plain,
        _ => panic!("what is this? {source}"),
    };
    Route {
        pattern: pattern(source),
        kind,
        get: is_metadata || source.contains("get()"),
        post: source.contains("post()"),
    }
}

/// What stands first in the source: the text of a path, or the name of one.
fn pattern(source: &str) -> String {
    if source.starts_with("web::resource(format!(\"{}{{name}}\", assets::PREFIX)") {
        return format!("{}{{name}}", assets::PREFIX);
    }
    let argument = source.split_once('(').unwrap().1.trim_start();
    if let Some(text) = argument.strip_prefix('"') {
        return text.split_once('"').unwrap().0.to_owned();
    }
    let name = argument.split([',', ')']).next().unwrap();
    match name {
        "LANGUAGE_PATH" => LANGUAGE_PATH,
        "security::PATH" => security::PATH,
        "password::PATH" => password::PATH,
        "passkey::SIGN_IN" => passkey::SIGN_IN,
        "passkey::SIGN_IN_OPTIONS" => passkey::SIGN_IN_OPTIONS,
        "passkey::SECOND" => passkey::SECOND,
        "passkey::SECOND_OPTIONS" => passkey::SECOND_OPTIONS,
        "register_passkey::PATH" => register_passkey::PATH,
        "register_passkey::OPTIONS" => register_passkey::OPTIONS,
        "set_up_passkey::PATH" => set_up_passkey::PATH,
        "set_up_passkey::OPTIONS" => set_up_passkey::OPTIONS,
        "connect::PATH" => connect::PATH,
        "provider::START" => provider::START,
        "second_factor::provider::START" => second_factor::provider::START,
        "upstream_logout::PATH" => upstream_logout::PATH,
        "provider_sign_out::RETURN" => provider_sign_out::RETURN,
        "provider::CALLBACK" => provider::CALLBACK,
        "providers::PATH" => providers::PATH,
        "passkeys::PATH" => passkeys::PATH,
        "passkeys::ADD" => passkeys::ADD,
        "passkeys::ADD_OPTIONS" => passkeys::ADD_OPTIONS,
        "paths::OPENID_CONFIGURATION" => paths::OPENID_CONFIGURATION,
        "paths::AUTHORIZATION_SERVER" => paths::AUTHORIZATION_SERVER,
        "paths::JWKS" => paths::JWKS,
        "paths::TOKEN" => paths::TOKEN,
        "paths::INTROSPECT" => paths::INTROSPECT,
        "paths::REVOKE" => paths::REVOKE,
        "paths::USERINFO" => paths::USERINFO,
        "paths::AUTHORIZE" => paths::AUTHORIZE,
        "paths::CONTINUE" => paths::CONTINUE,
        "paths::LOGOUT" => paths::LOGOUT,
        other => panic!("the path {other} is not known here"),
    }
    .to_owned()
}
