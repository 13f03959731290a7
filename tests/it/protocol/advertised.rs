//! Case 131: what discovery lists works, and what it does not list is refused. Each member of the
//! document has its proof here; a new one without a proof fails.

use std::collections::BTreeSet;

use latchkey::domain::client::{AuthMethod, GrantType};
use latchkey::domain::picture::{Picture, PictureName};
use latchkey::domain::session::ACR_TWO_FACTORS;
use serde_json::{Value, json};

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{
    CHALLENGE, Client, Params, assert_error, assert_redirect_error, authorization_request, claims,
    code_request, header, refresh_request,
};

const ADA: &str = "ada@example.com";
const EVERYTHING: &str = "openid profile email phone address offline_access roles";

/// A provider with one app and one person of whom everything is known, signed in.
struct Bench {
    app: TestApp,
    client: Client,
    agent: Agent,
    document: Value,
}

impl Bench {
    async fn start() -> Self {
        let app = TestApp::start();
        let client = app.client(app.registration("notes").scopes(EVERYTHING)).await;
        let ada = app.known_person(ADA).await;
        let name = PictureName::parse(&"a".repeat(43)).unwrap();
        let (picture, now) = (Picture { small: vec![1], large: vec![2] }, app.now());
        app.write(move |tx| tx.pictures().set(ada, &name, &picture, now)).await;
        let agent = Agent::new();
        let document = Agent::new().get(&app.at("/.well-known/openid-configuration")).await.json();
        let everything = authorization_request(&client).with("scope", EVERYTHING);
        app.code_for(&agent, &everything, ADA).await;
        Self { app, client, agent, document }
    }

    fn listed(&self, member: &str) -> Vec<String> {
        let list = self.document[member].as_array().unwrap();
        assert!(!list.is_empty(), "{member}");
        list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    }

    fn request(&self) -> Params {
        authorization_request(&self.client)
    }

    async fn refused(&self, params: &Params, error: &str) {
        let page = self.app.authorize(&Agent::new(), params).await;
        assert_redirect_error(&page, &self.app, &self.client, error);
    }

    async fn code(&self, params: &Params) -> String {
        self.app.code_for(&self.agent, params, ADA).await
    }

