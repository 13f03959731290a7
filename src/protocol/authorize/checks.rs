//! The checks of an authorization request, in the order of the specification.
//!
//! Up to [`check_redirect_uri`] a failure is told on a page, since nobody knows yet where an answer
//! would go; from there on it is told to the relying party (RFC 6749 §4.1.2.1).

use super::Refused;
use super::claims::{assign_claims, check_acr};
use super::prompts::{assign_id_token_hint, assign_max_age, assign_other_hints, assign_prompt};
use super::respond::ResponseTarget;
use crate::domain::authorization::{AuthorizationRequest, Prompts, ResponseMode};
use crate::domain::client::{Client, ClientId, GrantType};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::params::Params;
use crate::protocol::{Provider, engine, resource};
use crate::storage::repo::clients::Absence;
use crate::storage::{Stop, Tx};

/// What a page tells people about a request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageProblem {
    /// The app is not known here.
    UnknownClient,
    /// The return address is not registered for the app.
    ReturnAddress {
        /// The app's name.
        app: String,
    },
    /// The request cannot be read.
    Malformed,
}

/// The longest `state` and `nonce`, in bytes.
const MAX_OPAQUE: usize = 4096;
/// The largest `scope`, in bytes.
const MAX_SCOPE: usize = 2048;

pub(super) type Outcome = Result<(), Refusal>;

/// A request while it is being checked.
pub(super) struct Checking<'a> {
    pub(super) provider: &'a Provider,
    pub(super) params: &'a Params,
    pub(super) client: &'a Client,
    target: ResponseTarget,
    pub(super) request: AuthorizationRequest,
}

/// Runs every check. The request that comes out is complete and within what the client may ask.
pub(super) fn run(
    provider: &Provider,
    tx: &mut Tx,
    params: &Params,
) -> Result<(Client, AuthorizationRequest), Stop<Refused>> {
    let page = |problem, refusal| Stop::Refused(Refused::Page(Box::new(problem), refusal));
    check_singular(params, &["client_id", "redirect_uri"])
        .map_err(|refusal| page(PageProblem::Malformed, refusal))?;
    let client = load_client(tx, params)?;
    let redirect_uri = check_redirect_uri(&client, params).map_err(|refusal| {
        page(PageProblem::ReturnAddress { app: client.name.clone() }, refusal)
    })?;

    let mut checking = Checking {
        provider,
        params,
        client: &client,
        target: ResponseTarget {
            client_name: client.name.clone(),
            redirect_uri: redirect_uri.clone(),
            response_mode: ResponseMode::Query,
            state: None,
            issuer: provider.issuer.as_str().to_owned(),
        },
        request: empty_request(&client, redirect_uri),
    };
    for check in CHECKS {
        if let Err(refusal) = check(&mut checking) {
            let response = checking.target.error(refusal.error, refusal.description);
            return Err(Stop::Refused(Refused::Redirect(Box::new(response), refusal)));
        }
    }
    let request = checking.request;
    Ok((client, request))
}

/// The checks whose failure goes to the relying party.
const CHECKS: &[fn(&mut Checking) -> Outcome] = &[
    assign_state,               // RFC 6749 §4.1.1; first, so that every error carries it
    assign_response_mode,       // OAuth 2.0 Multiple Response Type Encoding Practices §2.1
    check_nothing_repeated,     // RFC 6749 §3.1
    check_request_object,       // OIDC Core §6, §7.2.1
    check_response_type,        // RFC 6749 §3.1.1
    check_grant_allowed,        // RFC 6749 §4.1.2.1
    check_resource,             // RFC 8707 §2
    assign_nonce,               // OIDC Core §3.1.2.1
    check_code_challenge,       // RFC 7636 §4.3, RFC 9700 §2.1.1
    assign_scope_and_challenge, // RFC 6749 §3.3, RFC 7636 §4.4
    assign_prompt,              // OIDC Core §3.1.2.1
    assign_max_age,             // OIDC Core §3.1.2.1
    assign_id_token_hint,       // OIDC Core §3.1.2.1
    assign_other_hints,         // OIDC Core §3.1.2.1
    assign_claims,              // OIDC Core §5.5
    check_acr,                  // OIDC Core §5.5.1.1
];

