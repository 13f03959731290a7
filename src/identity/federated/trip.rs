//! To a provider and back.
//!
//! Where somebody is sent is a row: the hash of `state`, the browser, the provider, and the sign-in or the
//! session that it is a step of. Nonce and PKCE verifier are not kept; they follow from the state, the
//! browser and the master key. The row is used up before the answer is looked at, so an answer counts once.

use chrono::TimeDelta;
use url::Url;

use super::arrive::Word;
use super::figures::counted;
use super::{NoEntry, Problem};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::authorization::Prompts;
use crate::domain::flow::{Flow, Purpose};
use crate::domain::provider::Provider;
use crate::domain::upstream::{UpstreamPlace, UpstreamRequest};
use crate::federation::{Federation, Hints, Trip, UpstreamAnswer};
use crate::identity::login::{Advanced, FlowAt, Step};
use crate::identity::{Identity, record};
use crate::kernel::ids::UpstreamRequestId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// For how long an answer is taken.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// What a browser brings back from a provider.
#[derive(Clone, Debug)]
pub struct Back {
    /// The name of the provider in the address.
    pub slug: String,
    /// The `state` that it was sent with; empty: none came back.
    pub state: Secret<String>,
    /// What the provider says.
    pub answer: UpstreamAnswer,
    /// The cookie of the browser.
    pub browser: TokenHash,
    /// The session cookie, if there is one.
    pub session_secret: Option<TokenHash>,
    /// The cookie by which accounts know the browser, if there is one.
    pub device_secret: Option<TokenHash>,
}

/// How somebody wants to sign in at a provider.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// What was typed on the way.
    pub login_hint: Option<String>,
    /// With another account there than the one that came back, so the provider is to ask which.
    pub another: bool,
}

/// What a way back comes to.
#[derive(Debug)]
pub enum Returned {
    /// A step of a sign-in was taken.
    SignIn(Box<Advanced>),
    /// The account of who is signed in was connected with the provider called this.
    Connected(String),
}

impl Identity {
    /// Where to send the browser of a sign-in.
    pub async fn go_to_provider(&self, slug: &str, at: FlowAt, wish: Wish) -> Result<Url, NoEntry> {
        let way = self.way_to(slug);
        let (provider, federation) = way.map_err(|refused| refused.in_flow(at.flow))?;
        let step = self.step(at, &RequestContext::default());
        let flow = self.db().read(move |tx| step.load_flow(tx)).await?;
        let flow = flow.map_err(|error| NoEntry::stopped(at.flow, error))?;
        let place = UpstreamPlace::Flow(flow.id);
        let hints = wished(hints(&flow), wish);
        let token = self.env().random_token("");
        let trip = self.trip(&provider, token, at.browser, max_age(place, Some(&flow)));
        let sent = self.send(&provider, &federation, at.browser, place, trip, hints).await;
        sent.map_err(|refused| refused.in_flow(flow.id))
    }

    /// Where to send the browser of somebody who connects an account.
    pub async fn go_to_connect(
        &self,
        slug: &str,
        session: TokenHash,
        browser: TokenHash,
    ) -> Result<Url, NoEntry> {
        let way = self.way_to(slug);
        let (provider, federation) = way.map_err(NoEntry::on_account_pages)?;
        let who = self.fresh_person(session).await?;
        let who = who.map_err(|reason| NoEntry::at(&provider, reason.into()).on_account_pages())?;
        let place = UpstreamPlace::Session(who.session.id);
        let token = self.env().random_token("");
        let trip = self.trip(&provider, token, browser, max_age(place, None));
        let prompt = Some("select_account".to_owned());
        let hints = Hints { prompt, ..Hints::default() };
        let sent = self.send(&provider, &federation, browser, place, trip, hints).await;
        sent.map_err(NoEntry::on_account_pages)
    }

    /// Takes what a browser brings back.
    pub async fn come_back(&self, back: Back, ctx: &RequestContext) -> Result<Returned, NoEntry> {
        let (provider, federation) = self.way_back_from(&back.slug)?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let act = async move {
            let taken = identity.take_answer(&provider, &federation, back, &ctx).await;
            // Anybody can bring a state that nobody was given, as often as they like.
            if let Err(refused) = &taken
                && !matches!(refused.problem, Problem::NotUnderWay)
            {
                identity.note_refused(&provider, refused, &ctx).await?;
            }
            taken
        };
        Self::to_the_end(act).await
    }