    async fn tokens(&self, params: &Params) -> Value {
        let code = self.code(params).await;
        let page = self.app.token(&self.client, &code_request(&self.client, &code)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()
    }
}

#[tokio::test]
async fn case_131_every_member_of_the_document_has_a_proof() {
    let bench = Bench::start().await;
    for (name, value) in bench.document.as_object().unwrap() {
        match name.as_str() {
            "issuer" => assert_eq!(value, bench.app.issuer()),
            "jwks_uri"
            | "authorization_endpoint"
            | "token_endpoint"
            | "userinfo_endpoint"
            | "end_session_endpoint"
            | "introspection_endpoint"
            | "revocation_endpoint" => {
                let page = Agent::new().get(value.as_str().unwrap()).await;
                assert!(page.status != 404 && !page.status.is_server_error(), "{name}");
            }
            "scopes_supported" => scopes(&bench).await,
            "response_types_supported" => response_types(&bench).await,
            "response_modes_supported" => response_modes(&bench).await,
            "grant_types_supported" => grant_types(&bench).await,
            "subject_types_supported" => subject_types(&bench).await,
            "id_token_signing_alg_values_supported" => algorithms(&bench).await,
            "token_endpoint_auth_methods_supported" => token_auth(&bench).await,
            "introspection_endpoint_auth_methods_supported" => {
                asking_auth(&bench, name, "/oauth2/introspect").await;
            }
            "revocation_endpoint_auth_methods_supported" => {
                asking_auth(&bench, name, "/oauth2/revoke").await;
            }
            "claims_supported" | "claim_types_supported" | "claims_parameter_supported" => {
                every_claim(&bench).await;
            }
            "acr_values_supported" => acr_values(&bench).await,
            "prompt_values_supported" => prompts(&bench).await,
            "display_values_supported" => displays(&bench).await,
            "code_challenge_methods_supported" => challenge_methods(&bench).await,
            "ui_locales_supported" => locales(&bench).await,
            "authorization_response_iss_parameter_supported" => {
                assert_eq!(value, true);
                let page = bench.app.authorize(&bench.agent, &bench.request()).await;
                assert_eq!(page.location_param("iss").as_deref(), Some(bench.app.issuer()));
            }
            "request_parameter_supported" => {
                assert_eq!(value, false);
                let params = bench.request().with("request", "e30.e30.");
                bench.refused(&params, "request_not_supported").await;
            }
            "request_uri_parameter_supported" => {
                assert_eq!(value, false);
                let params = bench.request().with("request_uri", "https://app.example/r");
                bench.refused(&params, "request_uri_not_supported").await;
            }
            unproved => panic!("discovery lists {unproved}, and nothing here shows that it is so"),
        }
    }
}

async fn scopes(bench: &Bench) {
    for scope in bench.listed("scopes_supported") {
        let asked = BTreeSet::from(["openid", scope.as_str()]);
        let asked = asked.into_iter().collect::<Vec<_>>().join(" ");
        let tokens = bench.tokens(&bench.request().with("scope", &asked)).await;
        let granted = tokens["scope"].as_str().unwrap();
        assert!(granted.split(' ').any(|granted| granted == scope), "{scope}: {granted}");
    }
    let tokens = bench.tokens(&bench.request().with("scope", "openid groups")).await;
    assert_eq!(tokens["scope"], "openid");
    bench.refused(&bench.request().with("scope", "groups"), "invalid_scope").await;
}

async fn response_types(bench: &Bench) {
    for listed in bench.listed("response_types_supported") {
        bench.code(&bench.request().with("response_type", &listed)).await;
    }
    for unlisted in ["token", "id_token", "code id_token", "none"] {
        let params = bench.request().with("response_type", unlisted);
        bench.refused(&params, "unsupported_response_type").await;
    }
}

async fn response_modes(bench: &Bench) {
    for listed in bench.listed("response_modes_supported") {
        let params = bench.request().with("response_mode", &listed);
        let page = bench.app.authorize(&bench.agent, &params).await;
        match listed.as_str() {
            "query" => assert!(page.location().query().unwrap().contains("code=")),
            "fragment" => assert!(page.location().fragment().unwrap().contains("code=")),
            "form_post" => assert!(page.has("#form-post input[name=code]"), "{}", page.summary()),
            unproved => panic!("nothing here shows {unproved}"),
        }
    }
    for unlisted in ["web_message", "jwt", "QUERY"] {
        let params = bench.request().with("response_mode", unlisted);
        bench.refused(&params, "invalid_request").await;
    }
}

async fn grant_types(bench: &Bench) {
    let machine = bench.app.registration("machine").machine("reports.read");
    let machine = bench.app.client(machine).await;
    for listed in bench.listed("grant_types_supported") {
        let page = match listed.as_str() {
            "authorization_code" => {
                let code = bench.code(&bench.request()).await;
                bench.app.token(&bench.client, &code_request(&bench.client, &code)).await
            }
            "refresh_token" => {
                let tokens = bench.tokens(&bench.request()).await;
                let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
                bench.app.token(&bench.client, &refresh).await
            }
            "client_credentials" => {
                let params = Params::new(&[("grant_type", "client_credentials")])
                    .with("scope", "reports.read");
                bench.app.token(&machine, &params).await
            }
            unproved => panic!("nothing here shows {unproved}"),
        };
        assert_eq!(page.status, 200, "{listed}: {}", page.summary());
    }
    for unlisted in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ] {
        let params = Params::new(&[("grant_type", unlisted), ("username", ADA), ("password", "x")]);
        let page = bench.app.token(&bench.client, &params).await;
        assert_error(&page, 400, "unsupported_grant_type");
    }
}

