//! A sign-in, step by step. The pages call [`Identity::show`] to learn what to ask and
//! [`Identity::advance`] with what was answered; which step follows is decided in [`flow`] alone.

use chrono::{DateTime, Utc};

use super::Identity;
use super::rate_limit::TooMany;
use super::recover::NewBrowser;
use super::register::{RegisterProblem, Registration};
use crate::crypto::password::HashError;
use crate::domain::audit::RequestContext;
use crate::domain::client::Client;
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::credential::totp::TotpCode;
use crate::domain::flow::{Flow, FlowEnded, Purpose};
use crate::domain::rate_limit::Standing;
use crate::domain::session::SignedIn;
use crate::domain::setting::seconds;
use crate::domain::user::Profile;
use crate::kernel::ids::{FlowId, ProviderId, SessionId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use factors::mailed_code::MailRequest;
use factors::typed_code::TypedCode;

mod again;
mod choice;
mod confirmation;
mod device;
mod establish;
pub mod factors;
mod figures;
mod first_passkey;
pub mod flow;
mod password;
mod proved;
mod registration;
mod set_up;
mod step;

pub(super) use device::Introduced;
use factors::Presented;
use factors::passkey::PasskeyAnswer;
pub use first_passkey::LetIn;
pub use flow::Next;
pub(super) use proved::{Asked, Proved};
pub use set_up::SetUp;
pub use step::decide;
pub(super) use step::{Step, client_of, enrolled};

/// What this installation does for people, as far as the configuration decides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// People may make accounts themselves.
    pub registration: bool,
    /// Mail reaches people.
    pub mail: bool,
}

/// A flow and the browser that speaks for it.
#[derive(Clone, Copy, Debug)]
pub struct FlowAt {
    /// The id in the address of the page.
    pub flow: FlowId,
    /// The hash of the cookie that binds the browser.
    pub browser: TokenHash,
    /// The hash of the session cookie, if there is one.
    pub session_secret: Option<TokenHash>,
    /// The hash of the cookie by which accounts know the browser, if there is one.
    pub device_secret: Option<TokenHash>,
}

/// What a person answered on a page.
#[derive(Debug)]
pub enum Input {
    /// On the login page.
    Password(Credentials),
    /// A code of an authenticator app, after another factor.
    Totp {
        /// What was typed.
        code: TotpCode,
        /// Whether the account is to ask for no second factor in this browser for some time.
        trust_browser: bool,
    },
    /// A recovery code, after another factor.
    RecoveryCode {
        /// What was typed.
        code: RecoveryCode,
        /// Whether the account is to ask for no second factor in this browser for some time.
        trust_browser: bool,
    },
    /// A passkey, on the login page or after another factor.
    Passkey(PasskeyAnswer),
    /// On the registration page.
    Register(Registration),
    /// Wherever a code or a link is to be mailed.
    Mail(MailRequest),
    /// On the page of a mailed code.
    MailedCode(TypedCode),
    /// Whether the account is to be connected with whom the person is at a provider.
    Connect(bool),
    /// On the account picker: go on as who is signed in.
    ContinueAs,
    /// On the consent page. What is allowed is what the flow's request says, not what was posted.
    Allow,
    /// On the consent page, or giving up anywhere else. Who asked is told next, which ends the flow.
    Deny,
}

/// What was typed on the login page.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// An address or a username.
    pub identifier: String,
    /// The password.
    pub password: Secret<String>,
    /// Whether "keep me signed in" was ticked; `None`: it was not asked, so who is signed in already keeps
    /// what they said before, and nobody else is remembered.
    pub remember: Option<bool>,
    /// Whether the account is to ask for no second factor in this browser for some time. It counts where
    /// the password is the second of two.
    pub trust_browser: bool,
}

/// A step that was taken.
#[derive(Debug)]
pub struct Advanced {
    /// What the flow waits for now.
    pub next: Next,
    /// The new session cookie, when somebody signed in.
    pub cookie: Option<SessionCookie>,
    /// By which the account knows the browser from now on, when somebody signed in.
    pub device: Option<DeviceCookie>,
    /// The browser, where it is to be told of by [`Identity::announce`].
    pub new_browser: Option<NewBrowser>,
    /// What is left of the budgets, where the step took from them.
    pub standing: Standing,
    /// The flow as it is now.
    pub flow: Flow,
}

