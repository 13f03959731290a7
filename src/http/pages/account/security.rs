//! What one signs in with.

pub mod apps;
pub mod recovery_codes;

use actix_web::HttpResponse;

use super::{frame, fresh, nav, passkeys, password, verify, who};
use crate::domain::credential::recovery_code::FEW;
use crate::domain::credential::totp::{Authenticator, MAX_AUTHENTICATORS};
use crate::domain::factor::Enrolled;
use crate::domain::setting::{SecondFactorRule, Settings};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{
    AccountNotice, AccountSection, FactorRow, PasskeysPart, Protection, SecurityView,
};
use crate::identity::authenticators::FactorError;
use crate::kernel::token_hash::TokenHash;

/// Where it is.
pub const PATH: &str = "/account/security";

/// `GET /account/security`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    let enrolled = identity.enrolled(&who).await?;
    let apps = identity.authenticators(user).await?;
    let PasskeysPart { rows, add } = passkeys::part(&visit, &who).await?;
    let passkeys: Vec<FactorRow> = rows.into_iter().map(FactorRow::from).collect();
    let codes = identity.recovery_codes(user).await?.map(|(_, left)| left);
    page(&SecurityView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Security, &who, notice(&visit)?),
        protection: protection(enrolled, codes, &identity.settings()),
        has_password: enrolled.password,
        change_password: password::PATH.to_owned(),
        passkeys,
        add_passkey: add,
        add_app: (apps.len() < MAX_AUTHENTICATORS).then(|| apps::NEW.to_owned()),
        apps: apps.iter().map(row).collect(),
        recovery_codes: codes,
        make_codes: recovery_codes::PATH.to_owned(),
        trusted: identity.trusted_browsers(&who.profile).await?,
        distrust: format!("{PATH}/browsers/distrust"),
    })
}

/// `POST /account/security/browsers/distrust`.
pub async fn distrust(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    visit.services.identity.distrust_browsers(who.session.user_id, &visit.context).await?;
    Ok(see_other(format!("{PATH}?done=distrusted")))
}

fn notice(visit: &Visit) -> Result<Option<AccountNotice>, Failure> {
    let query = visit.fields()?;
    Ok(match (query.get("password"), query.get("done")) {
        (Some("saved"), _) => Some(AccountNotice::PasswordSaved { others_ended: false }),
        (Some("saved-others-ended"), _) => {
            Some(AccountNotice::PasswordSaved { others_ended: true })
        }
        (_, Some("added")) => Some(AccountNotice::FactorAdded),
        (_, Some("renamed")) => Some(AccountNotice::FactorRenamed),
        (_, Some("removed")) => Some(AccountNotice::FactorRemoved),
        (_, Some("distrusted")) => Some(AccountNotice::BrowsersDistrusted),
        _ => None,
    })
}

fn row(app: &Authenticator) -> FactorRow {
    FactorRow {
        name: app.name.as_str().to_owned(),
        added_at: app.confirmed_at.unwrap_or(app.created_at),
        last_used_at: app.last_used_at,
        rename: apps::path(app, "rename"),
        remove: apps::path(app, "remove"),
        copied: false,
        in_doubt: false,
    }
}

/// How well an account is protected that can be entered with this; `codes` is how many recovery codes are
/// left, if it ever had some.
pub(in crate::http) fn protection(
    enrolled: Enrolled,
    codes: Option<u32>,
    settings: &Settings,
) -> Protection {
    if !enrolled.has_second_factor() {
        return match enrolled {
            Enrolled { password: true, .. } => Protection::Password,
            Enrolled { mailbox: true, provider: true, .. } => Protection::MailOrProvider,
            Enrolled { mailbox: true, .. } => Protection::Mail,
            Enrolled { provider: true, .. } => Protection::Provider,
            Enrolled { .. } => Protection::Nothing,
        };
    }
    match codes {
        _ if settings.second_factor_rule() == SecondFactorRule::Off => Protection::NotAsked,
        None | Some(0) => Protection::NoCodes,
        Some(left) if left <= FEW => Protection::FewCodes,
        Some(_) => Protection::Strong,
    }
}

/// The session whose factors are changed.
fn session(visit: &Visit) -> Result<TokenHash, Failure> {
    visit.session.ok_or_else(|| Failure::forged("the session is gone"))
}

/// What becomes of a change that was refused for another reason than what the page asked: the session
/// ended, or grew too old, while it was under way.
async fn ended(visit: &Visit, page: &str, error: FactorError) -> Result<HttpResponse, Failure> {
    match error {
        FactorError::NotSignedIn | FactorError::NotFresh => match fresh(visit, page).await? {
            Err(elsewhere) => Ok(elsewhere),
            Ok(_) => Err(Failure::forged("the session changed while a factor was changed")),
        },
        FactorError::NotFound => Err(Failure::not_found("no such factor of this person")),
        FactorError::TooMany | FactorError::WrongCode | FactorError::Needed(_) => {
            Err(Failure::bad_request(error.to_string()))
        }
        FactorError::Storage(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_tells_how_well_an_account_is_protected() {
        let settings = Settings::default();
        let off = Settings { second_factor: 0, ..Settings::default() };
        let nothing = Enrolled::default();
        let (password, totp) =
            (Enrolled { password: true, ..nothing }, Enrolled { totp: true, ..nothing });
        let both = Enrolled { totp: true, ..password };
        let mailbox = Enrolled { mailbox: true, ..nothing };
        let provider = Enrolled { provider: true, ..nothing };
        for (enrolled, codes, settings, expected) in [
            (
                Enrolled { mailbox: true, provider: true, ..password },
                None,
                &settings,
                Protection::Password,
            ),
            (mailbox, None, &settings, Protection::Mail),
            (provider, None, &settings, Protection::Provider),
            (Enrolled { second_provider: true, ..provider }, None, &settings, Protection::Provider),
            (Enrolled { provider: true, ..mailbox }, None, &settings, Protection::MailOrProvider),
            (nothing, None, &settings, Protection::Nothing),
            (both, None, &settings, Protection::NoCodes),
            (both, Some(0), &settings, Protection::NoCodes),
            (both, Some(3), &settings, Protection::FewCodes),
            (both, Some(4), &settings, Protection::Strong),
            (Enrolled { passkey: true, ..provider }, Some(10), &settings, Protection::Strong),
            (totp, Some(10), &settings, Protection::Strong),
            (both, Some(10), &off, Protection::NotAsked),
        ] {
            assert_eq!(protection(enrolled, codes, settings), expected);
        }
    }
}
