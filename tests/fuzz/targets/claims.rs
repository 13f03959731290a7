//! `domain::claims`: the `claims` parameter (OIDC Core §5.5), and a detail that a person fills in.

use latchkey::crypto::strict_json::parse_object;
use latchkey::domain::claims::{Claim, ClaimsRequest, MAX_VALUES};
use serde_json::Value;

pub fn check(data: &[u8]) {
    let Ok(members) = parse_object(data) else { return };
    let asked = |destination: &str, name: &str| {
        members.get(destination).and_then(Value::as_object).and_then(|claims| claims.get(name))
    };
    let Ok(request) = ClaimsRequest::read(&members) else { return };
    for (destination, wanted) in [("userinfo", &request.userinfo), ("id_token", &request.id_token)]
    {
        for claim in Claim::ALL {
            let sent = asked(destination, claim.as_str());
            let Some(wanted) = wanted.get(claim) else {
                assert_eq!(sent, None, "a claim was dropped");
                continue;
            };
            let sent = sent.expect("a claim that was asked for");
            assert_eq!(wanted.essential, sent["essential"] == Value::Bool(true));
            assert!(wanted.values.len() <= MAX_VALUES);
            let by_value = wanted.values.iter().all(|value| {
                sent["value"] == *value
                    || sent["values"].as_array().is_some_and(|all| all.contains(value))
            });
            assert!(by_value, "a value that nobody named");
        }
    }
    for subject in request.subjects.iter().flatten() {
        let named = |destination| asked(destination, "sub").map(Value::to_string);
        let quoted = Value::from(subject.as_str()).to_string();
        let is_in = |text: Option<String>| text.is_some_and(|text| text.contains(&quoted));
        assert!(is_in(named("userinfo")) || is_in(named("id_token")), "a person nobody named");
    }
    let stored = Value::from(request.clone());
    assert_eq!(ClaimsRequest::try_from(stored), Ok(request), "not the way back");
}
