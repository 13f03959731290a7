//! The app's pages.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Settings;
use super::provider::Failure;
use super::tokens::{Object, SignedIn};

/// The stylesheet, served at `/demo.css`.
pub(super) const STYLE: &str = include_str!("../../../static/demo.css");

#[derive(Template)]
#[template(path = "demo/welcome.html")]
struct Welcome<'a> {
    settings: &'a Settings,
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home<'a> {
    settings: &'a Settings,
    greeting: &'a str,
    header: String,
    id_token: String,
    claims: Vec<Row>,
    userinfo: Result<Vec<Row>, &'a str>,
    expires: Option<Moment>,
    scopes: String,
    held: &'a SignedIn,
}

#[derive(Template)]
#[template(path = "demo/signed_out.html")]
struct SignedOut<'a> {
    settings: &'a Settings,
    everywhere: bool,
}

#[derive(Template)]
#[template(path = "demo/error.html")]
struct Error<'a> {
    settings: &'a Settings,
    heading: &'a str,
    explanation: &'a str,
    code: Option<&'a str>,
    description: Option<String>,
}

/// A claim in a table.
struct Row {
    name: String,
    meaning: &'static str,
    value: String,
    moment: Option<Moment>,
}

/// A time for people and for machines.
struct Moment {
    machine: String,
    human: String,
}

impl Moment {
    fn new(time: DateTime<Utc>) -> Self {
        Self {
            machine: time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            human: time.format("%-d %B %Y, %H:%M:%S UTC").to_string(),
        }
    }
}

/// The front page for somebody who is not signed in.
pub(super) fn welcome(settings: &Settings) -> HttpResponse {
    respond(StatusCode::OK, &Welcome { settings })
}

/// The front page for the person signed in.
pub(super) fn home(settings: &Settings, held: &SignedIn) -> HttpResponse {
    let known = held.userinfo.as_ref().ok();
    let greeting = ["name", "given_name", "preferred_username", "email"]
        .iter()
        .find_map(|name| known.and_then(|o| o.get(*name)).or_else(|| held.claims.get(*name)))
        .and_then(Value::as_str)
        .unwrap_or("somebody");
    let page = Home {
        settings,
        greeting,
        header: pretty(&held.header),
        id_token: held.id_token.to_string(),
        claims: rows(&held.claims),
        userinfo: held.userinfo.as_ref().map(rows).map_err(String::as_str),
        expires: held.access_expires.map(Moment::new),
        scopes: held.scopes.join(" "),
        held,
    };
    respond(StatusCode::OK, &page)
}

/// The page after a sign-out; `everywhere` when the provider confirmed its part.
pub(super) fn signed_out(settings: &Settings, everywhere: bool) -> HttpResponse {
    respond(StatusCode::OK, &SignedOut { settings, everywhere })
}

/// The page for what went wrong.
pub(super) fn error(settings: &Settings, failure: &Failure) -> HttpResponse {
    let detail = failure.to_string();
    let (status, heading, explanation, code, description) = match failure {
        Failure::Refused { code, description } => {
            let (heading, explanation) = refusal(code);
            (
                StatusCode::BAD_REQUEST,
                heading,
                explanation,
                Some(code.as_str()),
                description.clone(),
            )
        }
        Failure::Unreachable(_) => (
            StatusCode::BAD_GATEWAY,
            "The sign-in service does not answer",
            "It may still be starting. Wait a moment and try again.",
            None,
            Some(detail),
        ),
        Failure::Untrusted(_) => (
            StatusCode::BAD_REQUEST,
            "That answer cannot be trusted",
            "The app checked what came back, and a check failed, so nobody was signed in.",
            None,
            Some(detail),
        ),
        Failure::Unexpected => (
            StatusCode::BAD_REQUEST,
            "This sign-in is over",
            "It was finished already, took too long, or began in another browser.",
            None,
            None,
        ),
    };
    respond(status, &Error { settings, heading, explanation, code, description })
}

/// What the codes of RFC 6749 §4.1.2.1 and OIDC Core §3.1.2.6 mean for a person.
fn refusal(code: &str) -> (&'static str, &'static str) {
    match code {
        "access_denied" => ("You are not signed in", "You chose not to let this app know you."),
        "login_required" | "interaction_required" | "account_selection_required" => (
            "You are not signed in",
            "The app asked for a sign-in without any page, and that was not possible.",
        ),
        "consent_required" => (
            "You are not signed in",
            "The app asked for a sign-in without any page, but you have not allowed it yet.",
        ),
        "server_error" | "temporarily_unavailable" => {
            ("The sign-in service has a problem", "Wait a moment and try again.")
        }
        "invalid_grant" => (
            "That is no longer valid",
            "What the app held was used, taken back or too old. Signing in again helps.",
        ),
        _ => ("The sign-in did not work", "The sign-in service refused what this app asked for."),
    }
}

fn rows(object: &Object) -> Vec<Row> {
    object
        .iter()
        .map(|(name, value)| Row {
            name: name.clone(),
            meaning: meaning(name),
            value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            moment: moment(name, value),
        })
        .collect()
}

fn moment(name: &str, value: &Value) -> Option<Moment> {
    let is_time = matches!(name, "iat" | "exp" | "nbf" | "auth_time" | "updated_at");
    let time = DateTime::from_timestamp(value.as_i64().filter(|_| is_time)?, 0)?;
    Some(Moment::new(time))
}

/// What a claim says, in plain words (OIDC Core §2 and §5.1).
fn meaning(name: &str) -> &'static str {
    match name {
        "iss" => "Who says all this",
        "sub" => "Your permanent id, the only thing an app should know you by",
        "aud" => "The app this was made for",
        "azp" => "The app that asked for it",
        "exp" => "Worth nothing after",
        "iat" => "Made at",
        "auth_time" => "When you last proved who you are",
        "nonce" => "Ties this to the sign-in the app began",
        "at_hash" => "Ties this to the access token",
        "acr" => "How strong the sign-in was",
        "amr" => "How you proved who you are",
        "sid" => "Your session, so that a sign-out can name it",
        "jti" => "The number of this token",
        "name" => "Your name",
        "given_name" => "Your first name",
        "family_name" => "Your last name",
        "middle_name" => "Your middle name",
        "nickname" => "What your friends say",
        "profile" => "A page about you",
        "website" => "Your own page",
        "gender" => "Your gender, in your words",
        "birthdate" => "Your date of birth",
        "phone_number" => "Your phone number",
        "phone_number_verified" => "Whether somebody made sure of it",
        "address" => "Your postal address",
        "preferred_username" => "What you like to be called",
        "email" => "Your email address",
        "email_verified" => "Whether you showed that it is yours",
        "locale" => "Your language",
        "zoneinfo" => "Your time zone",
        "updated_at" => "When this last changed",
        "roles" => "What you may do",
        _ => "",
    }
}

fn pretty(object: &Object) -> String {
    let mut text = String::new();
    for (name, value) in object {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    text
}

fn respond(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(%error, "a page of the demo app cannot be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}
