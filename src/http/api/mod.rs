//! The JSON API for the operator's own front end: the same use cases as behind the pages, in JSON.
//!
//! A handler parses, makes one call and renders. A new endpoint is a file in `auth/` or `account/` and
//! a line in [`ENDPOINTS`], which mounts it and puts it into the document.

pub mod account;
pub mod auth;
pub mod code;
pub mod document;
mod elsewhere;
pub mod envelope;
pub mod error;
pub mod json;
pub mod origin;
mod problem;
mod refresh_cookie;
pub mod related_origins;
pub mod signing_in;
pub mod step;
mod who;

use std::fmt;

use actix_web::Route;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use self::error::Code;
use super::routing::{get, page};
use crate::protocol::first_party::FirstParty;

/// The front end that the API is for.
pub struct Api {
    /// Its client.
    pub client: FirstParty,
    /// Where its pages come from, beside this site.
    pub origins: Vec<String>,
}

impl Api {
    /// Whether its pages come from `origin`.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({})", self.client.client_id())
    }
}

/// What an endpoint does beside what all of them do; decides what it may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It tells something.
    Tells,
    /// It changes something, and takes no body.
    Changes,
    /// It changes something, as its body says.
    Takes,
}

/// An endpoint.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// What kind it is.
    pub deed: Deed,
    /// What it may refuse with, beside what every endpoint of its kind may.
    pub codes: &'static [&'static [Code]],
    /// What the document says of it.
    described: fn() -> Described,
    route: fn() -> Route,
}

/// What the document says of an endpoint, from the attribute of its handler.
pub struct Described {
    /// Its path.
    pub path: String,
    /// Its method.
    pub methods: Vec<HttpMethod>,
    /// The rest.
    pub operation: Operation,
    /// What it takes and gives.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

fn described<P: utoipa::Path + utoipa::__dev::SchemaReferences>() -> Described {
    let mut schemas = Vec::new();
    P::schemas(&mut schemas);
    Described { path: P::path(), methods: P::methods(), operation: P::operation(), schemas }
}

impl Endpoint {
    /// What the document says of it.
    pub fn described(&self) -> Described {
        (self.described)()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described().path)
    }
}

/// An endpoint, by the module of its handler, which is called `handle`.
macro_rules! endpoint {
    ($method:ident $($module:ident)::+, $deed:ident, $($codes:expr),*) => {
        Endpoint {
            deed: Deed::$deed,
            codes: &[$($codes),*],
            described: described::<$($module)::+::__path_handle>,
            route: || $method().to($($module)::+::handle),
        }
    };
}

use account::factors;
use actix_web::web::{delete, patch, post};

/// What a step may answer beside, that mails something.
const MAILING: &[Code] = &[Code::MailClosed, Code::ValidationFailed];
/// What a step may answer beside, that leads to a new account.
const REGISTERING: &[Code] = &[Code::RegistrationClosed, Code::NothingSent, Code::ValidationFailed];