impl Advanced {
    /// A step in which nobody signed in.
    fn quietly(next: Next, flow: Flow) -> Self {
        Self { next, cookie: None, device: None, new_browser: None, standing: vec![], flow }
    }
}

/// A session cookie to be set.
#[derive(Debug)]
pub struct SessionCookie {
    /// Its value.
    pub secret: Secret<String>,
    /// Whether it outlives the browser.
    pub remember: bool,
    /// When the session ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A cookie by which an account knows a browser, to be set.
#[derive(Debug)]
pub struct DeviceCookie {
    /// Its value; `None`: the one that the browser sent.
    pub secret: Option<Secret<String>>,
    /// When the account forgets the browser, unless somebody signs in before.
    pub expires_at: DateTime<Utc>,
}

/// What a page of a flow shows.
#[derive(Debug)]
pub struct FlowView {
    /// The flow.
    pub flow: Flow,
    /// The relying party; `None` in a flow to the account pages.
    pub client: Option<Client>,
    /// Who is signed in, with a live session.
    pub signed_in: Option<SignedIn>,
    /// Whom a second factor is asked of.
    pub asked: Option<Profile>,
    /// Whether that account may be made to trust this browser.
    pub may_trust: bool,
    /// Where somebody proves anew who they are: with which providers they can.
    pub anew: Option<Anew>,
    /// What the flow waits for. Where this is `Login`, `Register` or `SelectAccount`, the person
    /// may use the login and registration pages alike.
    pub next: Next,
}

/// With what somebody who is signed in can prove anew who they are.
#[derive(Clone, Debug)]
pub struct Anew {
    /// The providers that the account is connected with.
    pub connected: Vec<ProviderId>,
    /// Whether it has a password, a passkey or a mailbox beside them.
    pub has_own_way_in: bool,
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// There is no such flow.
    #[error("there is no such sign-in")]
    NotFound,
    /// Another browser began it.
    #[error("the sign-in belongs to another browser")]
    OtherBrowser,
    /// It is over.
    #[error(transparent)]
    Ended(#[from] FlowEnded),
    /// The relying party was removed meanwhile.
    #[error("the app that asked is no longer registered")]
    ClientRemoved,
    /// No account has this identifier, or the password is wrong, or the account is closed: which
    /// of these is not told.
    #[error("the name or the password is wrong")]
    WrongCredentials(Standing),
    /// A code is wrong, used, or too old: which of these is not told.
    #[error("the code is wrong")]
    WrongCode(Standing),
    /// A passkey is not known, its answer is wrong, or its account is closed: which of these is not
    /// told.
    #[error("the passkey is not accepted")]
    WrongPasskey(Standing),
    /// The person at the provider is connected with another account.
    #[error("another account is connected with this person")]
    ConnectedElsewhere,
    /// Too many attempts, for this identifier or from this address; which one is not told.
    #[error("too many attempts until {retry_at}")]
    TooMany {
        /// When the next attempt is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// No mail reaches anybody here, so nothing of it is offered.
    #[error("mail is not configured")]
    NoMail,
    /// Too many passwords are being checked; nothing was counted.
    #[error("too many passwords are being checked")]
    Busy,
    /// The account cannot be made like this. Never empty.
    #[error("the account cannot be made")]
    Registration(Vec<RegisterProblem>),
    /// A password could not be hashed, for no fault of the person's.
    #[error("the password could not be checked")]
    Hashing,
    /// The database gave no answer. Nobody is signed in by this.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<TooMany> for FlowError {
    fn from(refused: TooMany) -> Self {
        Self::TooMany { retry_at: refused.retry_at, standing: refused.standing }
    }
}

impl From<HashError> for FlowError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Unreadable | HashError::Failed => Self::Hashing,
        }
    }
}

impl Identity {
    /// Begins a sign-in to the account pages, in the browser with this cookie; `page` is the path of the
    /// one to come to, if it is not the first.
    pub async fn start_account_flow(
        &self,
        browser: TokenHash,
        page: Option<String>,
    ) -> Result<FlowId, StorageError> {
        self.start_own_flow(browser, Purpose::Account { page }, None).await
    }

