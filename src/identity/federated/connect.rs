//! Connecting an account with an identity at a provider: on the account pages, and in a sign-in in which
//! somebody arrived whom no account was known by.

use super::arrive::{Word, connected};
use super::{NoEntry, Problem, Returned, mapping};
use crate::domain::audit::RequestContext;
use crate::domain::claim_rule::When;
use crate::domain::federation_link::FederationLink;
use crate::identity::login::flow::is_fresh;
use crate::identity::login::{Advanced, FlowError, Next, Step, client_of, enrolled};
use crate::identity::{Identity, record};
use crate::kernel::ids::SessionId;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message};
use crate::storage::tx::{Stop, Tx};

impl Identity {
    /// Connects the account of who is signed in, in the session that was sent to the provider.
    pub(super) async fn connect_here(
        &self,
        session: SessionId,
        secret: Option<TokenHash>,
        word: Word,
        ctx: &RequestContext,
    ) -> Result<Returned, NoEntry> {
        let refused = |problem| NoEntry::at(&word.provider, problem).on_account_pages();
        let secret = secret.ok_or_else(|| refused(Problem::NotSignedIn))?;
        let who = self.fresh_person(secret).await?.map_err(|reason| refused(reason.into()))?;
        if who.session.id != session {
            return Err(refused(Problem::NotSignedIn));
        }
        let label = word.provider.label.clone();
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let refused = |problem| {
                    Stop::Refused(NoEntry::at(&word.provider, problem).on_account_pages())
                };
                // Before the account, as everybody does who comes in.
                tx.users().lock_identifiers(&[&word.identity()])?;
                let locked = identity.fresh_locked(tx, &who)?;
                let locked = locked.map_err(|reason| refused(reason.into()))?;
                let (user, env) = (locked.profile.user.id, identity.env());
                let link = FederationLink::new(env, user, word.provider.id, &word.person);
                if !tx.federation_links().insert(&link)? {
                    let found = tx.federation_links().find(&link.issuer, &link.subject)?;
                    // Twice is as good as once.
                    return match found {
                        Some(found) if found.user_id == user => Ok(()),
                        Some(_) | None => Err(refused(Problem::Taken)),
                    };
                }
                mapping::apply(tx, env, &ctx, user, &word, When::First)?;
                let event = connected(&word.provider, user).session(locked.session.id);
                record(tx, env, &ctx, &event)?;
                let factor = Factor::Provider(word.provider.label.clone());
                let message = Message::FactorAdded { factor, occasion: identity.occasion(&ctx) };
                Ok(identity.notify(tx, &locked.profile, &message)?)
            })
            .await??;
        self.outbox().wake();
        Ok(Returned::Connected(label))
    }

    /// Answers the question of [`Next::Connect`]. Whatever is said, it is asked no more.
    pub(in crate::identity) async fn answer_connect(
        &self,
        step: Step,
        yes: bool,
    ) -> Result<Advanced, FlowError> {
        let identity = self.clone();
        self.db().write(move |tx| identity.connect_arrival(tx, &step, yes)).await?
    }

    fn connect_arrival(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        yes: bool,
    ) -> Result<Advanced, Stop<FlowError>> {
        let mut flow = step.lock_flow(tx)?;
        let (client, signed_in) = (client_of(tx, &flow)?, step.signed_in(tx)?);
        let next = step.decide(tx, &flow, client.as_ref(), signed_in.as_ref())?;
        let (Next::Connect, Some(arrival), Some(who)) = (&next, &flow.arrival, &signed_in) else {
            return step.settle(tx, flow, client.as_ref(), signed_in.as_ref());
        };
        let provider = self.provider_called(arrival.provider);
        if let (true, Some(provider)) = (yes, provider) {
            let word = Word { provider, person: arrival.person.clone() };
            tx.users().lock_identifiers(&[&word.identity()])?;
            tx.users().hold(who.profile.user.id)?;
            // A way in is added, as on the account pages: they ask for what is missing, and lead back.
            let own = enrolled(tx, step.offers, who.profile.user.id)?;
            if !is_fresh(&who.session, own, &step.settings, step.now()) {
                return step.settle(tx, flow, client.as_ref(), signed_in.as_ref());
            }
            let connected = self.connect(tx, step, &flow, &word, &who.profile);
            connected.map_err(|stop| stop.map(NoEntry::into_flow_error))?;
        }
        tx.flows().arrived(flow.id, None)?;
        flow.arrival = None;
        step.settle(tx, flow, client.as_ref(), signed_in.as_ref())
    }
}
