//! The phases of a token request, the same for every grant.

use std::sync::Arc;

use super::figures;
use super::grant::{GRANTS, Grant, Redeemed, Redeeming};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::{Client, ClientId};
use crate::kernel::ids::AuditEventId;
use crate::protocol::Provider;
use crate::protocol::client_auth::{self, Presented};
use crate::protocol::error::{OAuthError, ProtocolError, Refusal};
use crate::protocol::issue::{Issued, TokenBody};
use crate::protocol::params::{Params, check_nothing_repeated};
use crate::protocol::refusals::Proved;
use crate::protocol::resource::check_resource;
use crate::storage::{Stop, StorageError, Tx};

/// A token request as it came.
#[derive(Debug)]
pub struct TokenRequest {
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The form body.
    pub params: Params,
}

impl Provider {
    /// Answers a token request: one transaction, then the signatures.
    pub async fn token(
        &self,
        request: TokenRequest,
        context: RequestContext,
    ) -> Result<TokenBody, ProtocolError> {
        let sent = request.params.get("grant_type").map(str::to_owned);
        figures::counted(sent.as_deref(), self.answer(request, context).await)
    }

    async fn answer(
        &self,
        request: TokenRequest,
        context: RequestContext,
    ) -> Result<TokenBody, ProtocolError> {
        check_nothing_repeated(&request.params)?;
        let presented = client_auth::presented(request.authorization.as_deref(), &request.params)?;
        let grant = find_grant(&request.params)?;
        self.fresh_keys().await?;
        let provider = self.clone();
        let request = Request { params: request.params, presented, grant, context };
        let issued = if grant.is_stateless() {
            self.read_only(request).await?
        } else {
            self.db.write(move |tx| recorded(&provider, tx, &request)).await?
        };
        issued?.sign(self)
    }

    /// Success costs one read. A refusal is written to the trail afterwards.
    async fn read_only(
        &self,
        request: Request,
    ) -> Result<Result<Issued, ProtocolError>, StorageError> {
        let (provider, context) = (self.clone(), request.context.clone());
        let outcome = self.db.read(move |tx| attempt(&provider, tx, &request)).await?;
        let denied = match outcome {
            Ok((_, redeemed)) => return Ok(Ok(redeemed.issued)),
            Err(Denied::Unnoted(error)) => return Ok(Err(error)),
            Err(denied) => denied,
        };
        let provider = self.clone();
        self.db.write(move |tx| Err(denied.record(&provider, tx, &context))).await
    }
}

/// A token request whose grant was found.
struct Request {
    params: Params,
    presented: Presented,
    grant: &'static dyn Grant,
    context: RequestContext,
}

/// Why a request gets no token.
enum Denied {
    /// It was refused, which is written down.
    Noted(Box<Noted>),
    /// There is nothing to write: too many came, and nobody shall fill the trail.
    Unnoted(ProtocolError),
}

/// A refusal, what the trail says of it where it names a client, and who was refused.
struct Noted {
    refusal: Refusal,
    event: Option<AuditEvent>,
    client_id: String,
    proved: Proved,
}

impl Denied {
    /// A client that proved itself.
    fn proved(client_id: &ClientId, request: &Request, refusal: Refusal) -> Self {
        let actor = Actor::Client(client_id.clone());
        let event = Some(refused_event(actor, client_id, request.grant, &refusal));
        let client_id = client_id.to_string();
        Self::Noted(Box::new(Noted { refusal, event, client_id, proved: Proved::Client }))
    }

    /// A client that did not prove itself; it may be nobody.
    fn unproved(request: &Request, refusal: Refusal) -> Self {
        let client_id = request.presented.client_id.clone();
        let named: Option<ClientId> = client_id.parse().ok();
        let event = named.map(|id| refused_event(Actor::Anonymous, &id, request.grant, &refusal));
        Self::Noted(Box::new(Noted { refusal, event, client_id, proved: Proved::Nobody }))
    }

    /// What the other side is told, once it is written down.
    fn record(
        self,
        provider: &Provider,
        tx: &mut Tx,
        context: &RequestContext,
    ) -> Stop<ProtocolError> {
        match self {
            Self::Unnoted(error) => Stop::Refused(error),
            Self::Noted(mut noted) => match noted.write(provider, tx, context) {
                Ok(()) => Stop::Refused(noted.refusal.into()),
                Err(error) => Stop::Failed(error),
            },
        }
    }
}

impl Noted {
    fn write(
        &mut self,
        provider: &Provider,
        tx: &mut Tx,
        context: &RequestContext,
    ) -> Result<(), StorageError> {
        let client_id = Some(self.client_id.as_str());
        let kept = provider.keep(tx, &mut self.refusal, client_id, self.proved, context)?;
        match self.event.as_ref().filter(|_| kept) {
            Some(event) => record(provider, tx, event, context),
            None => Ok(()),
        }
    }
}

