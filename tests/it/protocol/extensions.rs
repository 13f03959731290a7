//! Extensions that are not built: what belongs to them is refused by its own error, not passed over.

use super::clients::{basic, with_code};
use crate::support::agent::Agent;
use crate::support::flow::{
    Client, Params, assert_error, assert_redirect_error, authorization_request, claims,
    code_request, refresh_request,
};

/// Not supported (RFC 7523), so one is never passed over, and nothing invites to send one.
#[tokio::test]
async fn case_045_047_client_assertions_are_refused() {
    let (app, client, code) = with_code().await;
    let public = app.public_client("spa").await;
    let assertion = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJub3RlcyIsInN1YiI6Im5vdGVzIn0.";
    let asserted = |request: Params, client: &Client| {
        request
            .with("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .with("client_assertion", assertion)
            .with("client_id", &client.id)
    };
    let token = Params::new(&[("token", "x")]);
    for client in [&client, &public] {
        for (path, request) in [
            ("/oauth2/token", code_request(client, &code)),
            ("/oauth2/introspect", token.clone()),
            ("/oauth2/revoke", token.clone()),
        ] {
            let whole = asserted(request, client);
            for request in [
                whole.clone(),
                whole.clone().without("client_assertion"),
                whole.clone().without("client_assertion_type"),
                whole.without("client_id"),
            ] {
                let page = Agent::new().post(&app.at(path), &request.pairs()).await;
                assert_error(&page, 401, "invalid_client");
            }
        }
    }
    let metadata = Agent::new().get(&app.at("/.well-known/openid-configuration")).await.json();
    let metadata = metadata.as_object().unwrap();
    for (name, value) in metadata.iter().filter(|(name, _)| name.contains("auth_methods")) {
        assert!(!value.to_string().contains("jwt"), "{name}: {value}");
    }
    assert!(!metadata.keys().any(|name| name.contains("auth_signing_alg")), "{metadata:?}");
    assert_eq!(app.token(&client, &code_request(&client, &code)).await.status, 200);
}

/// RFC 8693 is not built: no shape of it gets a token.
#[tokio::test]
async fn case_056_tokens_are_not_exchanged() {
    let (app, client, code) = with_code().await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let usual = Params::new(&[
        ("grant_type", exchange),
        ("subject_token", tokens["access_token"].as_str().unwrap()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ]);
    for request in [
        usual.clone(),
        usual.clone().without("subject_token"),
        usual.clone().with("subject_token", tokens["id_token"].as_str().unwrap()),
        usual.with("audience", "https://other.example"),
    ] {
        assert_error(&app.token(&client, &request).await, 400, "unsupported_grant_type");
    }
    let metadata = Agent::new().get(&app.at("/.well-known/openid-configuration")).await.json();
    assert!(!metadata["grant_types_supported"].to_string().contains("exchange"));
}

#[tokio::test]
async fn case_066_only_the_issuer_itself_is_a_resource() {
    let (app, client, code) = with_code().await;
    let (own, other) = (app.issuer().to_owned(), "https://api.example");
    let machine = app.client(app.registration("worker").machine("reports.read")).await;
    let for_itself = Params::new(&[("grant_type", "client_credentials")]);
    let request = code_request(&client, &code);
    let post = async |client: &Client, request: &Params, resources: &[&str]| {
        let repeated = resources.iter().map(|resource| ("resource", *resource));
        let pairs: Vec<_> = request.pairs().into_iter().chain(repeated).collect();
        let header = basic(&client.id, client.secret.as_ref().unwrap());
        let agent = Agent::new().with_header("authorization", &header);
        agent.post(&app.at("/oauth2/token"), &pairs).await
    };
    let slash = format!("{own}/");
    for refused in [&[other][..], &[&own, other], &[other, &own], &["x"], &[&slash]] {
        for (client, request) in [(&client, &request), (&machine, &for_itself)] {
            assert_error(&post(client, request, refused).await, 400, "invalid_target");
        }
    }
    let page = post(&client, &request, &[&own, &own]).await;
    assert_eq!(page.status, 200, "nothing was spent: {}", page.summary());
    let tokens = page.json();
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["aud"], own);
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_error(&post(&client, &refresh, &[other]).await, 400, "invalid_target");
    assert_eq!(post(&client, &refresh, &[&own]).await.status, 200);
    assert_eq!(post(&machine, &for_itself, &[&own]).await.status, 200);

    let usual = authorization_request(&client).encoded();
    let agent = Agent::new();
    let ask = async |resources: &str| {
        agent.get(&app.at(&format!("/oauth2/authorize?{usual}{resources}"))).await
    };
    for refused in ["&resource=https://api.example", "&resource=x&resource=y"] {
        assert_redirect_error(&ask(refused).await, &app, &client, "invalid_target");
    }
    let page = ask(&format!("&resource={own}&resource={own}")).await;
    assert_eq!(page.location().path(), "/login");
}
