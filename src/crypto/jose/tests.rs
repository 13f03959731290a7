use std::sync::LazyLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;

use super::*;

struct Sample {
    signer: Signer,
    /// Signs with another key under the same `kid`.
    impostor: Signer,
    key: PublicKey,
}

/// Making RSA keys takes long, so the tests share two.
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let (private, jwk) = generate_rsa(RSA_BITS).unwrap();
    let kid = jwk["kid"].as_str().unwrap();
    let signer = Signer::from_der(kid, &private).unwrap();
    let impostor = Signer::from_der(kid, &generate_rsa(RSA_BITS).unwrap().0).unwrap();
    Sample { signer, impostor, key: PublicKey::from_jwk(&jwk).unwrap() }
});

fn check(token: &str) -> Result<Value, JoseError> {
    let keys = |kid: &str| (kid == SAMPLE.signer.kid()).then(|| SAMPLE.key.clone());
    verify(token, "JWT", keys)
}

fn token() -> String {
    SAMPLE.signer.sign("JWT", &json!({ "sub": "alice" })).unwrap()
}

/// Signs any header and payload with the right key, as a token that is wrong in nothing else.
fn signed(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = SAMPLE.signer.key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A header that is accepted, with `member` (JSON, comma included) added at its beginning.
fn header(member: &str) -> String {
    format!(r#"{{{member}"alg":"RS256","kid":"{}","typ":"JWT"}}"#, SAMPLE.signer.kid())
}

#[test]
fn a_token_comes_back_as_it_was_signed() {
    assert_eq!(check(&token()), Ok(json!({ "sub": "alice" })));
    assert_eq!(check(&signed(&header(""), "{}")), Ok(json!({})));
    let first = token();
    let head = URL_SAFE_NO_PAD.decode(first.split('.').next().unwrap()).unwrap();
    let expected = format!(r#"{{"alg":"RS256","kid":"{}","typ":"JWT"}}"#, SAMPLE.signer.kid());
    assert_eq!(String::from_utf8(head).unwrap(), expected);
}

#[test]
fn equal_claims_are_signed_with_equal_bytes() {
    #[derive(Serialize)]
    struct Claims {
        zulu: u32,
        alpha: &'static str,
    }
    let sign = || SAMPLE.signer.sign("rt+jwt", &Claims { zulu: 1, alpha: "x" }).unwrap();
    assert_eq!(sign(), sign());
    let payload = sign().split('.').nth(1).map(|s| URL_SAFE_NO_PAD.decode(s).unwrap()).unwrap();
    assert_eq!(payload, br#"{"zulu":1,"alpha":"x"}"#, "members keep their order");
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let forged = SAMPLE.impostor.sign("JWT", &json!({ "sub": "alice" })).unwrap();
    assert_eq!(check(&forged), Err(JoseError::Signature(SAMPLE.signer.kid().to_owned())));
    let (mine, theirs) = (token(), forged);
    let mixed =
        format!("{}.{}", mine.rsplit_once('.').unwrap().0, theirs.rsplit_once('.').unwrap().1);
    assert!(check(&mixed).is_err());
}

#[test]
fn case_121_unsigned_tokens_are_refused() {
    let kid = SAMPLE.signer.kid();
    for alg in ["none", "None", "nOnE", "NONE", "", "rs256", "RS384", "RS512", "PS256", "ES256"] {
        let head = format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"JWT"}}"#);
        let with_signature = signed(&head, "{}");
        let bare = format!("{}.", with_signature.rsplit_once('.').unwrap().0);
        for token in [with_signature, bare] {
            assert_eq!(check(&token), Err(JoseError::Algorithm(alg.to_owned())), "{alg}");
        }
    }
    for head in [
        format!(r#"{{"kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":["RS256"],"kid":"{kid}","typ":"JWT"}}"#),
    ] {
        assert!(matches!(check(&signed(&head, "{}")), Err(JoseError::Algorithm(_))));
    }
    let empty_signature = format!("{}.", token().rsplit_once('.').unwrap().0);
    assert!(matches!(check(&empty_signature), Err(JoseError::Signature(_))));
}

#[test]
fn case_122_the_public_key_is_no_hmac_secret() {
    let pair = RS256.generate_key_pair(RSA_BITS).unwrap();
    let jwk = public_jwk(&pair).unwrap();
    let head = header("").replace("RS256", "HS256");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode("{}"));
    let keys = |_: &str| Some(PublicKey::from_jwk(&jwk).unwrap());
    let (pem, der) = (pair.to_pem_public_key(), pair.to_der_public_key());
    for secret in [pem, der, jwk.to_string().into_bytes()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(input.as_bytes());
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        let outcome = verify::<Value>(&token, "JWT", keys);
        assert_eq!(outcome, Err(JoseError::Algorithm("HS256".to_owned())));
    }
}

#[test]
fn case_123_a_key_in_the_header_is_refused() {
    let own = SAMPLE.impostor.public_jwk();
    for (name, value) in [
        ("jwk", own.to_string()),
        ("jku", r#""https://evil.test/jwks""#.to_owned()),
        ("x5u", r#""https://evil.test/cert""#.to_owned()),
        ("x5c", r#"["MIIB"]"#.to_owned()),
        ("jwk", "null".to_owned()),
    ] {
        let token = signed(&header(&format!(r#""{name}":{value},"#)), "{}");
        assert_eq!(check(&token), Err(JoseError::ForeignKey(name)));
    }
}

#[test]
fn case_124_a_strange_kid_is_refused() {
    let with = |kid: &str| {
        let head = format!(r#"{{"alg":"RS256","typ":"JWT","kid":{}}}"#, json!(kid));
        check(&signed(&head, "{}"))
    };
    for kid in ["../../dev/null", "' OR 1=1--", "%00", "\0", "", "k\u{202e}"] {
        assert!(matches!(with(kid), Err(JoseError::UnknownKey(_))), "{kid:?}");
    }
    assert!(matches!(with(&"k".repeat(1024 * 1024)), Err(JoseError::TooLong(_))));
    let long = with(&"k".repeat(5000)).unwrap_err();
    assert_eq!(long, JoseError::UnknownKey("k".repeat(64)), "a log gets a short piece of it");
    let line = with("a\nb\u{1b}").unwrap_err().to_string();
    assert!(!line.contains('\n') && !line.contains('\u{1b}'), "{line}");
    for head in [
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT","kid":1}"#,
        r#"{"alg":"RS256","typ":"JWT","kid":null}"#,
    ] {
        assert_eq!(check(&signed(head, "{}")), Err(JoseError::NoKid));
    }
}

#[test]
fn case_127_only_the_strict_form_is_read() {
    let good = token();
    let segments = ["", ".", "..", "...", "a", "a.b", "a.b.c.d", "a.b.c.d.e"];
    for text in segments.map(str::to_owned).into_iter().chain([
        format!("{good}."),
        format!("{good}.e30"),
        format!(".{good}"),
        format!("{good}.e30.e30"),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
        good.replacen('.', "=.", 1),
        good.replacen('.', "%2E", 1),
        "a.".repeat(10_000),
    ]) {
        let refusal = check(&text).unwrap_err();
        let by_form = matches!(
            refusal,
            JoseError::Segments
                | JoseError::Encoding(_)
                | JoseError::TooLong(_)
                | JoseError::Json(..)
        );
        assert!(by_form, "{text:.60}: {refusal}");
    }

    for text in ["a.b.c.d".to_owned(), format!("{good}.e30"), format!("{good}.e30.e30")] {
        assert_eq!(check(&text), Err(JoseError::Segments), "{text}");
    }

    // 256 bytes of signature leave four bits over in the last letter: 16 spellings of one value.
    let (rest, last) = good.split_at(good.len() - 1);
    let others = (b'A'..=b'Z').filter(|letter| *letter != last.as_bytes()[0]);
    for letter in others {
        assert!(check(&format!("{rest}{}", char::from(letter))).is_err());
    }

    let duplicate = JoseError::Json("header", strict_json::StrictJsonError::Syntax);
    assert_eq!(check(&signed(&header(r#""alg":"none","#), "{}")), Err(duplicate));
    let duplicate = JoseError::Json("payload", strict_json::StrictJsonError::Syntax);
    let payload = r#"{"sub":"alice","sub":"bob"}"#;
    assert_eq!(check(&signed(&header(""), payload)), Err(duplicate));
    for payload in ["[]", "\"x\"", "null", "", "{"] {
        assert!(matches!(check(&signed(&header(""), payload)), Err(JoseError::Json("payload", _))));
    }

    for crit in [r#"["b64"]"#, r#"["exp"]"#, "[]", "null"] {
        let token = signed(&header(&format!(r#""crit":{crit},"b64":false,"#)), "{}");
        assert_eq!(check(&token), Err(JoseError::Critical));
    }
}

#[test]
fn tokens_of_another_type_are_refused() {
    let with = |typ: &str, expected: &str| {
        let token = SAMPLE.signer.sign(typ, &json!({})).unwrap();
        verify::<Value>(&token, expected, |_| Some(SAMPLE.key.clone()))
    };
    let all = [typ::ID_TOKEN, typ::ACCESS_TOKEN, typ::REFRESH_TOKEN, typ::LOGOUT_TOKEN];
    for found in all {
        for expected in all {
            assert_eq!(with(found, expected).is_ok(), found == expected, "{found} as {expected}");
        }
    }
    for same in ["AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        assert!(with(same, typ::ACCESS_TOKEN).is_ok(), "{same}");
    }
    for other in
        ["text/at+jwt", "application/application/at+jwt", "at+jwt ", "at", "", "äpplication/"]
    {
        assert!(matches!(with(other, typ::ACCESS_TOKEN), Err(JoseError::Type { .. })), "{other}");
    }
    let untyped = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, SAMPLE.signer.kid());
    assert!(matches!(check(&signed(&untyped, "{}")), Err(JoseError::Type { .. })));
}

#[test]
fn claims_of_the_wrong_type_are_refused() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Claims {
        sub: String,
    }
    let keys = |_: &str| Some(SAMPLE.key.clone());
    let claims = verify::<Claims>(&token(), "JWT", keys);
    assert_eq!(claims, Ok(Claims { sub: "alice".to_owned() }));
    let refused = verify::<Claims>(&signed(&header(""), r#"{"sub":1}"#), "JWT", keys);
    assert_eq!(refused, Err(JoseError::Claims));
}

#[test]
fn weak_and_foreign_keys_are_refused() {
    assert_eq!(generate_rsa(1024).unwrap_err(), KeyError::NotMade);
    let weak = RsaKeyPair::generate(1024).unwrap();
    let der = Secret::new(weak.to_der_private_key());
    assert_eq!(Signer::from_der("k", &der).unwrap_err(), KeyError::NotUsable);
    let jwk = Value::Object(weak.to_jwk_public_key().as_ref().clone());
    assert_eq!(PublicKey::from_jwk(&jwk).unwrap_err(), KeyError::NotUsable);
    for der in [&b""[..], b"\x30\x00", b"not a key"] {
        assert!(Signer::from_der("k", &Secret::new(der.to_vec())).is_err());
    }
    let good = SAMPLE.signer.public_jwk();
    for (name, value) in [("kty", "oct"), ("use", "enc"), ("alg", "HS256"), ("n", "*")] {
        let mut jwk = good.clone();
        jwk[name] = json!(value);
        assert!(PublicKey::from_jwk(&jwk).is_err(), "{name}");
    }
    assert!(PublicKey::from_jwk(&json!([])).is_err());
}

/// The example of RFC 7638 §3.1.
#[test]
fn the_thumbprint_is_that_of_the_rfc() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// The value that OIDC Core gives in its example of a hybrid response (appendix A.4).
#[test]
fn at_hash_is_that_of_the_specification() {
    assert_eq!(at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
}

proptest! {
    #[test]
    fn verifying_never_panics(text in "\\PC*|[A-Za-z0-9_.-]{0,200}") {
        prop_assert!(check(&text).is_err());
    }

    #[test]
    fn no_changed_token_is_accepted(at: prop::sample::Index, letter in "[A-Za-z0-9_=. -]|\\PC") {
        let good = token();
        let index = at.index(good.len());
        let mut changed = good.clone();
        changed.replace_range(index..=index, &letter);
        prop_assume!(changed != good);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn no_shortened_or_lengthened_token_is_accepted(at: prop::sample::Index, more in "\\PC{1,4}") {
        let good = token();
        let index = at.index(good.len());
        prop_assert!(check(&good[..index]).is_err());
        let longer = format!("{}{more}{}", &good[..index], &good[index..]);
        prop_assert!(check(&longer).is_err());
    }
}