    async fn take_answer(
        &self,
        provider: &Provider,
        federation: &Federation,
        back: Back,
        ctx: &RequestContext,
    ) -> Result<Returned, NoEntry> {
        let (state, now) = (TokenHash::of(back.state.expose()), self.env().now());
        let (id, browser) = (provider.id, back.browser);
        let request = self
            .change(move |tx| tx.upstream_requests().consume(state, id, browser, now))
            .await?
            .ok_or_else(|| NoEntry::at(provider, Problem::NotUnderWay))?;
        let flow = match request.place.flow() {
            Some(flow) => self.change(move |tx| tx.flows().find(flow)).await?,
            None => None,
        };
        let in_place = |refused: NoEntry| match request.place {
            UpstreamPlace::Flow(flow) => refused.in_flow(flow),
            UpstreamPlace::SecondFactor(flow) => refused.in_flow(flow).of_second_factor(),
            UpstreamPlace::Session(_) => refused.on_account_pages(),
        };
        if !provider.is_enabled() {
            return Err(in_place(NoEntry::at(provider, Problem::Disabled)));
        }
        let max_age = max_age(request.place, flow.as_ref());
        let trip = self.trip(provider, back.state.clone(), browser, max_age);
        let person = federation.complete(provider, &back.answer, &trip).await;
        let place = request.place;
        let person = match person {
            Ok(person) => person,
            Err(error) => {
                return counted(place, Err(in_place(NoEntry::at(provider, error.into()))));
            }
        };
        let word = Word { provider: provider.clone(), person };
        let at = |flow| FlowAt {
            flow,
            browser,
            session_secret: back.session_secret,
            device_secret: back.device_secret,
        };
        match request.place {
            UpstreamPlace::Flow(flow) => {
                let step = self.step(at(flow), ctx);
                let taken = self.take_step(step, word, Self::receive).await;
                let (advanced, newcomer) = counted(place, taken)?;
                if let Some(newcomer) = newcomer {
                    self.ask_to_confirm(&newcomer, ctx).await;
                }
                Ok(Returned::SignIn(Box::new(advanced)))
            }
            UpstreamPlace::SecondFactor(flow) => {
                let (step, since) = (self.step(at(flow), ctx), request.created_at);
                let prove =
                    move |identity: &Self, tx: &mut Tx<'_>, step: &Step, flow, word: &Word| {
                        identity.receive_second_factor(tx, step, flow, word, since)
                    };
                let proved = self.take_step(step, word, prove).await;
                let advanced = counted(place, proved.map_err(NoEntry::of_second_factor))?;
                Ok(Returned::SignIn(Box::new(advanced)))
            }
            UpstreamPlace::Session(session) => {
                self.connect_here(session, back.session_secret, word, ctx).await
            }
        }
    }

    /// One step of a sign-in, with its flow locked.
    async fn take_step<T: Send + 'static>(
        &self,
        step: Step,
        word: Word,
        act: impl FnOnce(&Self, &mut Tx<'_>, &Step, Flow, &Word) -> Result<T, Stop<NoEntry>>
        + Send
        + 'static,
    ) -> Result<T, NoEntry> {
        let (identity, id) = (self.clone(), step.at.flow);
        let taken = self
            .db()
            .write(move |tx| {
                let flow = step.lock_flow(tx);
                let flow = flow.map_err(|stop| stop.map(|error| NoEntry::stopped(id, error)))?;
                act(&identity, tx, &step, flow, &word)
            })
            .await??;
        self.outbox().wake();
        Ok(taken)
    }

    pub(super) async fn send(
        &self,
        provider: &Provider,
        federation: &Federation,
        browser: TokenHash,
        place: UpstreamPlace,
        trip: Trip,
        hints: Hints,
    ) -> Result<Url, NoEntry> {
        let url = federation.begin(provider, &trip, &hints).await;
        let url = url.map_err(|error| NoEntry::at(provider, error.into()))?;
        let now = self.env().now();
        let request = UpstreamRequest {
            id: UpstreamRequestId::new(self.env()),
            state: TokenHash::of(trip.state.expose()),
            provider_id: provider.id,
            browser,
            place,
            created_at: now,
            expires_at: now + LIFETIME,
        };
        self.change(move |tx| tx.upstream_requests().insert(&request)).await?;
        Ok(url)
    }

    pub(super) fn trip(
        &self,
        provider: &Provider,
        state: Secret<String>,
        browser: TokenHash,
        max_age: Option<u32>,
    ) -> Trip {
        Trip::new(self.master(), state, browser, self.callback_url(provider), max_age)
    }

    /// Writes on the trail that nobody came in.
    async fn note_refused(
        &self,
        provider: &Provider,
        refused: &NoEntry,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let mut details = serde_json::json!({
            "provider": provider.slug.as_str(), "reason": refused.reason(),
        });
        if let Some(cause) = refused.cause() {
            details["cause"] = cause.into();
        }
        let mut event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .refused("provider")
            .details(details);
        if let Some(user) = refused.about {
            event = event.target("user", user);
        }
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.change(move |tx| record(tx, &env, &ctx, &event)).await
    }
}

/// How long ago, in seconds, the person may have signed in there. Of a second factor, no longer than an
/// answer is waited for: with this the provider has to say when it asked (OIDC Core §2, `auth_time`), which
/// is then compared with when it was told to.
pub(super) fn max_age(place: UpstreamPlace, flow: Option<&Flow>) -> Option<u32> {
    match place {
        UpstreamPlace::SecondFactor(_) => u32::try_from(LIFETIME.num_seconds()).ok(),
        UpstreamPlace::Flow(_) => flow?.request()?.max_age,
        UpstreamPlace::Session(_) => None,
    }
}

/// The same with what the person wants. Whoever wants another account is not led back to the expected one.
fn wished(of_flow: Hints, wish: Wish) -> Hints {
    if wish.another {
        let prompt = of_flow.prompt.or_else(|| Some("select_account".to_owned()));
        return Hints { login_hint: wish.login_hint, prompt, ..of_flow };
    }
    Hints { login_hint: wish.login_hint.or(of_flow.login_hint), ..of_flow }
}

/// What the flow wants of the provider.
fn hints(flow: &Flow) -> Hints {
    match &flow.purpose {
        Purpose::Authorize(request) => Hints {
            login_hint: request.login_hint.clone(),
            prompt: match request.prompt {
                Prompts { login: true, .. } => Some("login".to_owned()),
                Prompts { select_account: true, .. } => Some("select_account".to_owned()),
                _ => None,
            },
            ui_locales: request.ui_locales.clone(),
            acr_values: None,
        },
        Purpose::Account { .. } => Hints::default(),
        Purpose::Confirm { .. } => Hints { prompt: Some("login".to_owned()), ..Hints::default() },
    }
}
