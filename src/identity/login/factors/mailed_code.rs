//! A code that is mailed, as the first factor or as the second.
//!
//! Who it signs in is settled when it is sent. Where nobody has the address, or the account is not to
//! get codes, everything is the same but that no mail leaves and no code is right.

use super::{Draft, Post};
use crate::domain::address::{EmailAddress, Identifier};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::mailed_code::{CodePurpose, LIFETIME};
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::domain::rate_limit::Standing;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::login::step::client_of;
use crate::identity::login::{Advanced, FlowAt, FlowError, Step};
use crate::identity::rate_limit::{Budgets, Mailed};
use crate::kernel::ids::{DeviceId, UserId};
use crate::mail::message::Message;
use crate::storage::tx::{Stop, Tx};

/// A code or a link is to be mailed.
#[derive(Clone, Debug)]
pub struct MailRequest {
    /// Which, and to whom.
    pub what: Mailing,
    /// The language of the page, for those who have chosen none.
    pub locale: Locale,
}

/// What is to be mailed to whom.
#[derive(Clone, Debug)]
pub enum Mailing {
    /// To this address, to sign in with.
    SignIn {
        /// The address.
        email: EmailAddress,
        /// A link instead of a code.
        link: bool,
    },
    /// To whom a second factor is asked of.
    SecondFactor,
    /// Once more what was mailed for this, to the same address.
    Again(CodePurpose),
}

/// What a page shows of a code that was asked for.
#[derive(Clone, Debug)]
pub struct SentCode {
    /// Where it was sent, if there is anybody.
    pub email: EmailAddress,
    /// Whether it was a link.
    pub is_link: bool,
    /// Whether it is still worth typing.
    pub is_live: bool,
}

/// Who gets a code.
struct Addressee {
    purpose: CodePurpose,
    email: EmailAddress,
    /// The account, where it gets one.
    profile: Option<Box<Profile>>,
    link: bool,
    /// The browser, where the account knows it.
    device: Option<DeviceId>,
}

