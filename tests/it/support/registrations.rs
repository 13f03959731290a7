//! The relying parties of a test, as operators register and change them.

use chrono::{DateTime, Utc};
use latchkey::domain::client::{
    self, ApplicationType, AuthMethod, ClientLifetimes, ClientLinks, ClientSecret, GrantType,
    PkcePolicy,
};
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::scope::Scopes;
use latchkey::kernel::ids::ClientSecretId;
use latchkey::kernel::token_hash::TokenHash;

use super::app::TestApp;
use super::flow::Client;

impl TestApp {
    pub fn registration(&self, id: &str) -> Registration {
        Registration::new(id, self.now())
    }

    pub async fn confidential_client(&self, id: &str) -> Client {
        self.client(self.registration(id)).await
    }

    pub async fn public_client(&self, id: &str) -> Client {
        self.client(self.registration(id).public()).await
    }

    /// Registers a client and hands out what its own program knows.
    pub async fn client(&self, registration: Registration) -> Client {
        let mut client = registration.0;
        let secret = (!client.is_public()).then(|| self.env.random_token(client::SECRET_PREFIX));
        client.secrets = secret
            .iter()
            .map(|secret| ClientSecret {
                id: ClientSecretId::new(&self.env),
                hash: TokenHash::of(secret.expose()),
                created_at: self.now(),
                expires_at: None,
            })
            .collect();
        let program = Client {
            id: client.id.as_str().to_owned(),
            secret: secret.map(|secret| secret.expose().clone()),
            redirect_uri: client.redirect_uris[0].as_str().to_owned(),
        };
        let inserted = self.write(move |tx| tx.clients().insert(&client)).await;
        assert!(inserted, "the id is free");
        program
    }

    /// Changes what a client is registered with.
    pub async fn change_client(&self, id: &str, change: impl FnOnce(&mut client::Client)) {
        let id = id.parse().unwrap();
        let found = self.write(move |tx| tx.clients().find_registered(&id)).await;
        let mut client = found.expect("a known client");
        change(&mut client);
        assert!(self.write(move |tx| tx.clients().update(&client)).await);
    }

    /// Lets every secret of a client end.
    pub async fn expire_secrets(&self, id: &str, at: DateTime<Utc>) {
        let (id, none) = (id.parse().unwrap(), ClientSecretId::new(&self.env));
        self.write(move |tx| tx.clients().expire_secrets(&id, none, at)).await;
    }

    /// Gives a client one more secret.
    pub async fn add_secret(&self, id: &str) -> String {
        let secret = self.env.random_token(client::SECRET_PREFIX);
        let row = ClientSecret {
            id: ClientSecretId::new(&self.env),
            hash: TokenHash::of(secret.expose()),
            created_at: self.now(),
            expires_at: None,
        };
        let id = id.parse().unwrap();
        self.write(move |tx| tx.clients().add_secret(&id, &row)).await;
        secret.expose().clone()
    }

    pub async fn remove_client(&self, id: &str) {
        let (id, now) = (id.parse().unwrap(), self.now());
        assert!(self.write(move |tx| tx.clients().remove(&id, now)).await);
    }
}

/// A client about to be registered.
pub struct Registration(client::Client);

impl Registration {
    fn new(id: &str, now: DateTime<Utc>) -> Self {
        let uri = |text: &str| RedirectUri::register(text, ApplicationType::Web).unwrap();
        Self(client::Client {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::ClientSecretBasic,
            redirect_uris: vec![uri("https://app.example/cb")],
            post_logout_redirect_uris: vec![uri("https://app.example/signed-out")],
            scopes: Scopes::parse("openid profile email offline_access roles").unwrap(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            first_party: false,
            pkce: PkcePolicy::Required,
            needs_second_factor: false,
            provider: None,
            lifetimes: ClientLifetimes::default(),
            links: ClientLinks::default(),
            secrets: Vec::new(),
            created_at: now,
            updated_at: now,
            disabled_at: None,
        })
    }

    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.name);
        self
    }

    pub fn public(mut self) -> Self {
        self.0.auth_method = AuthMethod::None;
        self
    }

    pub fn native(mut self) -> Self {
        self.0.application_type = ApplicationType::Native;
        self.public()
    }

    pub fn auth_method(mut self, method: AuthMethod) -> Self {
        self.0.auth_method = method;
        self
    }

    /// What differs from every other client.
    pub fn with(mut self, change: impl FnOnce(&mut client::Client)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn first_party(mut self) -> Self {
        self.0.first_party = true;
        self
    }

    pub fn nonce_suffices(mut self) -> Self {
        self.0.pkce = PkcePolicy::NonceSuffices;
        self
    }

    pub fn pkce_optional(mut self) -> Self {
        self.0.pkce = PkcePolicy::Optional;
        self
    }

    /// Acts for itself, within these scopes.
    pub fn machine(mut self, scopes: &str) -> Self {
        self.0.grant_types = vec![GrantType::ClientCredentials];
        self.scopes(scopes)
    }

    pub fn scopes(mut self, scopes: &str) -> Self {
        self.0.scopes = Scopes::parse(scopes).unwrap();
        self
    }

    pub fn redirect_uri(mut self, uri: &str) -> Self {
        let uri = RedirectUri::register(uri, self.0.application_type).unwrap();
        self.0.redirect_uris = vec![uri];
        self
    }

    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        let uri = RedirectUri::register(uri, self.0.application_type).unwrap();
        self.0.post_logout_redirect_uris = vec![uri];
        self
    }
}