async fn subject_types(bench: &Bench) {
    assert_eq!(bench.listed("subject_types_supported"), ["public"]);
    let other = bench.app.confidential_client("other").await;
    let here = bench.tokens(&bench.request()).await;
    let there = bench.app.tokens_in(&bench.agent, &other, ADA, "openid").await;
    let sub = |tokens: &Value| claims(tokens["id_token"].as_str().unwrap())["sub"].clone();
    assert_eq!(sub(&here), sub(&there));
}

async fn algorithms(bench: &Bench) {
    let listed = bench.listed("id_token_signing_alg_values_supported");
    let keys = Agent::new().get(&bench.app.at("/oauth2/jwks")).await.json();
    for alg in &listed {
        assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["alg"] == **alg), "{alg}");
    }
    let tokens = bench.tokens(&bench.request()).await;
    let used = header(tokens["id_token"].as_str().unwrap())["alg"].clone();
    assert!(listed.iter().any(|alg| used == **alg), "{used}");
    // A token by another algorithm is none of ours.
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    bench.refused(&bench.request().with("id_token_hint", unsigned), "invalid_request").await;
}

/// Sends the client's credentials by this method.
async fn proved_by(
    bench: &Bench,
    client: &Client,
    method: &str,
    path: &str,
    params: Params,
) -> u16 {
    let url = bench.app.at(path);
    let page = match (method, &client.secret) {
        ("client_secret_post", Some(secret)) => {
            let params = params.with("client_id", &client.id).with("client_secret", secret);
            bench.app.machine().post(&url, &params.pairs()).await
        }
        ("client_secret_basic", Some(_)) | ("none", None) => {
            bench.app.token_at(&url, client, &params).await
        }
        unproved => panic!("nothing here shows {unproved:?}"),
    };
    page.status.as_u16()
}

async fn client_with(bench: &Bench, member: &str, method: &str) -> Client {
    let id = format!("{}-{}", member.split('_').next().unwrap(), method.replace('_', "-"));
    let method: AuthMethod = method.parse().unwrap();
    let grants = vec![GrantType::AuthorizationCode];
    let registration = bench.app.registration(&id).auth_method(method);
    bench.app.client(registration.with(|client| client.grant_types = grants)).await
}

async fn token_auth(bench: &Bench) {
    let listed = bench.listed("token_endpoint_auth_methods_supported");
    for method in &listed {
        let client = client_with(bench, "token", method).await;
        for other in &listed {
            let code = bench.app.code_for(&bench.agent, &authorization_request(&client), ADA).await;
            let request = code_request(&client, &code);
            // A secret is good in the header and in the form; none is for those who have none.
            let secret = client.secret.clone().unwrap_or_else(|| "lk_cs_x".to_owned());
            let secret = Some(secret).filter(|_| other != "none");
            let status = if secret.is_some() == client.secret.is_some() { 200 } else { 401 };
            let proving = Client { secret, ..client.clone() };
            let answered = proved_by(bench, &proving, other, "/oauth2/token", request).await;
            assert_eq!(answered, status, "{method} by {other}");
        }
    }
    let assertion = Params::new(&[
        ("grant_type", "authorization_code"),
        ("client_id", "notes"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ]);
    let page = bench.app.machine().post(&bench.app.at("/oauth2/token"), &assertion.pairs()).await;
    assert_error(&page, 401, "invalid_client");
}

async fn asking_auth(bench: &Bench, member: &str, path: &str) {
    let listed = bench.listed(member);
    for method in &listed {
        let client = client_with(bench, member, method).await;
        let params = Params::new(&[("token", "unknown")]);
        assert_eq!(proved_by(bench, &client, method, path, params).await, 200, "{path} {method}");
    }
    if !listed.iter().any(|method| method == "none") {
        let public = client_with(bench, &format!("public{member}"), "none").await;
        let params = Params::new(&[("token", "unknown")]);
        assert_eq!(proved_by(bench, &public, "none", path, params).await, 401, "{path}");
    }
}

/// Every claim that is listed is given when asked for, and no other one ever.
async fn every_claim(bench: &Bench) {
    assert_eq!(bench.document["claims_parameter_supported"], true);
    assert_eq!(bench.listed("claim_types_supported"), ["normal"]);
    let listed: BTreeSet<_> = bench.listed("claims_supported").into_iter().collect();
    let asked: serde_json::Map<_, _> =
        listed.iter().map(|claim| (claim.clone(), Value::Null)).collect();
    let params = bench
        .request()
        .with("scope", "openid")
        .with("claims", &json!({ "userinfo": asked, "id_token": asked }).to_string());
    let tokens = bench.tokens(&params).await;
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    let names = |claims: &Value| -> BTreeSet<String> {
        claims.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&id_token), listed);
    let page = bench.app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    let of_scopes = bench.tokens(&bench.request().with("scope", EVERYTHING)).await;
    let by_scopes = bench.app.userinfo(of_scopes["access_token"].as_str().unwrap()).await;
    assert_eq!(names(&page.json()), names(&by_scopes.json()), "by claims and by scopes");
    assert!(names(&page.json()).is_subset(&listed));
}