fn empty_request(client: &Client, redirect_uri: RedirectUri) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri,
        response_mode: ResponseMode::Query,
        scopes: scope::Scopes::default(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompts::default(),
        max_age: None,
        login_hint: None,
        idp_hint: None,
        hinted_subject: None,
        acr_values: Vec::new(),
        claims: None,
        ui_locales: None,
    }
}

fn check_singular(params: &Params, names: &[&str]) -> Outcome {
    match names.iter().find(|name| params.is_repeated(name)) {
        Some(name) => Err(repeated(name)),
        None => Ok(()),
    }
}

fn repeated(name: &str) -> Refusal {
    Refusal::new(
        OAuthError::InvalidRequest,
        "check_nothing_repeated",
        "RFC 6749 3.1",
        "a parameter was sent more than once",
    )
    .compared("each parameter once", name)
}

fn load_client(tx: &mut Tx, params: &Params) -> Result<Client, Stop<Refused>> {
    let sent = params.get("client_id").unwrap_or_default();
    let unknown = |state: &str| {
        let refusal = Refusal::new(
            OAuthError::InvalidRequest,
            "load_client",
            "RFC 6749 4.1.2.1",
            "the client is not known",
        );
        Stop::Refused(Refused::Page(
            Box::new(PageProblem::UnknownClient),
            refusal.compared("the id of a registered client", format!("{sent}{state}")),
        ))
    };
    let id: ClientId = sent.parse().map_err(|_| unknown(""))?;
    match tx.clients().find(&id)? {
        Some(client) => Ok(client),
        None => Err(unknown(match tx.clients().absence(&id)? {
            Absence::Unknown => "",
            Absence::Removed => ", which was removed",
            Absence::Disabled => ", which is disabled",
        })),
    }
}

/// OIDC Core §3.1.2.1 makes it required; RFC 9700 §4.1.3 wants it compared byte for byte.
fn check_redirect_uri(client: &Client, params: &Params) -> Result<RedirectUri, Refusal> {
    let sent = params.get("redirect_uri").unwrap_or_default();
    if client.matching_redirect_uri(sent).is_some() {
        return Ok(RedirectUri::stored(sent.to_owned()));
    }
    let registered: Vec<_> = client.redirect_uris.iter().map(RedirectUri::as_str).collect();
    Err(Refusal::new(
        OAuthError::InvalidRequest,
        "check_redirect_uri",
        "RFC 9700 2.1",
        "the redirect_uri is not registered",
    )
    .compared(registered.join(" "), sent))
}

fn assign_state(checking: &mut Checking) -> Outcome {
    if checking.params.is_repeated("state") {
        return Err(repeated("state"));
    }
    let state = checking.params.get("state");
    check_length("state", state)?;
    checking.request.state = state.map(str::to_owned);
    checking.target.state = state.map(str::to_owned);
    Ok(())
}

fn check_length(name: &'static str, value: Option<&str>) -> Outcome {
    match value {
        Some(value) if value.len() > MAX_OPAQUE => Err(Refusal::new(
            OAuthError::InvalidRequest,
            "check_length",
            "RFC 6749 4.1.1",
            "state or nonce is longer than 4096 bytes",
        )
        .compared(format!("at most {MAX_OPAQUE} bytes"), format!("{name}: {} bytes", value.len()))),
        _ => Ok(()),
    }
}

fn assign_response_mode(checking: &mut Checking) -> Outcome {
    let Some(sent) = checking.params.get("response_mode") else { return Ok(()) };
    let mode = sent.parse().map_err(|_| {
        Refusal::new(
            OAuthError::InvalidRequest,
            "assign_response_mode",
            "OAuth 2.0 Multiple Response Type Encoding Practices 2.1",
            "the response_mode is not supported",
        )
        .compared("query, fragment or form_post", sent)
    })?;
    checking.request.response_mode = mode;
    checking.target.response_mode = mode;
    Ok(())
}

fn check_nothing_repeated(checking: &mut Checking) -> Outcome {
    checking.params.first_repeated().map_or(Ok(()), |name| Err(repeated(name)))
}