/// Every endpoint. Those of one path stand together.
pub const ENDPOINTS: &[Endpoint] = &[
    endpoint!(get auth::session, Tells,),
    endpoint!(get auth::providers, Tells,),
    endpoint!(post auth::login, Takes, Code::FLOW, &[Code::InvalidCredentials, Code::ValidationFailed]),
    endpoint!(post auth::register, Takes, Code::FLOW, REGISTERING),
    endpoint!(post auth::verify_email, Takes, Code::FLOW, Code::CODE, MAILING, REGISTERING),
    endpoint!(post auth::send_otp, Takes, Code::FLOW, MAILING, REGISTERING),
    endpoint!(post auth::verify_otp, Takes, Code::FLOW, Code::CODE, MAILING),
    endpoint!(post auth::totp, Takes, Code::FLOW, Code::CODE),
    endpoint!(post auth::recovery_code, Takes, Code::FLOW, Code::CODE),
    endpoint!(post auth::passkey_options, Takes, Code::FLOW, &[Code::PasskeyRefused]),
    endpoint!(post auth::passkey_verify, Takes, Code::FLOW, &[Code::PasskeyRefused]),
    endpoint!(post auth::set_up, Takes, Code::FLOW, &[Code::NotAskedFor]),
    endpoint!(post auth::set_up_confirm, Takes, Code::FLOW, Code::CODE),
    endpoint!(post auth::consent, Takes, Code::FLOW),
    endpoint!(post auth::connect, Takes, Code::FLOW, &[Code::ConnectedElsewhere]),
    endpoint!(post auth::forgot_password, Takes, MAILING, &[Code::ValidationFailed]),
    endpoint!(post auth::reset_password, Takes, &[Code::InvalidLink, Code::ValidationFailed]),
    endpoint!(post auth::confirm, Changes, who::CODES),
    endpoint!(post auth::refresh, Changes, &[Code::RefreshRefused]),
    endpoint!(post auth::logout, Changes,),
    endpoint!(post auth::logout_all, Changes, who::CODES),
    endpoint!(get account::me, Tells, who::CODES),
    endpoint!(patch account::change_me, Takes, who::CODES, &[Code::ValidationFailed]),
    endpoint!(get account::sessions, Tells, who::CODES),
    endpoint!(post account::end_other_sessions, Changes, who::CODES),
    endpoint!(delete account::end_session, Changes, who::CODES),
    endpoint!(get account::consents, Tells, who::CODES),
    endpoint!(delete account::revoke_consent, Changes, who::CODES),
    endpoint!(post account::change_password, Takes, who::CODES, Code::SENSITIVE,
        &[Code::InvalidCredentials, Code::ValidationFailed]),
    endpoint!(get factors::list, Tells, who::CODES),
    endpoint!(post factors::begin_app, Takes, who::CODES, Code::SENSITIVE,
        &[Code::ValidationFailed, Code::TooMany]),
    endpoint!(post factors::confirm_app, Takes, who::CODES, Code::SENSITIVE, Code::CODE,
        &[Code::TooMany]),
    endpoint!(patch factors::rename_app, Takes, who::CODES, Code::SENSITIVE,
        &[Code::ValidationFailed]),
    endpoint!(delete factors::remove_app, Changes, who::CODES, Code::SENSITIVE, factors::NEEDED),
    endpoint!(post factors::passkey_options, Changes, who::CODES, Code::SENSITIVE,
        &[Code::TooMany, Code::PasskeyRefused]),
    endpoint!(post factors::add_passkey, Takes, who::CODES, Code::SENSITIVE,
        &[Code::TooMany, Code::PasskeyRefused, Code::PasskeyKnown]),
    endpoint!(patch factors::rename_passkey, Takes, who::CODES, Code::SENSITIVE,
        &[Code::ValidationFailed]),
    endpoint!(delete factors::remove_passkey, Changes, who::CODES, Code::SENSITIVE, factors::NEEDED),
    endpoint!(post factors::make_codes, Changes, who::CODES, Code::SENSITIVE),
    endpoint!(delete factors::distrust_browsers, Changes, who::CODES),
    endpoint!(get account::activity, Tells, who::CODES),
    endpoint!(post account::export, Changes, who::CODES, Code::SENSITIVE),
    endpoint!(post account::delete, Changes, who::CODES, Code::SENSITIVE,
        &[Code::LastAdministrator]),
    endpoint!(get document, Tells,),
];

/// Mounts them.
pub fn mount(config: &mut ServiceConfig) {
    let described: Vec<_> = ENDPOINTS.iter().map(|it| (it.described().path, it)).collect();
    for of_path in described.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((path, _)) = of_path.first() else { continue };
        let resource = web::resource(path.as_str()).wrap(from_fn(origin::guard));
        config.service(
            of_path.iter().fold(resource, |it, (_, endpoint)| it.route((endpoint.route)())),
        );
    }
    config.service(page(document::PAGE).route(get().to(document::page)));
    config.service(web::resource(related_origins::PATH).route(get().to(related_origins::handle)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::provider::RESERVED;
    use std::collections::BTreeSet;

    #[test]
    fn no_provider_has_the_name_of_an_endpoint() {
        let paths: Vec<_> = ENDPOINTS.iter().map(|it| it.described().path).collect();
        let below = paths.iter().filter_map(|path| path.strip_prefix("/api/auth/"));
        let names: BTreeSet<_> = below.filter_map(|path| path.split('/').next()).collect();
        let names: BTreeSet<_> = names.into_iter().filter(|name| !name.starts_with('{')).collect();
        assert_eq!(names, RESERVED.iter().copied().collect());
    }

    #[test]
    fn each_path_and_method_is_there_once() {
        let mut seen = BTreeSet::new();
        for endpoint in ENDPOINTS {
            let Described { path, methods, .. } = endpoint.described();
            assert!(path.starts_with("/api/"), "{path}");
            let [method] = &methods[..] else { panic!("{path} has not one method") };
            let method = serde_json::to_value(method).unwrap();
            assert_eq!(endpoint.deed == Deed::Tells, method == "get", "{path}");
            assert!(seen.insert((path.clone(), method.to_string())), "{path}");
        }
        let paths: Vec<_> = ENDPOINTS.iter().map(|it| it.described().path).collect();
        let together = paths.chunk_by(|a, b| a == b).count();
        assert_eq!(together, paths.iter().collect::<BTreeSet<_>>().len(), "{paths:?}");
    }
}
