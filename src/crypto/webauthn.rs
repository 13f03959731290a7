//! Passkeys: what browsers are asked for, and whether an answer is right (WebAuthn Level 3 §7). The only
//! file that names webauthn-rs.
//!
//! The library keeps no clock and no store here: which challenge may be answered, by whom and until when
//! is for the caller's rows to say. What it leaves open is checked before it is asked: the origin as an
//! exact text, and frames of other sites, which it lets pass at a sign-in.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticationState, COSEAlgorithm, Credential,
    PublicKeyCredential, RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
};

use crate::kernel::urls::Issuer;

/// How long a browser lets a person look for their authenticator.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the AAGUID stands in the authenticator data (WebAuthn §6.1, §6.5.1): behind the hash of the
/// relying party's id, the flags and the counter.
const AAGUID: std::ops::Range<usize> = 37..53;

/// What this server is to authenticators. Its id and its origins come from the configuration, whatever a
/// request claims.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    core: WebauthnCore,
    origins: Vec<String>,
}

/// For whom a passkey is made.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The user handle: at most 64 bytes that tell nothing about the person (WebAuthn §14.6.1).
    pub handle: &'a [u8],
    /// What tells accounts apart, in the authenticator's list.
    pub account: &'a str,
    /// What the person is called.
    pub name: &'a str,
}

/// A question to a browser.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What `navigator.credentials` takes, as JSON with base64url for bytes.
    pub options: Value,
    /// What the answer is judged by: the challenge, and what may answer it.
    pub state: Value,
}

/// A passkey that was just made.
#[derive(Clone, Debug)]
pub struct Made {
    /// As the authenticator names it.
    pub id: Vec<u8>,
    /// The public key and the counter, to be stored.
    pub credential: Value,
    /// The kind of authenticator, where it tells.
    pub aaguid: Option<Uuid>,
}

/// Which passkey an answer claims to be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// As the authenticator names it.
    pub id: Vec<u8>,
    /// The user handle, where it was sent.
    pub handle: Option<Vec<u8>>,
}

/// A right answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The signature counter; the caller compares it with what is stored.
    pub counter: u32,
    /// Whether there are copies of the key in a backup or on other devices.
    pub backed_up: bool,
}

/// Why an answer is refused: for the trail and the log, not for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// A stable word.
    pub reason: &'static str,
}

const fn refused(reason: &'static str) -> Refused {
    Refused { reason }
}

impl RelyingParty {
    /// What the server with this issuer is, under this name; people are asked on its own pages and on
    /// those of `others`, which are origins. `None`: its host is an address, for which there are no
    /// passkeys (WebAuthn §5.1.2).
    pub fn of(issuer: &Issuer, name: &str, others: &[String]) -> Option<Self> {
        let others = others.iter().map(String::as_str);
        let origins: Vec<&str> = std::iter::once(issuer.as_str()).chain(others).collect();
        let urls = origins.iter().map(|origin| Url::parse(origin));
        let core = WebauthnCore::new_unsafe_experts_only(
            name,
            issuer.domain()?,
            urls.collect::<Result<_, _>>().ok()?,
            PATIENCE,
            Some(false),
            Some(false),
        );
        Some(Self { core, origins: origins.into_iter().map(str::to_owned).collect() })
    }

    /// Asks for a new passkey: discoverable, with a check of the person, and without a statement of
    /// whose make it is. `others` are the person's own, of which no second one is made.
    pub fn ask_for_new(&self, holder: Holder<'_>, others: &[Vec<u8>]) -> Result<Asked, Refused> {
        let others = others.iter().map(|id| id.clone().into()).collect();
        let question = self
            .core
            .new_challenge_register_builder(holder.handle, holder.account, holder.name)
            .map_err(|_| refused("holder"))?
            .attestation(AttestationConveyancePreference::None)
            .user_verification_policy(UserVerificationPolicy::Required)
            .require_resident_key(true)
            .credential_algorithms(COSEAlgorithm::secure_algs())
            .exclude_credentials(Some(others));
        let (options, state) =
            self.core.generate_challenge_register(question).map_err(|_| refused("holder"))?;
        Ok(Asked { options: json(&options.public_key)?, state: json(&state)? })
    }