async fn acr_values(bench: &Bench) {
    let essential = |value: &str| {
        let acr = json!({ "essential": true, "value": value });
        bench.request().with("claims", &json!({ "id_token": { "acr": acr } }).to_string())
    };
    for listed in bench.listed("acr_values_supported") {
        if listed == ACR_TWO_FACTORS {
            // Whoever has proved one is asked for more, and gets no code for less.
            let page = bench.app.authorize(&bench.agent, &essential(&listed)).await;
            assert!(!page.location().as_str().starts_with(&bench.client.redirect_uri));
            bench.app.prove_two_factors();
        }
        let tokens = bench.tokens(&essential(&listed)).await;
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["acr"], *listed);
    }
    bench.refused(&essential("urn:example:gold"), "unmet_authentication_requirements").await;
}

async fn prompts(bench: &Bench) {
    for listed in bench.listed("prompt_values_supported") {
        let params = bench.request().with("prompt", &listed);
        let page = bench.app.authorize(&bench.agent, &params).await;
        let path = page.location().path().to_owned();
        match listed.as_str() {
            "none" => assert!(page.location_param("code").is_some(), "{}", page.location()),
            "login" => assert_eq!(path, "/login"),
            "consent" => assert_eq!(path, "/consent"),
            "select_account" => assert_eq!(path, "/select-account"),
            "create" => assert_eq!(path, "/register"),
            unproved => panic!("nothing here shows {unproved}"),
        }
    }
    bench.refused(&bench.request().with("prompt", "dance"), "invalid_request").await;
}

/// A hint may not fail a request (OIDC Core §15.1), so nothing is refused here.
async fn displays(bench: &Bench) {
    for listed in bench.listed("display_values_supported") {
        assert!(["page", "popup", "touch"].contains(&listed.as_str()), "{listed}");
        bench.code(&bench.request().with("display", &listed)).await;
    }
}

async fn challenge_methods(bench: &Bench) {
    assert_eq!(bench.listed("code_challenge_methods_supported"), ["S256"]);
    bench.code(&bench.request().with("code_challenge", CHALLENGE)).await;
    let plain = bench.request().with("code_challenge_method", "plain");
    bench.refused(&plain, "invalid_request").await;
}

async fn locales(bench: &Bench) {
    for listed in bench.listed("ui_locales_supported") {
        let params = bench.request().with("ui_locales", &listed);
        let page = bench.app.authorize(&Agent::new(), &params).await.follow_all().await;
        assert_eq!(page.attribute("html", "lang").as_deref(), Some(listed.as_str()));
    }
}
