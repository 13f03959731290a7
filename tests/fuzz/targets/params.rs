//! `protocol::params`: the parameters of relying parties, by GET and by POST.

use std::collections::BTreeMap;

use latchkey::http::oauth::as_get;
use latchkey::protocol::params::{BadEncoding, MAX_BYTES, Params};
use url::{Url, form_urlencoded};

pub fn check(data: &[u8]) {
    let posted = super::text(data).map(Params::parse);
    if let Some(parsed) = &posted {
        check_values(data, parsed);
    }
    // What another site posts is sent on as an address: it must mean the same there.
    let answer = as_get("/oauth2/authorize", data);
    let location = answer.headers().get("location").unwrap().to_str().unwrap();
    let query = location.strip_prefix("/oauth2/authorize?").unwrap();
    assert!(query.bytes().all(|byte| matches!(byte, b'!'..=b'~')));
    let issuer = Url::parse("https://id.example/").unwrap();
    let url = issuer.join(location).unwrap();
    assert_eq!((url.origin(), url.path()), (issuer.origin(), "/oauth2/authorize"));
    if query.len() <= MAX_BYTES {
        let got = Params::parse(query);
        match posted {
            Some(posted) => assert_eq!(format!("{got:?}"), format!("{posted:?}")),
            // No text, but it can become some when it is decoded: `%`, 0xc3 and `%a4`.
            None => check_values(data, &got),
        }
    }
}

fn check_values(data: &[u8], parsed: &Result<Params, BadEncoding>) {
    let usual: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    let params = match parsed {
        Ok(params) => params,
        Err(BadEncoding::TooLarge) => return assert!(data.len() > MAX_BYTES || usual.len() > 64),
        Err(BadEncoding::Nul) => return assert!(usual.iter().any(|(n, v)| has('\0', n, v))),
        Err(BadEncoding::NotUtf8) => {
            return assert!(usual.iter().any(|(n, v)| has(char::REPLACEMENT_CHARACTER, n, v)));
        }
    };
    assert!(usual.len() <= 64 && data.len() <= MAX_BYTES);
    let mut counts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &usual {
        counts.entry(name).or_default().push(value);
    }
    for (name, values) in &counts {
        assert_eq!(params.is_repeated(name), values.len() > 1, "{name:?}");
        assert_eq!(params.get(name), Some(values[0]).filter(|value| !value.is_empty()));
    }
    let repeated = counts.iter().find(|(_, values)| values.len() > 1).map(|(name, _)| *name);
    assert_eq!(params.first_repeated(), repeated);
    let names: Vec<&str> = counts.keys().copied().take(2).collect();
    let only = params.only(&names);
    assert!(counts.keys().all(|name| names.contains(name) || only.get(name).is_none()));
}

fn has(character: char, name: &str, value: &str) -> bool {
    name.contains(character) || value.contains(character)
}