fn check_request_object(checking: &mut Checking) -> Outcome {
    let unsupported = [
        ("request", OAuthError::RequestNotSupported, "request objects are not supported"),
        ("request_uri", OAuthError::RequestUriNotSupported, "request_uri is not supported"),
        ("registration", OAuthError::RegistrationNotSupported, "registration is not supported"),
    ];
    for (name, error, description) in unsupported {
        if checking.params.get(name).is_some() {
            return Err(Refusal::new(
                error,
                "check_request_object",
                "OIDC Core 3.1.2.6",
                description,
            )
            .compared("plain parameters", name));
        }
    }
    Ok(())
}

fn check_response_type(checking: &mut Checking) -> Outcome {
    let sent = checking.params.get("response_type");
    if sent == Some("code") {
        return Ok(());
    }
    let (error, description) = match sent {
        None => (OAuthError::InvalidRequest, "response_type is missing"),
        Some(_) => (OAuthError::UnsupportedResponseType, "the only response_type is code"),
    };
    Err(Refusal::new(error, "check_response_type", "RFC 6749 3.1.1", description)
        .compared("code", sent.unwrap_or_default()))
}

fn check_grant_allowed(checking: &mut Checking) -> Outcome {
    if checking.client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(Refusal::new(
        OAuthError::UnauthorizedClient,
        "check_grant_allowed",
        "RFC 6749 4.1.2.1",
        "the client may not use the authorization_code grant",
    ))
}

fn check_resource(checking: &mut Checking) -> Outcome {
    resource::check_resource(checking.provider, checking.params)
}

fn assign_nonce(checking: &mut Checking) -> Outcome {
    let nonce = checking.params.get("nonce");
    check_length("nonce", nonce)?;
    checking.request.nonce = nonce.map(str::to_owned);
    Ok(())
}

/// Whether the client will see its nonce again. Without `openid`, or where the client is not
/// registered for it, there is no ID token to hold it, so it would protect nothing (RFC 9700 §2.1.1).
fn nonce_comes_back(checking: &Checking) -> bool {
    let scope = checking.params.get("scope").unwrap_or_default();
    checking.request.nonce.is_some()
        && checking.client.scopes.contains(scope::OPENID)
        && scope.split(' ').any(|word| word == scope::OPENID)
}

fn check_code_challenge(checking: &mut Checking) -> Outcome {
    let fail = |description, expected: &str, got: &str| {
        Err(Refusal::new(
            OAuthError::InvalidRequest,
            "check_code_challenge",
            "RFC 7636 4.3",
            description,
        )
        .compared(expected, got))
    };
    let method = checking.params.get("code_challenge_method");
    let Some(challenge) = checking.params.get("code_challenge") else {
        if method.is_some() {
            return fail("code_challenge is missing", "a code_challenge", "only its method");
        }
        if checking.client.needs_pkce(nonce_comes_back(checking)) {
            return fail(
                "code_challenge is missing (PKCE is required)",
                "a code_challenge",
                "none",
            );
        }
        return Ok(());
    };
    if method != Some("S256") {
        return fail(
            "code_challenge_method must be S256",
            "S256",
            method.unwrap_or("none, which means plain"),
        );
    }
    // The base64url form of a SHA-256 has exactly 43 characters.
    if challenge.len() != 43
        || !challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return fail(
            "code_challenge is not a base64url SHA-256",
            "43 base64url characters",
            // Not repeated: it may be the verifier itself.
            "something else",
        );
    }
    Ok(())
}

fn assign_scope_and_challenge(checking: &mut Checking) -> Outcome {
    if let Some(scope) = checking.params.get("scope").filter(|scope| scope.len() > MAX_SCOPE) {
        return Err(Refusal::new(
            OAuthError::InvalidScope,
            "assign_scope",
            "RFC 6749 3.3",
            "the scope is longer than 2048 bytes",
        )
        .compared(format!("at most {MAX_SCOPE} bytes"), format!("{} bytes", scope.len())));
    }
    let negotiated = engine::authorization::negotiate(
        checking.client,
        checking.params,
        nonce_comes_back(checking),
    )?;
    checking.request.scopes = negotiated.scopes;
    checking.request.code_challenge = negotiated.code_challenge;
    Ok(())
}
