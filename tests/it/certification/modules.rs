//! The modules of the Basic OP plan. Form Post OP runs the very same with its response mode.

use chrono::TimeDelta;
use latchkey::domain::client::AuthMethod;
use serde_json::{Value, json};

use super::suite::{ADA, Answer, Mode, Request, Suite, code, redeeming};
use crate::support::flow::{
    CHALLENGE, VERIFIER, assert_error, assert_page, claims, refresh_request,
};

fn id_token(tokens: &Value) -> Value {
    claims(tokens["id_token"].as_str().unwrap())
}

/// An error answer: no code, a description in the characters of RFC 6749 §4.1.2.1.
fn assert_refused(answer: &Answer, errors: &[&str]) {
    assert!(!answer.contains_key("code"), "{answer:?}");
    assert!(errors.contains(&answer["error"].as_str()), "{answer:?}");
    let allowed = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(answer["error_description"].bytes().all(allowed), "{answer:?}");
}

pub async fn oidcc_server(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (tokens, told) = suite.flow(&suite.request()).await;
    assert_eq!(id_token(&tokens)["sub"], told["sub"]);
    // Signed in and allowed: the second time nothing is asked.
    let request = suite.request();
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    assert_eq!(seen, [""; 0]);
    suite.redeem(&suite.client, &request, &code(&answer)).await;
}

pub async fn oidcc_response_type_missing(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request().without("response_type");
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    assert_eq!(seen, [""; 0]);
    assert_refused(&answer, &["invalid_request", "unsupported_response_type"]);
}

/// The suite runs it with dynamic registration only; what it looks at holds for every client.
pub async fn oidcc_idtoken_signature(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request();
    let code = suite.authorize(&request).await;
    // The signature itself, by the key that the `kid` names, is checked on the way.
    let tokens = suite.redeem(&suite.client, &request, &code).await;
    let header = crate::support::flow::header(tokens["id_token"].as_str().unwrap());
    assert_eq!(header["alg"], "RS256");
    assert!(!header["kid"].as_str().unwrap().is_empty());
}

/// The suite skips it where discovery does not list `none`; it must not, and none may be issued.
pub async fn oidcc_idtoken_unsigned(mode: Mode) {
    let suite = Suite::start(mode).await;
    let listed = suite.metadata["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(listed.contains(&json!("RS256")) && !listed.contains(&json!("none")), "{listed:?}");
    let request = suite.request().with("id_token_signed_response_alg", "none");
    suite.flow(&request).await;
}

pub async fn oidcc_userinfo_get(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (_, told) = suite.flow(&suite.request()).await;
    assert!(told["sub"].is_string());
}

pub async fn oidcc_userinfo_post_header(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (tokens, _) = suite.flow(&suite.request()).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let machine = suite.app.machine().with_header("authorization", &bearer);
    let page = machine.post(suite.metadata["userinfo_endpoint"].as_str().unwrap(), &[]).await;
    Suite::check_userinfo(&tokens, &page);
}

pub async fn oidcc_userinfo_post_body(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (tokens, _) = suite.flow(&suite.request()).await;
    let body = [("access_token", tokens["access_token"].as_str().unwrap())];
    let endpoint = suite.metadata["userinfo_endpoint"].as_str().unwrap();
    let page = suite.app.machine().post(endpoint, &body).await;
    Suite::check_userinfo(&tokens, &page);
}

pub async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (tokens, _) = suite.flow(&suite.request().without("nonce")).await;
    assert!(id_token(&tokens).get("nonce").is_none());
}

/// What each scope gives (OIDC Core §5.4), as far as Latchkey keeps it: there are no pictures.
const OF_SCOPES: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// Asks for these scopes, and wants their claims and no others.
async fn scopes(mode: Mode, asked: &str) {
    let suite = Suite::start(mode).await;
    let listed = suite.metadata["scopes_supported"].to_string();
    let (tokens, told) = suite.flow(&suite.request().with("scope", asked)).await;
    let mut wanted = vec!["sub"];
    for (_, claims) in OF_SCOPES.iter().filter(|(scope, _)| asked.contains(scope)) {
        wanted.extend(*claims);
    }
    wanted.sort_unstable();
    assert!(asked.split(' ').all(|scope| listed.contains(scope)), "{listed}");
    let mut names: Vec<_> = told.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, wanted);
    assert!(told.get("birthdate").is_none_or(|date| date == "1815-12-10"));
    let unasked: Vec<_> = wanted.iter().filter(|claim| **claim != "sub").collect();
    let id_token = id_token(&tokens);
    assert!(unasked.iter().all(|claim| id_token.get(**claim).is_none()), "{id_token}");
}

