//! Where a sign-in stands, as the front end is told.

use serde::Serialize;
use utoipa::ToSchema;

use super::account::Person;
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::identity::Identity;
use crate::identity::login::Next;
use crate::kernel::ids::FlowId;
use crate::protocol::first_party::Tokens;

/// The step that a sign-in waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// Nothing: somebody is signed in.
    Done,
    /// A password, or whatever else a sign-in begins with.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
    /// A sign-in at another provider.
    Provider,
    /// A code that was mailed.
    MailedCode,
    /// A second factor is to be set up first.
    SetUp,
    /// An account is to be made.
    Register,
    /// The address of an account to be made is confirmed by the code that was mailed to it.
    VerifyEmail,
    /// The address is confirmed, and the account to be made waits for its passkey, which is made on a page of
    /// ours.
    MakePasskey,
    /// The account is connected with an identity at a provider, or is not.
    Connect,
    /// Somebody else is signed in in this browser meanwhile, or proved who they are in the place of who is:
    /// begin anew.
    SelectAccount,
    /// The person is asked what the app may do.
    Consent,
    /// The person proved all that they can, and it is less than is insisted on.
    Unmet,
    /// The person said no.
    Denied,
}

/// Where a sign-in stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// What comes next.
    pub next: NextStep,
    /// The sign-in, to be sent with the next step; absent when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What the next step can be done with, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<NextStep>,
    /// The providers that `provider` stands for, in `next` or among the `ways`; the one to be connected,
    /// where the next step is `connect`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<WayElsewhere>,
    /// What the app asks for, where the next step is `consent`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Who is signed in, when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Person>,
    /// What the front end is given, when it is done; absent where somebody who is signed in only proved
    /// it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The recovery codes of who has just set up a second factor. They are told this once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<String>,
}

/// A provider that the sign-in can go on at.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayElsewhere {
    /// What it is called in calls.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where to send the browser; absent where nobody is sent anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What the front end is given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// A JWT (RFC 9068), for as long as the page lives. Do not store it.
    pub access_token: String,
    /// How long it lives, in seconds.
    #[schema(minimum = 0)]
    pub expires_in: i64,
    /// Always `Bearer`.
    #[schema(value_type = String)]
    pub token_type: &'static str,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    pub(super) fn of(tokens: &Tokens) -> Self {
        Self {
            access_token: tokens.access_token.expose().clone(),
            expires_in: tokens.expires_in,
            token_type: "Bearer",
        }
    }
}

impl From<FactorKind> for NextStep {
    fn from(factor: FactorKind) -> Self {
        match factor {
            FactorKind::Password => Self::Password,
            FactorKind::MailedCode | FactorKind::MailedLink => Self::MailedCode,
            FactorKind::Totp => Self::Totp,
            FactorKind::RecoveryCode => Self::RecoveryCode,
            FactorKind::Passkey => Self::Passkey,
            FactorKind::Provider
            | FactorKind::ProviderTwoFactors
            | FactorKind::ProviderSecondFactor => Self::Provider,
        }
    }
}

impl SignIn {
    /// A sign-in that is over, or has not told more yet.
    pub(super) fn at(next: NextStep) -> Self {
        Self {
            next,
            flow: None,
            ways: vec![],
            providers: vec![],
            scopes: vec![],
            user: None,
            session: None,
            recovery_codes: vec![],
        }
    }

    /// A sign-in that waits for `next`, which can be done at these providers too; `confirming` is whether
    /// somebody who is signed in proves it anew.
    pub(super) fn waiting(
        identity: &Identity,
        flow: FlowId,
        next: &Next,
        confirming: bool,
        providers: Vec<WayElsewhere>,
    ) -> Self {
        let ways = ways(identity, next, confirming, !providers.is_empty());
        let step = match next {
            Next::Login { .. } => NextStep::Password,
            Next::SecondFactor { .. } => ways.first().copied().unwrap_or(NextStep::Password),
            Next::SetUp => NextStep::SetUp,
            Next::Register => NextStep::Register,
            Next::MakePasskey => NextStep::MakePasskey,
            Next::Connect => NextStep::Connect,
            Next::SelectAccount => NextStep::SelectAccount,
            Next::Consent { .. } => NextStep::Consent,
            Next::Unmet => NextStep::Unmet,
            Next::Denied => NextStep::Denied,
            Next::Done => NextStep::Done,
        };
        let scopes = match next {
            Next::Consent { asked, .. } => asked.scopes.iter().map(str::to_owned).collect(),
            _ => vec![],
        };
        let is_over = matches!(next, Next::Unmet | Next::Denied | Next::Done);
        let flow = (!is_over).then(|| flow.to_string());
        Self { flow, ways, providers, scopes, ..Self::at(step) }
    }
}

/// What a flow can be gone on with, best first: what the pages offer there.
fn ways(identity: &Identity, next: &Next, confirming: bool, has_providers: bool) -> Vec<NextStep> {
    let offers = identity.offers();
    let first = [
        (NextStep::Password, true),
        (NextStep::Passkey, identity.offers_passkeys()),
        (NextStep::MailedCode, offers.mail),
        (NextStep::Provider, has_providers),
        // Whoever confirms an account does not make another one.
        (NextStep::Register, offers.registration && !confirming),
    ];
    let offered = first.into_iter().filter_map(|(way, is_there)| is_there.then_some(way));
    match next {
        Next::SecondFactor { ways } => ways.iter().map(|way| NextStep::from(*way)).collect(),
        Next::Login { .. } => offered.collect(),
        Next::Register => {
            let others = offered.filter(|way| *way != NextStep::Register);
            std::iter::once(NextStep::Register).chain(others).collect()
        }
        Next::SetUp
        | Next::MakePasskey
        | Next::Connect
        | Next::SelectAccount
        | Next::Consent { .. }
        | Next::Unmet
        | Next::Done
        | Next::Denied => vec![],
    }
}

/// Whether a flow waits for whoever it is to prove who they are, or to make an account.
pub(super) fn is_open_to_anybody(next: &Next) -> bool {
    matches!(next, Next::Login { .. } | Next::Register)
}

/// Whether somebody who is signed in proves it anew in a flow.
pub(super) fn is_confirming(flow: &Flow) -> bool {
    flow.purpose.is_confirmation()
}
