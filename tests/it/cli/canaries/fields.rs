//! A secret in every field: people paste a password where their name belongs, and apps send a token as
//! whatever comes first in their code.

use std::collections::BTreeMap;

use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};

use super::Talkative;
use crate::support::agent::{Agent, Page};
use crate::support::flow::{Client, authorization_request};

const REDIRECT_URI: &str = "https://app.example/cb";

const AUTHORIZE: [&str; 20] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "display",
    "max_age",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "resource",
    "request",
];

const TOKEN: [&str; 14] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "scope",
    "resource",
    "username",
    "password",
    "assertion",
    "client_assertion",
    "token",
];

const HEADERS: [&str; 12] = [
    "authorization",
    "cookie",
    "x-request-id",
    "traceparent",
    "tracestate",
    "forwarded",
    "x-forwarded-for",
    "origin",
    "referer",
    "accept-language",
    "dpop",
    "x-api-key",
];

/// What an app must get back, or the sign-in needs to go on: these are in the row of a flow.
const PASSED_ON: [&str; 6] =
    ["state", "nonce", "code_challenge", "login_hint", "ui_locales", "acr_values"];

/// Canaries that look like secrets, one for each place.
#[derive(Default)]
struct Canaries(BTreeMap<String, String>);

impl Canaries {
    /// The canary of a place, as long as a code and as mixed.
    fn of(&mut self, place: &str) -> String {
        let number = self.0.len();
        let canary = format!("cAnaRy{number:04}Zq7Xw2Kf9Lm3Pt8Rv5Ty1Ub6Nc4Hd0JgS");
        self.0.insert(place.to_owned(), canary.clone());
        canary
    }

    /// The places whose canary is in the text.
    fn found(&self, text: &str) -> Vec<&str> {
        // Half of a secret is too much.
        let is_there = |canary: &String| text.contains(&canary[..24]);
        self.0.iter().filter(|(_, canary)| is_there(canary)).map(|(place, _)| &**place).collect()
    }
}

fn dump(url: &str) -> String {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let mut connection = PgConnection::establish(url).unwrap();
    let mut lines = |query: &str| -> Vec<String> {
        let found = sql_query(query).load::<Line>(&mut connection).unwrap();
        found.into_iter().map(|found| found.line).collect()
    };
    let tables = lines(
        "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
    );
    assert!(tables.len() > 15, "{tables:?}");
    let rows =
        tables.iter().flat_map(|table| lines(&format!("SELECT t::text AS line FROM {table} t")));
    rows.collect::<Vec<_>>().join("\n")
}

/// An error is told without repeating what was sent. A page may show a name again in its own field.
fn assert_tells_nothing(canaries: &Canaries, place: &str, page: &Page) {
    let found = canaries.found(&page.body);
    let is_own_field = page.has("#login-form") || page.has("#register-form");
    let allowed = |name: &str| {
        is_own_field
            && ["login_hint", "identifier", "email", "name"].iter().any(|own| name.ends_with(own))
    };
    let told: Vec<_> = found.into_iter().filter(|name| !allowed(name)).collect();
    assert!(told.is_empty(), "{place}: {told:?} in {}", page.summary());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_326_a_secret_in_any_field_is_in_no_log_error_metric_or_dump() {
    let server = Talkative::start();
    let person = ["user", "add", super::PERSON, "--password-stdin"];
    server.installation.run_with(&person, &format!("{}\n", super::PASSWORD)).ok();
    let add = ["client", "add", "notes", "--redirect-uri", REDIRECT_URI, "--scope", "openid"];
    let added = server.installation.json(&add);
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    let client = Client {
        id: "notes".to_owned(),
        secret: Some(secret),
        redirect_uri: REDIRECT_URI.to_owned(),
    };
    let mut canaries = Canaries::default();

    for name in AUTHORIZE {
        let place = format!("authorize {name}");
        let request = authorization_request(&client).with(name, &canaries.of(&place)).encoded();
        let page = Agent::new().get(&server.at(&format!("/oauth2/authorize?{request}"))).await;
        assert_tells_nothing(&canaries, &place, &page);
        if page.status.is_redirection() && !page.location().as_str().starts_with(REDIRECT_URI) {
            assert_tells_nothing(&canaries, &place, &page.follow_all().await);
        }
    }
    for endpoint in ["token", "introspect", "revoke", "userinfo"] {
        for name in TOKEN {
            let place = format!("{endpoint} {name}");
            let canary = canaries.of(&place);
            let agent = Agent::new();
            let url = server.at(&format!("/oauth2/{endpoint}"));
            let mut fields = vec![("grant_type", "authorization_code"), ("client_id", "notes")];
            fields.retain(|(known, _)| *known != name);
            fields.push((name, &canary));
            let page = agent.post(&url, &fields).await;
            assert!(page.status.is_client_error() || page.status == 200, "{}", page.summary());
            assert_tells_nothing(&canaries, &place, &page);
        }
    }
    for name in ["id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint"] {
        let place = format!("logout {name}");
        let url = server.at(&format!("/oauth2/logout?{name}={}", canaries.of(&place)));
        let page = Agent::new().get(&url).await;
        let page = if page.status.is_redirection() { page.follow_all().await } else { page };
        let told = canaries.found(&page.body);
        assert!(told.iter().all(|name| *name == "logout state"), "{place}: {told:?}");
    }
    for name in HEADERS {
        for path in ["/login", "/oauth2/userinfo", "/account", "/nowhere"] {
            let place = format!("header {name} of {path}");
            let value = match name {
                "authorization" => format!("Bearer {}", canaries.of(&place)),
                "cookie" => format!("latchkey-{}-session={}", server.port, canaries.of(&place)),
                _ => canaries.of(&place),
            };
            let page = Agent::new().with_header(name, &value).get(&server.at(path)).await;
            assert_tells_nothing(&canaries, &place, &page);
        }
    }
    // A password where the name belongs, which is the commonest slip of all.
    let agent = Agent::new();
    let request = authorization_request(&client).encoded();
    let page = agent.get(&server.at(&format!("/oauth2/authorize?{request}"))).await;
    let page = page.follow_all().await;
    for name in ["identifier", "password", "csrf", "remember"] {
        let place = format!("login {name}");
        let form = page.form("#login-form").fill("identifier", super::PERSON);
        let answer = form.set(name, &canaries.of(&place)).submit().await;
        assert_tells_nothing(&canaries, &place, &answer);
    }
    for path in ["/nowhere", "/set-password", "/setup", "/assets/x", "/login", "/consent"] {
        let place = format!("address {path}");
        let canary = canaries.of(&place);
        let url = server.at(&format!("{path}?token={canary}&code={canary}&flow={canary}"));
        assert_tells_nothing(&canaries, &place, &agent.get(&url).await);
    }

    let dump = dump(&server.installation.url());
    assert!(dump.contains(super::PERSON), "the dump is one");
    let passed_on =
        |place: &&str| PASSED_ON.iter().any(|name| *place == format!("authorize {name}"));
    assert!(canaries.found(&dump).contains(&"authorize state"), "a canary can be found");
    let kept: Vec<_> =
        canaries.found(&dump).into_iter().filter(|place| !passed_on(place)).collect();
    assert!(kept.is_empty(), "in the database: {kept:?}");
    let mut server = server;
    for canary in canaries.0.values() {
        server.keep(&canary[..24]);
    }
    server.assert_silent();
}