pub async fn oidcc_scope_profile(mode: Mode) {
    scopes(mode, "openid profile").await;
}

pub async fn oidcc_scope_email(mode: Mode) {
    scopes(mode, "openid email").await;
}

pub async fn oidcc_scope_address(mode: Mode) {
    scopes(mode, "openid address").await;
}

pub async fn oidcc_scope_phone(mode: Mode) {
    scopes(mode, "openid phone").await;
}

pub async fn oidcc_scope_all(mode: Mode) {
    scopes(mode, "openid profile email address phone").await;
}

pub async fn oidcc_ensure_other_scope_order_succeeds(mode: Mode) {
    scopes(mode, "email openid").await;
}

/// The parameters in another order, too: what came last comes first.
pub async fn oidcc_alternate_happy_flow(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request().with("scope", "email openid");
    let mut pairs = request.params.pairs();
    pairs.reverse();
    let query = serde_urlencoded::to_string(&pairs).unwrap();
    let endpoint = suite.metadata["authorization_endpoint"].as_str().unwrap();
    let page = suite.agent.get(&format!("{endpoint}?{query}")).await;
    let (_, answer) = suite.go_on(&request, page).await;
    let tokens = suite.redeem(&suite.client, &request, &code(&answer)).await;
    assert_eq!(suite.userinfo(&tokens).await["email"], ADA);
}

async fn hinted(mode: Mode, name: &str, value: &str) {
    let suite = Suite::start(mode).await;
    suite.flow(&suite.request().with(name, value)).await;
}

pub async fn oidcc_display_page(mode: Mode) {
    hinted(mode, "display", "page").await;
}

pub async fn oidcc_display_popup(mode: Mode) {
    hinted(mode, "display", "popup").await;
}

/// Signs in, waits, asks again with what is added; gives the pages then seen and both ID tokens.
async fn twice(
    suite: &Suite,
    wait: TimeDelta,
    add: impl FnOnce(Request, &Value) -> Request,
) -> (Vec<String>, Value, Value) {
    let (first, _) = suite.flow(&suite.request()).await;
    suite.app.clock.advance(wait);
    let request = add(suite.request(), &first);
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    let second = suite.redeem(&suite.client, &request, &code(&answer)).await;
    suite.userinfo(&second).await;
    let (first, second) = (id_token(&first), id_token(&second));
    assert_eq!(first["sub"], second["sub"]);
    (seen, first, second)
}

pub async fn oidcc_prompt_login(mode: Mode) {
    let suite = Suite::start(mode).await;
    let wait = TimeDelta::seconds(1);
    let (seen, first, second) = twice(&suite, wait, |it, _| it.with("prompt", "login")).await;
    assert_eq!(seen, ["/login"]);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
}

pub async fn oidcc_prompt_none_not_logged_in(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request().with("prompt", "none").with_state_of(128);
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    assert_eq!(seen, [""; 0]);
    let errors = [
        "login_required",
        "interaction_required",
        "account_selection_required",
        "consent_required",
    ];
    assert_refused(&answer, &errors);
}

pub async fn oidcc_prompt_none_logged_in(mode: Mode) {
    let suite = Suite::start(mode).await;
    let wait = TimeDelta::seconds(1);
    let (seen, first, second) = twice(&suite, wait, |it, _| it.with("prompt", "none")).await;
    assert_eq!(seen, [""; 0]);
    assert_eq!(first["auth_time"], second["auth_time"]);
}

pub async fn oidcc_max_age_1(mode: Mode) {
    let suite = Suite::start(mode).await;
    let wait = TimeDelta::seconds(2);
    let (seen, first, second) = twice(&suite, wait, |it, _| it.with("max_age", "1")).await;
    assert_eq!(seen, ["/login"]);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
    assert_eq!(second["auth_time"], suite.app.now().timestamp());
}

