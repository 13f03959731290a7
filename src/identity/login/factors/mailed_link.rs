//! A link that was mailed. Looking at it changes nothing: mail scanners open links. Its button signs in
//! in the browser that asked; in any other one nobody is signed in, and a new code is shown that is
//! to be typed in the first.

use super::hash_of;
use super::typed_code::{Judged, past};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::mailed_code::{Code, CodePurpose, MailedCode};
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::login::confirmation::Made;
use crate::identity::login::{Advanced, FlowAt, FlowError, Proved, Step};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// A link that still works.
#[derive(Clone, Debug)]
pub struct OpenedLink {
    /// Whether this browser asked for it.
    pub here: bool,
    /// The code beside it, which tells what it is for and where it was sent.
    pub code: MailedCode,
    /// What it goes on with.
    pub flow: Flow,
}

/// The browser in which a link was opened.
#[derive(Clone, Copy, Debug)]
pub struct LinkAt {
    /// The hash of the cookie that binds browsers to their flows, if there is one.
    pub browser: Option<TokenHash>,
    /// The hash of the session cookie, if there is one.
    pub session_secret: Option<TokenHash>,
    /// The hash of the cookie by which accounts know the browser, if there is one.
    pub device_secret: Option<TokenHash>,
    /// The language of the page.
    pub locale: Locale,
}

/// What pressing the button of a link did.
#[derive(Debug)]
pub enum Pressed {
    /// The flow has gone on.
    Here(Box<Advanced>),
    /// Another browser asked: this code is to be typed there.
    Elsewhere(Code),
}

impl Identity {
    /// The link with this secret, for its page. `None`: it does not work, or not any more, or is for
    /// something else.
    pub async fn open_mailed_link(
        &self,
        secret: &Secret<String>,
        purpose: CodePurpose,
        browser: Option<TokenHash>,
    ) -> Result<Option<OpenedLink>, StorageError> {
        let (link, now) = (TokenHash::of(secret.expose()), self.env().now());
        self.db()
            .load(move |tx| {
                Ok(find(tx, link, purpose, now)?.map(|(code, flow)| OpenedLink {
                    here: browser == Some(flow.browser),
                    code,
                    flow,
                }))
            })
            .await
    }

    /// The button of a link was pressed.
    pub async fn press_mailed_link(
        &self,
        secret: &Secret<String>,
        purpose: CodePurpose,
        at: LinkAt,
        remember: Option<bool>,
        ctx: &RequestContext,
    ) -> Result<Pressed, FlowError> {
        let (link, now) = (TokenHash::of(secret.expose()), self.env().now());
        let found = self.db().load(move |tx| behind(tx, link, purpose)).await?;
        let Some((row, flow)) = found.filter(|_| self.outbox().is_open()) else {
            return Err(FlowError::NotFound);
        };
        let is_here = at.browser == Some(flow.browser);
        let works = row.is_live(now) && flow.check_open(now).is_ok();
        let worked_here = is_here && row.was_just_used(now);
        if !works && !worked_here {
            return Err(FlowError::NotFound);
        }
        let here = FlowAt {
            flow: flow.id,
            browser: at.browser.unwrap_or(link),
            session_secret: at.session_secret,
            device_secret: at.device_secret,
        };
        let (identity, step) = (self.clone(), self.step(here, ctx));
        let pressed = if is_here {
            let said = (remember, at.locale);
            let pressing = move |tx: &mut Tx<'_>| identity.press_here(tx, &step, &row, said);
            Pressed::Here(Box::new(self.db().write(pressing).await??))
        } else {
            let pressing = move |tx: &mut Tx<'_>| identity.press_elsewhere(tx, &step, &flow, &row);
            Pressed::Elsewhere(self.db().write(pressing).await??)
        };
        self.outbox().wake();
        Ok(pressed)
    }

    fn press_here(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        row: &MailedCode,
        (remember, locale): (Option<bool>, Locale),
    ) -> Result<Advanced, Stop<FlowError>> {
        let flow = step.lock_flow(tx)?;
        if row.consumed_at.is_some() {
            return press_again(tx, step, flow, row);
        }
        if row.purpose == CodePurpose::Register {
            let right = Judged { row: row.clone(), presented: row.code, device: None };
            let made = self.make_account(tx, step, flow, &right, None, FactorKind::MailedLink)?;
            if let Made::Over(flow) = made {
                return press_again(tx, step, *flow, row);
            }
            return self.registered(tx, step, &right, None, made, locale);
        }
        let Some(profile) = step.addressed(tx, &flow, row)? else {
            return Err(Stop::Refused(FlowError::NotFound));
        };
        let known = step.known_device(tx, Some(&profile.user))?;
        if !tx.mailed_codes().consume(row.id, row.code, step.now())? {
            return press_again(tx, step, flow, row);
        }
        let factor = FactorKind::MailedLink;
        let proved = Proved { factor, told: None, remember, known, trust_browser: false };
        let advanced = step.proved(tx, flow, profile, &proved)?;
        self.announce(tx, &step.ctx, &advanced)?;
        Ok(advanced)
    }

    fn press_elsewhere(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        row: &MailedCode,
    ) -> Result<Code, Stop<FlowError>> {
        let code = Code::from_random(step.env.random_bytes());
        let hash = hash_of(self.master(), row.id, &code);
        if !tx.mailed_codes().replace(row.id, hash, step.now())? {
            return Err(Stop::Refused(FlowError::NotFound));
        }
        let details = serde_json::json!({ "purpose": row.purpose.as_str(), "shown": true });
        let mut event = AuditEvent::new(Action::CodeSent, Actor::Anonymous).details(details);
        if let Some(user) = row.user {
            event = event.target("user", user);
        }
        step.record(tx, flow, event)?;
        Ok(code)
    }
}

/// The second click of a double one, in the browser of the first, which has used the link up: the flow is
/// locked and goes on where the first has led it.
fn press_again(
    tx: &mut Tx<'_>,
    step: &Step,
    flow: Flow,
    row: &MailedCode,
) -> Result<Advanced, Stop<FlowError>> {
    let over = || Stop::Refused(FlowError::NotFound);
    let link = row.link.ok_or_else(over)?;
    // As it is by now: another one may have taken its place.
    let used = tx.mailed_codes().find_by_link(link)?.is_some_and(|it| it.was_just_used(step.now()));
    if !used {
        return Err(over());
    }
    match step.give_again(tx, &flow)? {
        Some(advanced) => Ok(advanced),
        None => past(tx, step, flow, row.purpose)?.ok_or_else(over),
    }
}

/// The code beside the link, and its flow, where both still go on.
fn find(
    tx: &mut Tx<'_>,
    link: TokenHash,
    purpose: CodePurpose,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<(MailedCode, Flow)>, StorageError> {
    let found = behind(tx, link, purpose)?;
    Ok(found.filter(|(code, flow)| code.is_live(now) && flow.check_open(now).is_ok()))
}

/// The same, whether or not they do.
fn behind(
    tx: &mut Tx<'_>,
    link: TokenHash,
    purpose: CodePurpose,
) -> Result<Option<(MailedCode, Flow)>, StorageError> {
    let found = tx.mailed_codes().find_by_link(link)?;
    let Some(code) = found.filter(|code| code.purpose == purpose) else { return Ok(None) };
    Ok(tx.flows().find(code.flow)?.map(|flow| (code, flow)))
}