    /// Looks at a new passkey (WebAuthn §7.1). Whether anybody has it already is for the caller to find
    /// out.
    pub fn take_new(&self, state: &Value, answer: &str) -> Result<Made, Refused> {
        let state: RegistrationState = stored(state)?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| refused("unreadable"))?;
        self.check_client(&answer.response.client_data_json)?;
        let credential = self.core.register_credential(&answer, &state, None).map_err(reason)?;
        let aaguid = statement(&answer.response.attestation_object)?;
        let id: Vec<u8> = credential.cred_id.clone().into();
        if id.is_empty() || id.len() > 1023 {
            return Err(refused("credential_id"));
        }
        Ok(Made { id, credential: json(&credential)?, aaguid })
    }

    /// Asks for a passkey with a check of the person: for one of `allowed`, or, where there are none, for
    /// whichever the person picks.
    pub fn ask(&self, allowed: &[Value]) -> Result<Asked, Refused> {
        let allowed = allowed.iter().map(stored).collect::<Result<Vec<Credential>, _>>()?;
        let (options, mut state) = self
            .core
            .new_challenge_authenticate_builder(allowed, Some(UserVerificationPolicy::Required))
            .and_then(|question| self.core.generate_challenge_authenticate(question))
            .map_err(reason)?;
        // Which one it may be is looked up when it comes.
        state.set_allowed_credentials(vec![]);
        Ok(Asked { options: json(&options.public_key)?, state: json(&state)? })
    }

    /// Looks at an answer of the passkey that it claims to be of (WebAuthn §7.2), but for its counter.
    pub fn check(
        &self,
        state: &Value,
        credential: &Value,
        answer: &str,
    ) -> Result<Proven, Refused> {
        let mut state: AuthenticationState = stored(state)?;
        let mut credential: Credential = stored(credential)?;
        let answer = read(answer)?;
        self.check_client(&answer.response.client_data_json)?;
        // The library knows the counter as it was when the row was read.
        credential.counter = 0;
        state.set_allowed_credentials(vec![credential]);
        let result = self.core.authenticate_credential(&answer, &state).map_err(reason)?;
        if !result.user_verified() {
            return Err(refused("not_verified"));
        }
        Ok(Proven { counter: result.counter(), backed_up: result.backup_state() })
    }

    /// The page on which the person was asked: ours or the front end's, by its exact origin, and in no
    /// frame of another site (WebAuthn §13.4.9).
    fn check_client(&self, data: &[u8]) -> Result<(), Refused> {
        let client: ClientData = serde_json::from_slice(data).map_err(|_| refused("unreadable"))?;
        if !self.origins.contains(&client.origin) {
            return Err(refused("origin"));
        }
        if client.cross_origin == Some(true) || client.top_origin.is_some() {
            return Err(refused("cross_origin"));
        }
        Ok(())
    }
}

/// Which passkey an answer claims to be of. Nothing is checked.
pub fn claimed(answer: &str) -> Result<Claimed, Refused> {
    let answer = read(answer)?;
    let handle = answer.response.user_handle.map(Into::into);
    Ok(Claimed { id: answer.raw_id.into(), handle })
}

/// What the browser says of the page (WebAuthn §5.8.1), as far as the library does not look at it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<Value>,
}

fn read(answer: &str) -> Result<PublicKeyCredential, Refused> {
    serde_json::from_str(answer).map_err(|_| refused("unreadable"))
}