pub async fn oidcc_max_age_10000(mode: Mode) {
    let suite = Suite::start(mode).await;
    let wait = TimeDelta::seconds(1);
    let (seen, first, second) = twice(&suite, wait, |it, _| it.with("max_age", "10000")).await;
    assert_eq!(seen, [""; 0]);
    assert_eq!(first["auth_time"], second["auth_time"]);
}

pub async fn oidcc_ensure_request_with_unknown_parameter_succeeds(mode: Mode) {
    hinted(mode, "extra", "foobar").await;
}

pub async fn oidcc_id_token_hint(mode: Mode) {
    let suite = Suite::start(mode).await;
    let (seen, first, second) = twice(&suite, TimeDelta::seconds(1), |it, tokens| {
        it.with("prompt", "none").with("id_token_hint", tokens["id_token"].as_str().unwrap())
    })
    .await;
    assert_eq!(seen, [""; 0]);
    assert_eq!(first["auth_time"], second["auth_time"]);
}

pub async fn oidcc_login_hint(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request().with("login_hint", ADA);
    let page = suite.begin(&request).await.follow_all().await;
    assert_eq!(page.attribute("#identifier", "value").as_deref(), Some(ADA));
    let (_, answer) = suite.go_on(&request, page).await;
    suite.redeem(&suite.client, &request, &code(&answer)).await;
}

pub async fn oidcc_ui_locales(mode: Mode) {
    hinted(mode, "ui_locales", "se").await;
}

pub async fn oidcc_claims_locales(mode: Mode) {
    hinted(mode, "claims_locales", "se").await;
}

pub async fn oidcc_ensure_request_with_acr_values_succeeds(mode: Mode) {
    let suite = Suite::start(mode).await;
    let listed = suite.metadata["acr_values_supported"].as_array().unwrap().clone();
    let values: Vec<_> = listed.iter().map(|value| value.as_str().unwrap()).collect();
    let (tokens, _) = suite.flow(&suite.request().with("acr_values", &values.join(" "))).await;
    assert!(listed.contains(&id_token(&tokens)["acr"]), "{listed:?}");
}

/// Redeems a code, and once more after a while.
async fn code_twice(mode: Mode, wait: TimeDelta) {
    let suite = Suite::start(mode).await;
    let request = suite.request();
    let code = suite.authorize(&request).await;
    let tokens = suite.redeem(&suite.client, &request, &code).await;
    suite.userinfo(&tokens).await;
    suite.app.clock.advance(wait);
    let again = redeeming(&suite.client, &code);
    let page = suite.app.token_at(&suite.token_endpoint(), &suite.client, &again).await;
    assert_error(&page, 400, "invalid_grant");
    let page = suite.app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_error(&page, 401, "invalid_token");
}

pub async fn oidcc_codereuse(mode: Mode) {
    code_twice(mode, TimeDelta::zero()).await;
}

pub async fn oidcc_codereuse_30seconds(mode: Mode) {
    code_twice(mode, TimeDelta::seconds(30)).await;
}

pub async fn oidcc_ensure_registered_redirect_uri(mode: Mode) {
    let suite = Suite::start(mode).await;
    let bad = format!("{}/0d5Tg3", suite.client.redirect_uri);
    let page = suite.begin(&suite.request().with("redirect_uri", &bad)).await;
    assert_page(&page, 400);
    assert!(!page.has("#form-post"));
}

pub async fn oidcc_ensure_post_request_succeeds(mode: Mode) {
    let suite = Suite::start(mode).await;
    let request = suite.request();
    let endpoint = suite.metadata["authorization_endpoint"].as_str().unwrap();
    let from = "https://suite.example/";
    let page = suite.agent.post_from(from, endpoint, &request.params.pairs()).await;
    let (_, answer) = suite.go_on(&request, page).await;
    let tokens = suite.redeem(&suite.client, &request, &code(&answer)).await;
    suite.userinfo(&tokens).await;
}

pub async fn oidcc_server_client_secret_post(mode: Mode) {
    let suite = Suite::start_as(mode, AuthMethod::ClientSecretPost).await;
    let request = suite.request();
    let code = suite.authorize(&request).await;
    let params = redeeming(&suite.client, &code)
        .with("client_id", &suite.client.id)
        .with("client_secret", suite.client.secret.as_deref().unwrap());
    let page = suite.app.machine().post(&suite.token_endpoint(), &params.pairs()).await;
    let tokens = suite.check_tokens(&suite.client, Some(&request), &page);
    suite.userinfo(&tokens).await;
}