    /// Begins a flow that no app asked for; `session` is the one that it is about.
    pub(super) async fn start_own_flow(
        &self,
        browser: TokenHash,
        purpose: Purpose,
        session: Option<SessionId>,
    ) -> Result<FlowId, StorageError> {
        let now = self.env().now();
        let flow = Flow {
            id: FlowId::new(self.env()),
            browser,
            purpose,
            session_id: session,
            authenticated_at: None,
            consented: None,
            pending: None,
            arrival: None,
            created_at: now,
            expires_at: now + seconds(self.settings().flow_lifetime),
            finished_at: None,
        };
        let id = flow.id;
        self.change(move |tx| tx.flows().insert(&flow)).await?;
        Ok(id)
    }

    /// What to show for a flow. Changes nothing but this: who is shown the consent page is noted in
    /// the flow, so that nobody else's yes can be taken for theirs; and who came back from a provider that
    /// was disabled meanwhile is forgotten.
    pub async fn show(&self, at: FlowAt) -> Result<FlowView, FlowError> {
        let step = self.step(at, &RequestContext::default());
        let reading = step.clone();
        let mut view = self.db().read(move |tx| reading.view(tx)).await??;
        if let Some(arrival) = &view.flow.arrival
            && self.provider_called(arrival.provider).is_none()
        {
            let (id, reading) = (view.flow.id, step.clone());
            self.change(move |tx| tx.flows().arrived(id, None)).await?;
            view = self.db().read(move |tx| reading.view(tx)).await??;
        }
        if let Some(signed_in) = &view.signed_in {
            let session = &signed_in.session;
            if session.wants_touch(step.now()) {
                self.touch(session.id).await?;
            }
            if matches!(view.next, Next::Consent { .. }) && view.flow.session_id.is_none() {
                let id = session.id;
                view.flow = self.db().write(move |tx| step.pin(tx, id)).await??;
            }
        }
        Ok(view)
    }

    /// Takes a step. Any step may come at any time, twice, or from another tab: what does not fit
    /// changes nothing, and the answer says what the flow waits for.
    pub async fn advance(
        &self,
        at: FlowAt,
        input: Input,
        ctx: &RequestContext,
    ) -> Result<Advanced, FlowError> {
        let step = self.step(at, ctx);
        let advanced = match input {
            Input::Password(credentials) => {
                let identity = self.clone();
                let act = async move { identity.sign_in(step, credentials).await };
                figures::counted("password", Self::to_the_end(act).await)
            }
            Input::Totp { code, trust_browser } => {
                self.prove_code(step, Presented::Totp(code), trust_browser).await
            }
            Input::RecoveryCode { code, trust_browser } => {
                self.prove_code(step, Presented::RecoveryCode(code), trust_browser).await
            }
            Input::Passkey(answer) => {
                let identity = self.clone();
                let act = async move { identity.sign_in_with_passkey(step, answer).await };
                figures::counted("passkey", Self::to_the_end(act).await)
            }
            Input::Register(registration) => {
                let identity = self.clone();
                Self::to_the_end(async move { identity.register(step, registration).await }).await
            }
            Input::Mail(request) => self.mail_code(step, request).await,
            Input::MailedCode(typed) => {
                let identity = self.clone();
                let act = async move { identity.enter_code(step, typed).await };
                figures::counted("mailed_code", Self::to_the_end(act).await)
            }
            Input::Connect(yes) => self.answer_connect(step, yes).await,
            Input::ContinueAs => self.db().write(move |tx| step.continue_as(tx)).await?,
            Input::Allow => self.db().write(move |tx| step.allow(tx)).await?,
            Input::Deny => self.db().write(move |tx| step.deny(tx)).await?,
        }?;
        if advanced.new_browser.is_some() {
            self.outbox().wake();
        }
        Ok(advanced)
    }

    pub(super) fn step(&self, at: FlowAt, ctx: &RequestContext) -> Step {
        Step {
            at,
            ctx: ctx.clone(),
            env: self.env().clone(),
            settings: self.settings(),
            offers: self.offers(),
        }
    }
}
