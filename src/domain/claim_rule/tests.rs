use proptest::prelude::*;
use serde_json::json;

use super::*;

fn claims() -> Map<String, Value> {
    let Value::Object(claims) = json!({
        "hd": "example.com", "email": "ada@Example.com", "level": 3, "staff": true, "gone": null,
        "groups": ["admins", "editors", 7], "scope": "read write",
        "realm_access": { "roles": ["boss"], "a/b": { "~": "deep" } },
        "https://example.com/role": "owner", "locale": "de-AT", "phone": "nonsense",
    }) else {
        panic!("an object")
    };
    claims
}

fn holds(text: &str) -> bool {
    text.parse::<Condition>().unwrap().holds(&claims())
}

#[test]
fn a_condition_is_about_one_claim() {
    for text in [
        "hd exists",
        "hd equals example.com",
        "level equals 3",
        "staff equals true",
        "groups contains admins",
        "groups contains 7",
        "scope contains write",
        "locale starts-with de",
        "email matches-domain example.com",
        "hd matches-domain @EXAMPLE.com",
        "/realm_access/roles contains boss",
        "/realm_access/a~1b/~0 equals deep",
        "/realm_access/roles/0 equals boss",
        "https://example.com/role equals owner",
        "hd equals \"example.com\"",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "gone exists",
        "missing exists",
        "realm_access.roles exists",
        "hd equals Example.com",
        "level contains 3",
        "groups contains admin",
        "groups equals admins",
        "scope contains wri",
        "email matches-domain ample.com",
        "email matches-domain com",
        "hd matches-domain sub.example.com",
        "/realm_access/roles/9 exists",
        "staff equals 1",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    for (text, error) in [
        ("hd exists", InvalidRule::Arrow),
        ("hd exists->role staff", InvalidRule::Arrow),
        ("hd -> role staff", InvalidRule::Condition),
        ("hd exists x -> role staff", InvalidRule::Condition),
        ("hd equals -> role staff", InvalidRule::Condition),
        ("hd equals \"x -> role staff", InvalidRule::Condition),
        ("hd equals \"\" -> role staff", InvalidRule::Condition),
        ("hd is x -> role staff", InvalidRule::Condition),
        ("/ exists -> role staff", InvalidRule::Condition),
        ("hd exists -> role", InvalidRule::Target),
        ("hd exists -> group staff", InvalidRule::Target),
        ("hd exists -> profile subject", InvalidRule::Target),
        ("hd exists -> role staff at each", InvalidRule::Target),
    ] {
        assert_eq!(text.parse::<ClaimRule>(), Err(error), "{text}");
    }
    let long = format!("hd equals {} -> role staff", "x".repeat(MAX_RULE));
    assert_eq!(long.parse::<ClaimRule>(), Err(InvalidRule::TooLong));
}

fn rules(texts: &[&str]) -> Vec<ClaimRule> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn what_is_said_at_each_sign_in_is_taken_away_again() {
    let rules = rules(&[
        "groups contains admins -> role administrator at each sign-in",
        "hd equals example.com -> role staff",
        "missing exists -> role guest",
        "locale exists -> profile locale at each sign-in",
        "phone exists -> profile phone_number at each sign-in",
    ]);
    let first = map(&rules, &claims(), When::First);
    assert_eq!(first.give, ["administrator".to_owned(), "staff".to_owned()].into());
    assert!(first.take.is_empty(), "{first:?}");
    let locale = Some("de-AT".to_owned());
    // What cannot be a telephone number is as good as none.
    let profile = [(Detail::Locale, locale), (Detail::PhoneNumber, None)];
    assert_eq!(first.profile, profile.into());

    let later = map(&rules, &Map::new(), When::Each);
    assert!(later.give.is_empty());
    assert_eq!(later.take, ["administrator".to_owned()].into());
    assert_eq!(later.profile, [(Detail::Locale, None), (Detail::PhoneNumber, None)].into());
}

#[test]
fn one_rule_that_holds_is_enough() {
    let both = rules(&[
        "missing exists -> role staff at each sign-in",
        "hd exists -> role staff",
        "missing exists -> profile name",
        "/realm_access/roles/0 exists -> profile name",
        "hd exists -> profile name",
    ]);
    for when in [When::First, When::Each] {
        let mapped = map(&both, &claims(), when);
        assert_eq!((mapped.give.len(), mapped.take.len()), (1, 0), "{when:?}");
    }
    let name = map(&both, &claims(), When::First).profile.remove(&Detail::Name);
    assert_eq!(name, Some(Some("boss".to_owned())));
}

fn any_rule() -> impl Strategy<Value = ClaimRule> {
    let test = prop_oneof![
        Just(Test::Exists),
        ".{1,12}".prop_map(Test::Equals),
        "(a|b| -> |\"|x y|[ \n]){1,4}".prop_map(Test::Contains),
        "[a-b]".prop_map(Test::StartsWith),
    ];
    let target = prop_oneof![
        "[r-s]".prop_map(Target::Role),
        Just(Target::Profile(Detail::Name)),
        Just(Target::Profile(Detail::Nickname)),
    ];
    let when = prop_oneof![Just(When::First), Just(When::Each)];
    ("[c-d]|/c/[a-b]", test, target, when).prop_map(|(path, test, target, when)| ClaimRule {
        condition: Condition { path, test },
        target,
        when,
    })
}

fn any_claims() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        Just(json!("a")),
        Just(json!(["a", "b"])),
        Just(json!({ "a": "b" })),
        Just(json!(null)),
    ];
    proptest::collection::btree_map("[c-d]", value, 0..3).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn a_rule_reads_back(rule in any_rule()) {
        prop_assert_eq!(rule.to_string().parse(), Ok(rule));
    }

    #[test]
    fn no_text_breaks_the_parser(text in ".{0,80}") {
        if let Ok(rule) = text.parse::<ClaimRule>() {
            prop_assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn nothing_is_given_and_taken_at_once(
        rules in proptest::collection::vec(any_rule(), 0..6),
        claims in any_claims(),
    ) {
        let first = map(&rules, &claims, When::First);
        let later = map(&rules, &claims, When::Each);
        prop_assert!(first.give.is_disjoint(&first.take));
        // Whoever comes again with the same claims keeps what they have.
        prop_assert!(later.give.is_subset(&first.give));
        prop_assert!(later.take.is_disjoint(&first.give));
        for (detail, value) in &later.profile {
            prop_assert_eq!(first.profile.get(detail), Some(value));
        }
        // What is said once takes nothing away.
        for role in &later.take {
            let is_followed = rules.iter().any(|rule| {
                rule.when == When::Each && rule.target == Target::Role(role.clone())
            });
            prop_assert!(is_followed);
        }
    }
}