/// The AAGUID of a checked attestation object, zeros being none. A statement that none was asked for must
/// be empty (WebAuthn §8.7), which the library does not look at.
fn statement(object: &[u8]) -> Result<Option<Uuid>, Refused> {
    use serde_cbor_2::Value as Cbor;
    let unreadable = || refused("unreadable");
    let Ok(Cbor::Map(map)) = serde_cbor_2::from_slice::<Cbor>(object) else {
        return Err(unreadable());
    };
    let get = |name: &str| map.get(&Cbor::Text(name.to_owned()));
    let is_none = matches!(get("fmt"), Some(Cbor::Text(format)) if format == "none");
    if is_none && !matches!(get("attStmt"), Some(Cbor::Map(statement)) if statement.is_empty()) {
        return Err(refused("attestation"));
    }
    let Some(Cbor::Bytes(data)) = get("authData") else { return Err(unreadable()) };
    let bytes = data.get(AAGUID).ok_or_else(unreadable)?;
    let aaguid = Uuid::from_slice(bytes).map_err(|_| unreadable())?;
    Ok((!aaguid.is_nil()).then_some(aaguid))
}

fn json(value: &impl serde::Serialize) -> Result<Value, Refused> {
    serde_json::to_value(value).map_err(|_| refused("unwritable"))
}

fn stored<T: for<'de> Deserialize<'de>>(value: &Value) -> Result<T, Refused> {
    T::deserialize(value).map_err(|_| refused("stored"))
}

/// The library's reason in a word of ours.
fn reason(error: WebauthnError) -> Refused {
    refused(match error {
        WebauthnError::InvalidClientDataType => "type",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::InvalidRPOrigin => "origin",
        WebauthnError::CredentialCrossOrigin => "cross_origin",
        WebauthnError::InvalidRPIDHash => "relying_party",
        WebauthnError::UserNotPresent => "not_present",
        WebauthnError::UserNotVerified => "not_verified",
        WebauthnError::AuthenticationFailure => "signature",
        WebauthnError::CredentialAlteredAlgFromRequest => "algorithm",
        WebauthnError::CredentialBackupEligibilityInconsistent
        | WebauthnError::CredentialMayNotBeHardwareBound => "backup",
        WebauthnError::AttestationNotSupported
        | WebauthnError::AttestationStatementMapInvalid
        | WebauthnError::AttestationStatementSigInvalid
        | WebauthnError::AttestationStatementSigMissing => "attestation",
        WebauthnError::ParseJSONFailure(_)
        | WebauthnError::ParseCBORFailure(_)
        | WebauthnError::ParseNOMFailure => "unreadable",
        _ => "invalid",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(issuer: &str) -> Option<RelyingParty> {
        RelyingParty::of(&Issuer::parse(issuer).unwrap(), "Latchkey", &[])
    }

    #[test]
    fn case_237_the_relying_party_is_the_configured_host() {
        let party = party("https://id.example:8443").unwrap();
        let asked = party.ask(&[]).unwrap();
        assert_eq!(asked.options["rpId"], "id.example");
        assert_eq!(asked.options["userVerification"], "required");
        assert_eq!(asked.options["allowCredentials"], serde_json::json!([]));
        assert!(super::tests::party("http://127.0.0.1:8080").is_none());
        assert!(super::tests::party("http://[::1]:8080").is_none());
    }

    #[test]
    fn a_new_passkey_is_discoverable_and_verified_and_tells_no_make() {
        let holder = Holder { handle: &[7; 32], account: "ada@example.com", name: "Ada" };
        let asked = party("https://id.example").unwrap();
        let options = asked.ask_for_new(holder, &[vec![1, 2, 3]]).unwrap().options;
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["requireResidentKey"], true);
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(options["attestation"], "none");
        assert_eq!(options["rp"]["id"], "id.example");
        assert_eq!(options["excludeCredentials"][0]["id"], "AQID");
        assert_eq!(options["timeout"], 300_000);
        let challenge = options["challenge"].as_str().unwrap();
        assert!(challenge.len() >= 43, "256 bits: {challenge}");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in ["", "{}", "[]", "null", "{\"id\":1}", &"[".repeat(5000)] {
            assert!(claimed(text).is_err(), "{text}");
        }
    }
}
