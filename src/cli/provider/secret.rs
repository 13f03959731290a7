//! What Latchkey proves itself with at a provider: from a file or standard input, never an argument.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::Desk;
use crate::cli::args::ProviderFields;
use crate::cli::exit::{Exit, Failure};
use crate::cli::prompt;
use crate::crypto::jose::client_key::ClientKey;
use crate::crypto::master_ring::MasterRing;
use crate::crypto::provider_secret;
use crate::domain::provider::{Provider, ProviderKind, UpstreamAuth};
use crate::kernel::secret::Secret;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Seals the secret that the command line names, or takes away the one that is of no use any more. Where
/// none is named, the one of `before` stays if it fits.
pub(super) fn put(
    desk: &Desk,
    before: &Provider,
    provider: &mut Provider,
    fields: &ProviderFields,
) -> Result<(), Failure> {
    if provider.auth == UpstreamAuth::None {
        provider.secret = None;
        return Ok(());
    }
    let signs = signs(provider);
    let secret = match (&fields.client_secret_file, &fields.private_key_file) {
        (Some(path), _) if !signs => first_line(&read(path)?)?,
        (None, None) if fields.client_secret_stdin && !signs => prompt::secret_from_stdin()?,
        (None, Some(path)) if signs => key(provider, read(path)?)?,
        (None, None) if !fields.client_secret_stdin => return check_kept(desk, before, provider),
        _ => {
            let wanted = if signs { "--private-key-file" } else { "a client secret" };
            let message = format!("it proves itself with {wanted}, and another one is given");
            return Err(Failure::new(Exit::Usage, message));
        }
    };
    let recorded = desk.open.read(|tx| Ok(tx.instance().find()?))?;
    let key = recorded.and_then(|instance| desk.ring.by_id(&instance.master_key_id));
    let key = key.unwrap_or(desk.ring.current());
    provider.secret = Some(provider_secret::seal(key, &desk.open.env, provider.id, &secret));
    Ok(())
}

/// Refuses to keep a secret that was agreed on with another issuer, which is not to hear of it, or that is
/// no proof of the kind that is asked for now.
fn check_kept(desk: &Desk, before: &Provider, after: &Provider) -> Result<(), Failure> {
    if after.secret.is_none() {
        return Ok(());
    }
    let kept = if signs(before) { "private key" } else { "client secret" };
    let problem = if signs(before) != signs(after) {
        format!("the {kept} that is kept does not go with --auth-method {}", after.auth)
    } else if before.issuer != after.issuer {
        format!("the {kept} that is kept belongs to the issuer {}", before.issuer)
    } else if let Some(problem) = problem(Some(&desk.ring), before) {
        problem
    } else {
        return Ok(());
    };
    let flag = if signs(after) { "--private-key-file" } else { "--client-secret-file" };
    Err(Failure::new(Exit::Usage, problem).fix(format!(
        "name the one to use with {flag}; --auth-method none removes it, where the provider asks for none"
    )))
}

/// What is wrong with the secret that is kept: it does not open with the master keys at hand.
pub(super) fn problem(ring: Option<&MasterRing>, provider: &Provider) -> Option<String> {
    let (ring, sealed) = (ring?, provider.secret.as_ref()?);
    let error = provider_secret::open(ring, provider.id, sealed).err()?;
    Some(format!("its secret does not open: {error}"))
}

/// Whether it signs statements instead of sending a secret.
pub(super) fn signs(provider: &Provider) -> bool {
    provider.kind == ProviderKind::Apple || provider.auth == UpstreamAuth::PrivateKeyJwt
}

fn key(provider: &Provider, pem: Secret<String>) -> Result<Secret<String>, Failure> {
    let key = ClientKey::from_pem(provider.policy.key_id.as_deref(), &pem).map_err(|_| {
        Failure::new(Exit::Usage, "the file has no private key that can be used")
            .fix("it must be an RSA key of at least 2048 bits or a P-256 key, in PEM (PKCS#8)")
    })?;
    if provider.kind == ProviderKind::Apple && key.algorithm() != "ES256" {
        return Err(Failure::new(Exit::Usage, "Apple's keys are P-256 keys, and this is none"));
    }
    Ok(pem)
}

fn first_line(text: &Secret<String>) -> Result<Secret<String>, Failure> {
    let line = text.expose().lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is no secret on the first line of the file"));
    }
    Ok(Secret::from(line))
}

fn read(path: &Path) -> Result<Secret<String>, Failure> {
    let unreadable = |reason: String| {
        Failure::new(Exit::Usage, format!("{} cannot be read: {reason}", path.display()))
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unreadable("it is longer than 16 KiB".to_owned()));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("it is no text".to_owned()))?;
    Ok(Secret::from(text))
}
