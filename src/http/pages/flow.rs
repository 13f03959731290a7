//! What the pages of a flow have in common.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::fault;
use super::view::{AppView, Branding, FinishedView, Frame, NextStep};
use crate::domain::client::Client;
use crate::domain::factor::FactorKind;
use crate::domain::flow::{self as domain, FlowEnded};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::Fields;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::middleware::headers::FormAction;
use crate::http::rate_limit;
use crate::identity::login::{
    Advanced, DeviceCookie, FlowAt, FlowError, FlowView, Next, SessionCookie,
};
use crate::kernel::ids::FlowId;
use crate::protocol::paths;

/// A page of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Login,
    Register,
    Connect,
    SelectAccount,
    Consent,
    /// Where this factor is proved after another one.
    SecondFactor(FactorKind),
    /// Where a second factor is set up.
    SetUp,
}

impl Stop {
    /// Whether the page may be shown where the flow waits for `next`. The login and registration
    /// pages may be shown for as long as somebody else could still sign in instead.
    pub(super) fn fits(self, next: &Next) -> bool {
        match (self, next) {
            (_, Next::Done | Next::Denied | Next::Unmet) => false,
            (Self::Login | Self::Register, _) => true,
            (Self::SecondFactor(way), Next::SecondFactor { ways }) => ways.contains(&way),
            (Self::SecondFactor(_), _) => false,
            (Self::SetUp, next) => matches!(next, Next::SetUp),
            (Self::Connect, next) => matches!(next, Next::Connect),
            (Self::SelectAccount, next) => matches!(next, Next::SelectAccount),
            (Self::Consent, next) => matches!(next, Next::Consent { .. }),
        }
    }
}

/// Where somebody sets up a second factor before they are let in.
pub(super) const SET_UP_PATH: &str = "/second-factor/set-up";

/// The page on which a factor is proved after another one.
pub(super) fn second_factor_path(factor: FactorKind) -> &'static str {
    match factor {
        FactorKind::Password => "/second-factor/password",
        FactorKind::MailedCode | FactorKind::MailedLink => "/second-factor/mailed-code",
        FactorKind::Totp => "/second-factor/app",
        FactorKind::RecoveryCode => "/second-factor/recovery-code",
        FactorKind::Passkey => "/second-factor/passkey",
        FactorKind::Provider
        | FactorKind::ProviderTwoFactors
        | FactorKind::ProviderSecondFactor => "/second-factor/provider",
    }
}

/// Where a flow goes that waits for `next`.
pub(in crate::http) fn address(flow: FlowId, next: &Next) -> String {
    let path = match next {
        Next::Login { .. } => "/login",
        Next::SecondFactor { ways } => {
            ways.first().map_or(paths::CONTINUE, |way| second_factor_path(*way))
        }
        Next::SetUp => SET_UP_PATH,
        Next::MakePasskey => super::register_passkey::PATH,
        Next::Register => "/register",
        Next::Connect => "/connect",
        Next::SelectAccount => "/select-account",
        Next::Consent { .. } => "/consent",
        Next::Done | Next::Denied | Next::Unmet => paths::CONTINUE,
    };
    format!("{path}?flow={flow}")
}

/// The id of the flow in the query.
pub(in crate::http) fn id(query: &Fields) -> Result<FlowId, Failure> {
    let text = query.get("flow").ok_or_else(fault::no_such_flow)?;
    text.parse().map_err(|_| fault::no_such_flow())
}

/// A flow as this browser sees it.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) at: FlowAt,
    pub(super) state: FlowView,
}

/// What a request to a page of a flow comes to.
pub(super) enum Opened {
    /// The page is to be shown.
    Here(Box<Flow>),
    /// Another one is.
    Elsewhere(HttpResponse),
}

/// The flow that the query names.
pub(super) fn at(visit: &Visit) -> Result<FlowAt, Failure> {
    Ok(FlowAt {
        flow: id(&visit.fields()?)?,
        browser: visit.browser.0.ok_or_else(fault::other_browser)?,
        session_secret: visit.session,
        device_secret: visit.device,
    })
}

/// Looks whether the page fits the flow.
pub(super) async fn open(visit: &Visit, stop: Stop) -> Result<Opened, Failure> {
    open_at(visit, at(visit)?, stop).await
}

/// [`open`] for a flow that no query names.
pub(super) async fn open_at(visit: &Visit, at: FlowAt, stop: Stop) -> Result<Opened, Failure> {
    match visit.services.identity.show(at).await {
        Ok(state) if stop.fits(&state.next) => Ok(Opened::Here(Box::new(Flow { at, state }))),
        Ok(state) => Ok(Opened::Elsewhere(see_other(address(at.flow, &state.next)))),
        Err(error) => refused(visit, error).map(Opened::Elsewhere),
    }
}

/// The form of a page, if it was made for this browser and this flow.
pub(super) fn submitted(visit: &Visit, form: &Fields) -> Result<FlowAt, Failure> {
    let at = at(visit)?;
    visit
        .verify(Binding::Flow(at.browser, at.flow), form)
        .map_err(|failure| failure.next(NextStep::TryAgain(visit.address())))?;
    Ok(at)
}

/// After a step: on to whatever is still missing, with new cookies if somebody signed in.
pub(super) fn go_on(visit: &Visit, advanced: Advanced) -> Result<HttpResponse, Failure> {
    // What the dispatcher cannot know is said by the step itself.
    let next = if advanced.next == Next::MakePasskey { Next::MakePasskey } else { Next::Done };
    let mut answer = see_other(address(advanced.flow.id, &next));
    if let Some(new) = advanced.cookie {
        set_session(visit, &mut answer, &new)?;
    }
    if let Some(device) = advanced.device {
        set_device(visit, &mut answer, device)?;
    }
    rate_limit::attach(&mut answer, &advanced.standing, visit.site.env.now());
    Ok(answer)
}