impl Identity {
    /// What was mailed in this flow, for its page.
    pub async fn sent_code(
        &self,
        at: FlowAt,
        purpose: CodePurpose,
    ) -> Result<Option<SentCode>, FlowError> {
        let step = self.step(at, &crate::domain::audit::RequestContext::default());
        let now = step.now();
        let reading = move |tx: &mut Tx<'_>| -> Result<_, Stop<FlowError>> {
            step.load_flow(tx)?;
            Ok(tx.mailed_codes().latest(step.at.flow, purpose)?)
        };
        let found = self.db().read(reading).await??;
        Ok(found.map(|code| SentCode {
            is_live: code.is_live(now),
            is_link: purpose == CodePurpose::SignIn && code.link.is_some(),
            email: code.email,
        }))
    }

    pub(in crate::identity::login) async fn mail_code(
        &self,
        step: Step,
        request: MailRequest,
    ) -> Result<Advanced, FlowError> {
        if !step.offers.mail {
            return Err(FlowError::NoMail);
        }
        if matches!(request.what, Mailing::Again(CodePurpose::Register)) {
            return self.confirm_again(step, request.locale).await;
        }
        let (identity, counting) = (self.clone(), step.clone());
        let MailRequest { what, locale } = request;
        let reserving = move |tx: &mut Tx<'_>| identity.reserve_mail(tx, &counting, &what);
        let reserved = self.db().write(reserving).await??;
        let (addressee, standing) = match reserved {
            Ok(reserved) => reserved,
            Err(advanced) => return Ok(*advanced),
        };
        let identity = self.clone();
        let sending = move |tx: &mut Tx<'_>| identity.send_code(tx, &step, &addressee, locale);
        let mut advanced = self.db().write(sending).await??;
        self.outbox().wake();
        advanced.standing = standing;
        Ok(advanced)
    }

    /// Finds who gets the code, and counts the mail. Where the flow asks for no such code, it is told
    /// what it waits for.
    #[allow(clippy::type_complexity, reason = "one caller, which takes it apart at once")]
    fn reserve_mail(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        what: &Mailing,
    ) -> Result<Result<(Addressee, Standing), Box<Advanced>>, Stop<FlowError>> {
        let flow = step.load_flow(tx)?;
        let Some(mut addressee) = addressee(tx, step, &flow, what)? else {
            let (client, signed_in) = (client_of(tx, &flow)?, step.signed_in(tx)?);
            let advanced = step.settle(tx, flow, client.as_ref(), signed_in.as_ref())?;
            return Ok(Err(Box::new(advanced)));
        };
        let user = addressee.profile.as_ref().map(|profile| &profile.user);
        addressee.device = step.known_device(tx, user)?;
        let who = self.mailed(step, &addressee.email, user.map(|it| it.id), addressee.device);
        let budgets = Budgets::mailing(&who);
        let taken = budgets.take(tx, &step.settings, step.now())?;
        let taken = taken.map_err(|refused| Stop::Refused(refused.into()))?;
        let missed = taken.missed(tx, &step.settings, step.now())?;
        for event in missed.events {
            step.record(tx, &flow, event)?;
        }
        Ok(Ok((addressee, missed.standing)))
    }

    fn send_code(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        addressee: &Addressee,
        locale: Locale,
    ) -> Result<Advanced, Stop<FlowError>> {
        let flow = step.lock_flow(tx)?;
        let profile = addressee.profile.as_deref();
        let user = profile.map(|profile| profile.user.id);
        let Addressee { purpose, email, link, .. } = addressee;
        let draft = Draft {
            purpose: *purpose,
            flow: flow.id,
            email,
            user,
            works: user.is_some(),
            link: *link,
        };
        let drafted = draft.write(tx, step, self.master())?;
        let details = serde_json::json!({ "purpose": purpose.as_str(), "link": link });
        let mut event = AuditEvent::new(Action::CodeSent, Actor::Anonymous).details(details);
        if let Some(user) = user {
            event = event.target("user", user);
        }
        step.record(tx, &flow, event)?;
        let (lifetime, occasion) = (LIFETIME, step.occasion());
        let message = if *link {
            Message::SignInLink { token: drafted.token, lifetime, occasion }
        } else {
            Message::SignInCode { code: drafted.code.digits().clone(), lifetime, occasion }
        };
        let (client, signed_in) = (client_of(tx, &flow)?, step.signed_in(tx)?);
        let advanced = step.settle(tx, flow, client.as_ref(), signed_in.as_ref())?;
        let post = Post { to: email, profile, sent: user.is_some(), locale, lifetime };
        self.post(tx, &message, &post)?;
        Ok(advanced)
    }

    pub(in crate::identity::login) fn mailed<'a>(
        &'a self,
        step: &'a Step,
        email: &'a EmailAddress,
        user: Option<UserId>,
        device: Option<DeviceId>,
    ) -> Mailed<'a> {
        Mailed {
            master: self.master(),
            settings: &step.settings,
            ip: step.ctx.ip.as_deref(),
            email,
            user,
            device,
        }
    }
}

/// Whether an account gets codes at this address.
pub(super) fn gets_codes(profile: &Profile, email: &EmailAddress) -> bool {
    profile.user.is_active()
        && profile.primary_address.as_ref().is_some_and(|address| {
            address.verified_at.is_some() && address.email.canonical() == email.canonical()
        })
}

/// Who gets a code; `None`: the flow asks for none.
fn addressee(
    tx: &mut Tx<'_>,
    step: &Step,
    flow: &Flow,
    what: &Mailing,
) -> Result<Option<Addressee>, Stop<FlowError>> {
    let purpose = match what {
        Mailing::SignIn { .. } => CodePurpose::SignIn,
        Mailing::SecondFactor => CodePurpose::SecondFactor,
        Mailing::Again(purpose) => *purpose,
    };
    if purpose == CodePurpose::SecondFactor {
        let asked = step.asked_now(tx, flow)?;
        let profile = asked.filter(|it| it.ways.contains(&FactorKind::MailedCode));
        return Ok(profile.and_then(|asked| {
            let email = asked.profile.primary_address.as_ref()?.email.clone();
            let profile = Some(Box::new(asked.profile)).filter(|it| gets_codes(it, &email));
            Some(Addressee { purpose, email, profile, link: false, device: None })
        }));
    }
    let (email, link) = match what {
        Mailing::SignIn { email, link } => (email.clone(), *link),
        Mailing::SecondFactor | Mailing::Again(_) => {
            let Some(sent) = tx.mailed_codes().latest(flow.id, purpose)? else { return Ok(None) };
            (sent.email, sent.link.is_some())
        }
    };
    let found = tx.users().find_by_identifier(&Identifier::Email(email.clone()))?;
    let profile = found.filter(|profile| gets_codes(profile, &email)).map(Box::new);
    Ok(Some(Addressee { purpose, email, profile, link, device: None }))
}
