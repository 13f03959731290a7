//! Where a sign-in goes on at another provider, as the front end is told.

use actix_web::HttpResponse;

use super::envelope::done;
use super::signing_in;
use super::step::{NextStep, SignIn, WayElsewhere};
use crate::domain::factor::FactorKind;
use crate::domain::provider::Provider;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::provider::{another_address, hinted_address, start_address};
use crate::http::pages::second_factor::provider::START;
use crate::identity::Identity;
use crate::identity::login::{FlowAt, FlowView, Next};

/// The provider that owns the domain of an address, and where the browser goes with it.
pub(super) fn owner(visit: &Visit, flow: &FlowAt, typed: &str) -> Option<WayElsewhere> {
    let identity = &visit.services.identity;
    let provider = identity.provider_of(typed)?;
    let path = hinted_address(flow.flow, &provider.slug, typed);
    Some(way(identity, provider, Some(path)))
}

/// The answer to an address that belongs to a provider: nothing about it is looked at here. `None`: it does
/// not.
pub(super) async fn leave(
    visit: &Visit,
    typed: &str,
    flow: Option<&str>,
    remember: Option<bool>,
) -> Result<Option<HttpResponse>, Failure> {
    if visit.services.identity.provider_of(typed).is_none() {
        return Ok(None);
    }
    if let Some(flow) = flow {
        let (_, view) = signing_in::look(visit, flow).await?;
        // Who came back from a provider, or proves it anew, is asked for the account here.
        if view.flow.arrival.is_some() || view.flow.purpose.is_confirmation() {
            return Ok(None);
        }
    }
    let (at, _) = signing_in::at(visit, flow, remember).await?;
    let providers: Vec<_> = owner(visit, &at, typed).into_iter().collect();
    let data = SignIn {
        flow: Some(at.flow.to_string()),
        ways: vec![NextStep::Provider],
        providers,
        ..SignIn::at(NextStep::Provider)
    };
    Ok(Some(done(visit, data)))
}

/// The providers that a step can be taken at.
pub(super) async fn ways(
    visit: &Visit,
    at: FlowAt,
    next: &Next,
) -> Result<Vec<WayElsewhere>, Failure> {
    let identity = &visit.services.identity;
    match next {
        Next::Login { .. } | Next::Register => {
            let view = look(visit, at).await?;
            // Whoever has just come from there in vain is asked with which account.
            let arrival = view.flow.arrival.as_ref().map(|arrival| arrival.provider);
            let path = |it: &Provider| {
                let address = if arrival == Some(it.id) { another_address } else { start_address };
                address(at.flow, &it.slug)
            };
            let providers = identity.providers_in(&view).into_iter();
            Ok(providers
                .map(|it| {
                    let path = path(&it);
                    way(identity, it, Some(path))
                })
                .collect())
        }
        Next::SecondFactor { ways } if ways.contains(&FactorKind::ProviderSecondFactor) => {
            let view = look(visit, at).await?;
            let Some(asked) = view.asked else { return Ok(vec![]) };
            let theirs = identity.second_factor_providers(asked.user.id).await?;
            let path = |it: &Provider| {
                format!("{}?flow={}", START.replace("{provider}", it.slug.as_str()), at.flow)
            };
            Ok(theirs
                .into_iter()
                .map(|it| {
                    let path = path(&it);
                    way(identity, it, Some(path))
                })
                .collect())
        }
        Next::Connect => {
            let arrival = look(visit, at).await?.flow.arrival;
            let provider = arrival.and_then(|it| identity.provider_called(it.provider));
            Ok(provider.map(|it| way(identity, it, None)).into_iter().collect())
        }
        Next::SecondFactor { .. }
        | Next::SetUp
        | Next::MakePasskey
        | Next::SelectAccount
        | Next::Consent { .. }
        | Next::Unmet
        | Next::Done
        | Next::Denied => Ok(vec![]),
    }
}

/// What a sign-in waits for, where that is not the question about a provider that was disabled meanwhile:
/// looking at it forgets who came back from there.
pub(super) async fn unless_forgotten(
    visit: &Visit,
    at: FlowAt,
    next: Next,
) -> Result<Next, Failure> {
    if next == Next::Connect { Ok(look(visit, at).await?.next) } else { Ok(next) }
}

async fn look(visit: &Visit, at: FlowAt) -> Result<FlowView, Failure> {
    let now = visit.site.env.now();
    let shown = visit.services.identity.show(at).await;
    shown.map_err(|error| super::error::flow(error, now))
}

fn way(identity: &Identity, provider: Provider, path: Option<String>) -> WayElsewhere {
    WayElsewhere {
        id: provider.slug.to_string(),
        name: provider.label,
        url: path.map(|path| identity.address_of(&path)),
    }
}
