//! What a request says about how the person is to be asked, and who is expected.

use super::checks::{Checking, Outcome};
use crate::crypto::jose::typ;
use crate::domain::authorization::Prompts;
use crate::domain::provider::Slug;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue;

/// The longest hint, in bytes; a longer one is left out.
const MAX_HINT: usize = 254;

/// A value that discovery does not list is refused (Initiating User Registration §4.1), `create`
/// included where nobody may register.
pub(super) fn assign_prompt(checking: &mut Checking) -> Outcome {
    let Some(sent) = checking.params.get("prompt") else { return Ok(()) };
    let mut prompt = Prompts::default();
    for value in sent.split(' ').filter(|value| !value.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" if checking.provider.offers.registration => prompt.create = true,
            _ => return Err(bad_prompt("prompt has a value that is not supported", sent)),
        }
    }
    if prompt.none && sent.trim() != "none" {
        return Err(bad_prompt("prompt=none goes with no other value", sent));
    }
    checking.request.prompt = prompt;
    Ok(())
}

fn bad_prompt(description: &'static str, sent: &str) -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "assign_prompt", "OIDC Core 3.1.2.1", description)
        .compared("none, or of those that discovery lists", sent)
}

pub(super) fn assign_max_age(checking: &mut Checking) -> Outcome {
    let Some(sent) = checking.params.get("max_age") else { return Ok(()) };
    let digits = sent.bytes().all(|b| b.is_ascii_digit());
    let seconds = sent.parse::<u32>().ok().filter(|_| digits).ok_or_else(|| {
        Refusal::new(
            OAuthError::InvalidRequest,
            "assign_max_age",
            "OIDC Core 3.1.2.1",
            "max_age is not a number of seconds",
        )
        .compared("a whole number of seconds", sent)
    })?;
    checking.request.max_age = Some(seconds);
    Ok(())
}

/// An ID token of ours, even an expired one, names who is expected. One that is not ours is refused.
pub(super) fn assign_id_token_hint(checking: &mut Checking) -> Outcome {
    let Some(hint) = checking.params.get("id_token_hint") else { return Ok(()) };
    let keyring = &checking.provider.keyring;
    let claims: issue::IdTokenHint = keyring.verify(hint, typ::ID_TOKEN).map_err(|error| {
        Refusal::new(
            OAuthError::InvalidRequest,
            "assign_id_token_hint",
            "OIDC Core 3.1.2.1",
            "the id_token_hint was not issued here",
        )
        .compared("an ID token of this issuer", error)
    })?;
    if claims.iss != checking.provider.issuer.as_str() || claims.aud != checking.client.id.as_str()
    {
        return Err(Refusal::new(
            OAuthError::InvalidRequest,
            "assign_id_token_hint",
            "OIDC Core 3.1.2.1",
            "the id_token_hint was not issued to this client",
        )
        .compared(&checking.client.id, claims.aud));
    }
    checking.request.hinted_subject = Some(claims.sub);
    Ok(())
}

/// Hints never fail a request: what cannot be used is left out. OIDC Core §15.1 asks no more of
/// `display`, `ui_locales`, `claims_locales` and `acr_values` than not to fail: every page fits every
/// `display`, claims are kept in one language only, and the `acr` that is told is the true one.
#[allow(clippy::unnecessary_wraps, reason = "it stands in the table of checks")]
pub(super) fn assign_other_hints(checking: &mut Checking) -> Outcome {
    let params = checking.params;
    let fits = |value: &&str| value.len() <= MAX_HINT;
    let request = &mut checking.request;
    request.login_hint = params.get("login_hint").filter(fits).map(str::to_owned);
    // One that is no name of a provider is as good as one of nobody's.
    let idp_hint = params.get("idp_hint").filter(|hint| hint.parse::<Slug>().is_ok());
    request.idp_hint = idp_hint.map(str::to_owned);
    request.ui_locales = params.get("ui_locales").filter(fits).map(str::to_owned);
    let acr_values = params.get("acr_values").filter(fits).unwrap_or_default();
    request.acr_values = acr_values.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(())
}