/// Parts of a JWT without a signature, that holds the request.
fn unsigned(request: &Request) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let members: serde_json::Map<_, _> = request
        .params
        .pairs()
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let body = URL_SAFE_NO_PAD.encode(Value::Object(members).to_string());
    format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#))
}

pub async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(mode: Mode) {
    let suite = Suite::start(mode).await;
    assert_eq!(suite.metadata["request_uri_parameter_supported"], false);
    let request = suite.request().with("request_uri", "https://suite.example/requesturi#x");
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    assert_eq!(seen, [""; 0]);
    assert_refused(&answer, &["request_uri_not_supported"]);
}

pub async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    mode: Mode,
) {
    let suite = Suite::start(mode).await;
    assert_eq!(suite.metadata["request_parameter_supported"], false);
    let request = suite.request();
    let object = unsigned(&request);
    let request = request.with("request", &object);
    let (seen, answer) = suite.go_on(&request, suite.begin(&request).await).await;
    assert_eq!(seen, [""; 0]);
    assert_refused(&answer, &["request_not_supported"]);
}

pub async fn oidcc_claims_essential(mode: Mode) {
    let suite = Suite::start(mode).await;
    let claims = json!({ "userinfo": { "name": { "essential": true } } }).to_string();
    let (tokens, told) = suite.flow(&suite.request().with("claims", &claims)).await;
    assert_eq!(told["name"], "Ada Augusta Lovelace");
    assert!(id_token(&tokens).get("name").is_none(), "it was asked for at userinfo");
    assert_eq!(tokens["scope"], "openid");
}

/// The suite skips it where request objects are not supported. The address in the parameter is
/// the one that counts then, and a bad one gets a page.
pub async fn oidcc_ensure_request_object_with_redirect_uri(mode: Mode) {
    let suite = Suite::start(mode).await;
    assert_eq!(suite.metadata["request_parameter_supported"], false);
    let request = suite.request();
    let object = unsigned(&request);
    let bad = request.with("request", &object).with("redirect_uri", "https://suite.example/bad");
    assert_page(&suite.begin(&bad).await, 400);
}

pub async fn oidcc_refresh_token(mode: Mode) {
    let suite = Suite::start(mode).await;
    let second_client = suite.second_client().await;
    let mut of_second = String::new();
    for client in [&suite.client, &second_client] {
        let request = suite
            .request_of(client)
            .with("scope", "openid offline_access")
            .with("prompt", "consent");
        let code = suite.authorize(&request).await;
        let tokens = suite.redeem(client, &request, &code).await;
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        assert!(refresh_token.bytes().all(|b| (0x20..=0x7e).contains(&b)));
        suite.app.clock.advance(TimeDelta::seconds(1));
        let refresh = refresh_request(refresh_token);
        let page = suite.app.token_at(&suite.token_endpoint(), client, &refresh).await;
        let refreshed = suite.check_tokens(client, None, &page);
        let (first, second) = (id_token(&tokens), id_token(&refreshed));
        for same in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(first.get(same), second.get(same), "{same}");
        }
        assert!(second["iat"].as_i64() > first["iat"].as_i64());
        assert_ne!(tokens["access_token"], refreshed["access_token"]);
        suite.userinfo(&refreshed).await;
        refreshed["refresh_token"].as_str().unwrap().clone_into(&mut of_second);
    }
    let stolen = refresh_request(&of_second);
    let page = suite.app.token_at(&suite.token_endpoint(), &suite.client, &stolen).await;
    assert_error(&page, 400, "invalid_grant");
}

pub async fn oidcc_ensure_request_with_valid_pkce_succeeds(mode: Mode) {
    let suite = Suite::start(mode).await;
    assert!(suite.metadata["code_challenge_methods_supported"].to_string().contains("S256"));
    let request =
        suite.request().with("code_challenge", CHALLENGE).with("code_challenge_method", "S256");
    let code = suite.authorize(&request).await;
    let params = redeeming(&suite.client, &code).with("code_verifier", VERIFIER);
    let page = suite.app.token_at(&suite.token_endpoint(), &suite.client, &params).await;
    let tokens = suite.check_tokens(&suite.client, Some(&request), &page);
    suite.userinfo(&tokens).await;
}