/// Gives the browser its new session cookie.
pub(in crate::http) fn set_session(
    visit: &Visit,
    answer: &mut HttpResponse,
    new: &SessionCookie,
) -> Result<(), Failure> {
    let age = new.remember.then(|| new.expires_at - visit.site.env.now());
    let value = new.secret.expose().clone();
    let cookie = cookies::set(&visit.site.issuer, Kind::Session, value, age);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

/// Gives the browser the cookie by which the account knows it, or lets the one that it has last longer.
pub(in crate::http) fn set_device(
    visit: &Visit,
    answer: &mut HttpResponse,
    device: DeviceCookie,
) -> Result<(), Failure> {
    let value = device.secret.map(|secret| secret.expose().clone());
    let Some(value) = value.or_else(|| visit.device_cookie()) else { return Ok(()) };
    let age = Some(device.expires_at - visit.site.env.now());
    let cookie = cookies::set(&visit.site.issuer, Kind::Device, value, age);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

/// A flow that cannot go on. One that is finished already, by a double click or in another tab, is
/// no fault of the person's.
pub(super) fn refused(visit: &Visit, error: FlowError) -> Result<HttpResponse, Failure> {
    match error {
        FlowError::Ended(FlowEnded::Finished) => finished(visit),
        error => Err(fault::flow(error, visit.site.env.now())),
    }
}

/// Where the forms of a flow's pages may lead.
pub(super) fn form_action(flow: &domain::Flow) -> FormAction {
    match flow.request() {
        Some(request) => FormAction::onward(&request.redirect_uri),
        None => FormAction::Ours,
    }
}

/// The page of a flow that was finished before.
pub(in crate::http) fn finished(visit: &Visit) -> Result<HttpResponse, Failure> {
    let next = Some(NextStep::home());
    let frame = Frame { language_return: None, ..visit.frame(None) };
    html(StatusCode::CONFLICT, &FinishedView { frame, next }, FormAction::Ours)
}

impl Flow {
    /// The frame of its pages: the app's name, in the language that the app asks for.
    pub(super) fn frame(&self, visit: &Visit) -> Frame {
        let request = self.state.flow.request();
        let mut frame = visit.frame(request.and_then(|request| request.ui_locales.as_deref()));
        frame.csrf = visit.csrf(Binding::Flow(self.at.browser, self.at.flow));
        if let Some(client) = &self.state.client {
            frame.branding =
                Branding { name: client.name.clone(), logo_url: None, ..frame.branding };
        }
        frame
    }

    /// The app.
    pub(super) fn app(&self) -> Option<AppView> {
        let request = self.state.flow.request()?;
        self.state.client.as_ref().map(|client| app(client, request.redirect_uri.shown_host()))
    }

    /// Where its forms may lead.
    pub(super) fn form_action(&self) -> FormAction {
        form_action(&self.state.flow)
    }

    /// The path of one of its pages.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{path}?flow={}", self.at.flow)
    }

    /// Who is signed in, where that person has to prove it anew. An app that hinted at somebody
    /// else wants somebody else.
    pub(super) fn confirmed(&self) -> Option<&SignedIn> {
        let signed_in = self.state.signed_in.as_ref()?;
        let is_meant = match self.state.flow.request() {
            Some(request) => request.may_be(&signed_in.profile.user.subject),
            None => self.state.flow.session_id == Some(signed_in.session.id),
        };
        (self.state.next == Next::Login { again: true } && is_meant).then_some(signed_in)
    }

    /// For how many days the account can be made to trust this browser, where it can be.
    pub(super) fn trust_days(&self, visit: &Visit) -> Option<u32> {
        let days = visit.services.identity.settings().trusted_browser_lifetime / 86_400;
        (self.state.may_trust && days > 0).then_some(days)
    }

    /// What the app thinks the person is called.
    pub(super) fn login_hint(&self) -> String {
        let hint = self.state.flow.request().and_then(|request| request.login_hint.clone());
        hint.unwrap_or_default()
    }
}

/// An app outside of any flow, by the first of its addresses. It may have lost them all, and has what
/// people allowed it all the same.
pub(in crate::http) fn registered_app(client: &Client) -> AppView {
    let host = client.redirect_uris.first().map(RedirectUri::shown_host);
    app(client, host.unwrap_or_default())
}

/// An app as people see it.
fn app(client: &Client, host: String) -> AppView {
    AppView {
        name: client.name.clone(),
        host,
        publisher: None,
        privacy: client.links.policy_uri.clone(),
        terms: client.links.tos_uri.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consent::Allowance;

    #[test]
    fn a_page_is_shown_only_where_the_flow_waits_for_it() {
        let consent = Next::Consent { asked: Allowance::default(), new: Allowance::default() };
        let login = Next::Login { again: true };
        for (stop, next, fits) in [
            (Stop::Login, &login, true),
            (Stop::Login, &Next::Register, true),
            (Stop::Login, &consent, true),
            (Stop::Login, &Next::Done, false),
            (Stop::Register, &login, true),
            (Stop::SelectAccount, &login, false),
            (Stop::SelectAccount, &Next::SelectAccount, true),
            (Stop::Consent, &login, false),
            (Stop::Consent, &consent, true),
            (Stop::Consent, &Next::SelectAccount, false),
            (Stop::Consent, &Next::Denied, false),
        ] {
            assert_eq!(stop.fits(next), fits, "{stop:?} {next:?}");
        }
    }
}
