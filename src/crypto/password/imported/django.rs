//! The forms of Python's libraries.

use super::{NotImported, base64, phc};

/// `pbkdf2_sha256$600000$salt$hash` of Django, whose salt is text.
pub(super) fn pbkdf2(text: &str) -> Result<String, NotImported> {
    let parts: Vec<&str> = text.split('$').collect();
    let [algorithm, iterations, salt, hash] = parts.as_slice() else {
        return Err(NotImported::Malformed);
    };
    let algorithm = match *algorithm {
        "pbkdf2_sha1" => "pbkdf2-sha1",
        "pbkdf2_sha256" => "pbkdf2-sha256",
        "pbkdf2_sha512" => "pbkdf2-sha512",
        _ => return Err(NotImported::Unknown),
    };
    let iterations = iterations.parse().map_err(|_| NotImported::Malformed)?;
    phc(algorithm, None, &[("i", iterations)], salt.as_bytes(), &base64(hash)?)
}

/// `$pbkdf2-sha256$29000$salt$hash` of passlib, which writes a dot for a plus; `None`: it is not of
/// this form.
pub(super) fn passlib(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('$').collect();
    let ["", algorithm, iterations, salt, hash] = parts.as_slice() else { return None };
    let algorithm = match *algorithm {
        "pbkdf2" => "pbkdf2-sha1",
        "pbkdf2-sha256" | "pbkdf2-sha512" => algorithm,
        _ => return None,
    };
    let iterations = iterations.parse().ok()?;
    let decoded = |text: &str| base64(&text.replace('.', "+")).ok();
    phc(algorithm, None, &[("i", iterations)], &decoded(salt)?, &decoded(hash)?).ok()
}