/// Everything in one transaction, with its entry in the trail.
fn recorded(
    provider: &Provider,
    tx: &mut Tx,
    request: &Request,
) -> Result<Issued, Stop<ProtocolError>> {
    let context = &request.context;
    match attempt(provider, tx, request) {
        Ok((client, redeemed)) => {
            record(provider, tx, &issued_event(&client, request.grant, &redeemed), context)?;
            Ok(redeemed.issued)
        }
        Err(Stop::Refused(denied)) => Err(denied.record(provider, tx, context)),
        Err(Stop::Failed(error)) => Err(Stop::Failed(error)),
    }
}

/// Is it the client, may it use the grant, and is what it presented worth anything?
fn attempt(
    provider: &Provider,
    tx: &mut Tx,
    request: &Request,
) -> Result<(Client, Redeemed), Stop<Denied>> {
    let now = provider.env.now();
    let client = client_auth::authenticate(provider, tx, &request.presented, &request.context)
        .map_err(|stop| {
            stop.map(|error| match error {
                ProtocolError::Refused(refusal) => Denied::unproved(request, refusal),
                error => Denied::Unnoted(error),
            })
        })?;
    let grant = request.grant;
    let settings: Arc<_> = provider.settings.get();
    let params = request.params.only(&[&["grant_type"], grant.params()].concat());
    let redeeming =
        Redeeming { provider, settings: &settings, client: &client, params: &params, now };
    let outcome = check_grant_allowed(&client, grant)
        .and_then(|()| check_resource(provider, &request.params))
        .map_err(Stop::Refused)
        .and_then(|()| grant.redeem(tx, &redeeming));
    match outcome {
        Ok(redeemed) => Ok((client, redeemed)),
        // Anybody can name a public client, so that proves nothing.
        Err(stop) => Err(stop.map(|refusal| {
            if client.is_public() {
                Denied::unproved(request, refusal)
            } else {
                Denied::proved(&client.id, request, refusal)
            }
        })),
    }
}

fn find_grant(params: &Params) -> Result<&'static dyn Grant, Refusal> {
    let sent = params.get("grant_type").ok_or_else(|| {
        Refusal::new(
            OAuthError::InvalidRequest,
            "find_grant",
            "RFC 6749 5.2",
            "grant_type is missing",
        )
    })?;
    let found = GRANTS.iter().find(|grant| grant.grant_type().as_str() == sent);
    found.copied().ok_or_else(|| {
        Refusal::new(
            OAuthError::UnsupportedGrantType,
            "find_grant",
            "RFC 6749 5.2",
            "the grant_type is not supported",
        )
        .compared("a grant type that discovery lists", sent)
    })
}

fn check_grant_allowed(client: &Client, grant: &dyn Grant) -> Result<(), Refusal> {
    if client.may_use(grant.grant_type()) {
        return Ok(());
    }
    Err(Refusal::new(
        OAuthError::UnauthorizedClient,
        "check_grant_allowed",
        "RFC 6749 5.2",
        "the client may not use this grant_type",
    )
    .compared("a grant type of the client", grant.grant_type()))
}

fn issued_event(client: &Client, grant: &dyn Grant, redeemed: &Redeemed) -> AuditEvent {
    let event = AuditEvent::new(Action::TokenIssued, Actor::Client(client.id.clone()))
        .client(&client.id)
        .details(serde_json::json!({
            "grant_type": grant.grant_type().as_str(),
            "grant_id": redeemed.on_behalf.map(|(_, grant)| grant),
            "scope": redeemed.issued.scopes(),
        }));
    match redeemed.on_behalf {
        Some((user, _)) => event.target("user", user),
        None => event,
    }
}

fn refused_event(
    actor: Actor,
    client_id: &ClientId,
    grant: &dyn Grant,
    refusal: &Refusal,
) -> AuditEvent {
    let event = AuditEvent::new(Action::TokenRefused, actor)
        .client(client_id)
        .refused(refusal.error.as_str())
        .details(serde_json::json!({
            "grant_type": grant.grant_type().as_str(),
            "check": refusal.reason.check,
        }));
    match refusal.ended() {
        Some(ended) => event.target("grant", ended),
        None => event,
    }
}

fn record(
    provider: &Provider,
    tx: &mut Tx,
    event: &AuditEvent,
    context: &RequestContext,
) -> Result<(), StorageError> {
    tx.audit().append(AuditEventId::new(&provider.env), event, context, provider.env.now())
}
