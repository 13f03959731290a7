//! How browsers and apps reach the server.

use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;

use super::Finding;
use crate::config::Config;
use crate::kernel::urls::Issuer;
use crate::protocol::paths::OPENID_CONFIGURATION;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most that is read of the answer, in bytes.
const LONGEST: usize = 64 * 1024;

const ISSUER: &str = "issuer";

/// Asks the issuer for its metadata, as an app would. A failure is a warning, because the server
/// need not run while it is looked at.
pub(super) fn issuer(issuer: &Issuer, runtime: &Runtime) -> Finding {
    match runtime.block_on(fetch(issuer)) {
        Ok(metadata) => judge(issuer, &metadata),
        Err(problem) => Finding::warn(
            ISSUER,
            format!("{issuer} cannot be reached from here: {problem}"),
            if issuer.is_https() {
                "start the server, and check DNS, the proxy in front of it and its certificate"
            } else {
                "start the server"
            },
        ),
    }
}

async fn fetch(issuer: &Issuer) -> Result<Vec<u8>, String> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| reason(&error))?;
    let request = client.get(issuer.join(OPENID_CONFIGURATION)).send();
    let mut response = request.await.map_err(|error| reason(&error))?;
    if !response.status().is_success() {
        return Err(format!("it answers with status {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err("it answers with more than any metadata".to_owned());
        }
    }
    Ok(body)
}

/// The innermost cause: "connection refused", "certificate has expired".
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() {
        return format!("no answer within {} seconds", PATIENCE.as_secs());
    }
    cause.to_string()
}

/// OIDC Discovery §4.3: the issuer in the metadata must be the one that was asked.
fn judge(issuer: &Issuer, body: &[u8]) -> Finding {
    let metadata: Option<Value> = serde_json::from_slice(body).ok();
    let named = metadata.as_ref().and_then(|metadata| metadata["issuer"].as_str());
    match named {
        Some(named) if named == issuer.as_str() => {
            let how = if issuer.is_https() { "with a valid certificate" } else { "by http" };
            Finding::ok(ISSUER, format!("{issuer} answers {how}"))
        }
        Some(named) => Finding::fail(
            ISSUER,
            format!("{issuer} answers in the name of {named}"),
            "set `issuer` to the address that browsers use, or point the proxy at this server",
        ),
        None => Finding::fail(
            ISSUER,
            format!("what answers at {issuer} is not Latchkey"),
            "point the proxy at the address in `http.bind`",
        ),
    }
}

/// The server speaks http; https means that a proxy stands in front of it.
pub(super) fn proxies(config: &Config) -> Finding {
    const CHECK: &str = "proxies";
    let trusted = &config.http.trusted_proxies;
    match (config.issuer.is_https(), trusted.is_empty()) {
        (true, true) => Finding::warn(
            CHECK,
            "the issuer is https, so a proxy stands in front, but none is trusted: everybody seems \
             to come from the proxy's address, and is limited together",
            "set trusted_proxies = [\"127.0.0.1\"] under [http], with the address of your proxy",
        ),
        (false, false) => Finding::warn(
            CHECK,
            "proxies are trusted although browsers use plain http",
            "remove http.trusted_proxies, or use an https issuer",
        ),
        (_, false) => {
            let names: Vec<_> = trusted.iter().map(ToString::to_string).collect();
            let header = config.http.client_address_header;
            Finding::ok(CHECK, format!("{header} is believed from {}", names.join(", ")))
        }
        (false, true) => Finding::ok(CHECK, "none, as for plain http"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn the_metadata_must_name_the_issuer() {
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        for (body, level) in [
            (r#"{"issuer":"https://id.example.com"}"#, Level::Ok),
            (r#"{"issuer":"https://id.example.com/"}"#, Level::Fail),
            (r#"{"issuer":7}"#, Level::Fail),
            ("<html>It works!</html>", Level::Fail),
        ] {
            assert_eq!(judge(&issuer, body.as_bytes()).level, level, "{body}");
        }
    }
}
