//! Hashes from published vectors, and from other implementations, each named where it is used.

use serde_json::{Value, json};

use super::*;
use crate::config::FirebaseConfig;
use crate::crypto::password::{HashError, Params, PasswordHasher, Verdict};
use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

fn hasher() -> PasswordHasher {
    let params = Params { memory_kib: 8, iterations: 1, parallelism: 1 };
    PasswordHasher::new(params, 1, 8).unwrap()
}

/// The project of the example in the README of github.com/firebase/scrypt.
fn project() -> FirebaseConfig {
    let signer_key =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    FirebaseConfig {
        signer_key: Secret::new(base64(signer_key).unwrap()),
        salt_separator: base64("Bw==").unwrap(),
    }
}

/// Takes a hash in, checks it with the right password and with wrong ones, and rehashes it.
async fn matches(given: Value, kind: Kind, password: &str) {
    let hasher = hasher().with_firebase(Some(project()));
    let Imported { text, kind: found } = imported(&given).unwrap();
    assert_eq!(found, kind, "{given}");
    let is = async |password: &str| hasher.verify(password.into(), Some(text.clone())).await;
    assert_eq!(is(password).await, Ok(Verdict::Match { rehash: true }), "{text}");
    let before = hasher.hashes();
    for wrong in [format!("{password}."), password[1..].to_owned(), password.to_uppercase() + "1"] {
        assert_eq!(is(&wrong).await, Ok(Verdict::Mismatch), "{text}");
    }
    assert_eq!(hasher.hashes(), before + 3, "one hash each");
    let ours = hasher.hash(&Env::system(), password.into()).await.unwrap();
    let verdict = hasher.verify(password.into(), Some(ours)).await;
    assert_eq!(verdict, Ok(Verdict::Match { rehash: false }));
}

/// What the fixtures below are made of, by Python's hashlib 3.11, libxcrypt's `crypt` and OpenSSL's
/// `enc -aes-256-ctr`: bytes that are no ASCII, and the salt 00 01 02 … 0f.
const PASSWORD: &str = "Tr0ub4dor & 3ünf";

#[tokio::test]
async fn bcrypt_from_elsewhere_matches() {
    // jBCrypt, TestBCrypt.java (the vectors of crypt_blowfish), of cost 6.
    for (text, password) in [
        (
            "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
            "abcdefghijklmnopqrstuvwxyz",
        ),
        (
            "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
            "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        ),
    ] {
        matches(json!(text), Kind::Bcrypt, password).await;
    }
    // libxcrypt; and with the name that Django puts before it.
    for mark in ["2a", "2b", "2y"] {
        let text = format!("${mark}$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i");
        matches(json!(text), Kind::Bcrypt, PASSWORD).await;
        matches(json!(format!("bcrypt${text}")), Kind::Bcrypt, PASSWORD).await;
    }
}

#[tokio::test]
async fn case_181_bytes_after_72_count_once_a_bcrypt_hash_has_given_way() {
    // libxcrypt, of "0123456789" eight times.
    let text = "$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S";
    let (hasher, long) = (hasher(), "0123456789".repeat(8));
    let other = format!("{}something else", &long[..72]);
    let verdict = hasher.verify(long.as_str().into(), Some(text.to_owned())).await;
    assert_eq!(verdict, Ok(Verdict::Match { rehash: true }));
    let verdict = hasher.verify(other.as_str().into(), Some(text.to_owned())).await;
    assert_eq!(verdict, Ok(Verdict::Match { rehash: true }), "bcrypt cannot tell them apart");
    let verdict = hasher.verify(long[..71].into(), Some(text.to_owned())).await;
    assert_eq!(verdict, Ok(Verdict::Mismatch));
    let ours = hasher.hash(&Env::system(), long.as_str().into()).await.unwrap();
    let verdict = hasher.verify(other.as_str().into(), Some(ours)).await;
    assert_eq!(verdict, Ok(Verdict::Mismatch), "ours can");
}

#[tokio::test]
async fn scrypt_from_elsewhere_matches() {
    // RFC 7914 §12, the third vector.
    let text = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw";
    matches(json!(text), Kind::Scrypt, "pleaseletmein").await;
    let text =
        "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$UWq0bRCfdqVeTfMpVXur367xD/WH2Zgo5n9PbBDR0tU";
    matches(json!(text), Kind::Scrypt, PASSWORD).await;
}

#[tokio::test]
async fn hashes_of_a_firebase_project_match_with_its_key_only() {
    // The example in the README of github.com/firebase/scrypt.
    let given = json!({
        "hash": "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        "salt": "42xEC+ixf3L2lw==", "rounds": 8, "mem_cost": 14,
    });
    matches(given.clone(), Kind::Firebase, "user1password").await;
    // hashlib and OpenSSL; the web-safe alphabet is that of Firebase's export.
    let web_safe = json!({
        "hash": "gz9QdSb2R_cgRuL6RqxANlC5BsIWfNa2x5IrXx3bukgxzHoQda4QxCIIiKVwgsrRn8ENoeltBRhmrITaFo6iVw==",
        "salt": "AAECAwQFBgcICQ==", "rounds": 8, "mem_cost": 10,
    });
    matches(web_safe, Kind::Firebase, PASSWORD).await;
    let text = imported(&given).unwrap().text;
    assert!(!text.contains("jxspr8Ki0RYy"), "the project's key is in no row");
    let other = FirebaseConfig { salt_separator: vec![8], ..project() };
    let elsewhere = hasher().with_firebase(Some(other));
    let verdict = elsewhere.verify("user1password".into(), Some(text.clone())).await;
    assert_eq!(verdict, Ok(Verdict::Mismatch));
    let verdict = hasher().verify("user1password".into(), Some(text)).await;
    assert_eq!(verdict, Err(HashError::Unreadable));
}

#[tokio::test]
async fn pbkdf2_from_elsewhere_matches() {
    // RFC 6070 §2, the fifth vector (SHA-1), and RFC 7914 §11, the second (SHA-256; its salt of four
    // bytes is too short for a PHC string, so it is not among these).
    let text = "$pbkdf2-sha1$i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$PS7sT+QchJuAyNg2YsDkSospGpZM8vBwOA";
    matches(json!(text), Kind::Pbkdf2, "passwordPASSWORDpassword").await;
    // Django's form.
    let text = "pbkdf2_sha256$1000$seasalt2026$rhbMGdRIhscXeYvFYcm33m3+PX1IF3fcjPtFxh9leeM=";
    matches(json!(text), Kind::Pbkdf2, PASSWORD).await;
    // Keycloak's flat form, in each digest, and passlib's.
    for (digest, hash) in [
        ("pbkdf2", "xK36rV/b9H+8mbN6IFxHLSu7APc="),
        (
            "pbkdf2-sha256",
            "jzDQJHapBtoHQoLxfDtLkSmO8LSopODy1vvVKcplw/vFzGdvEK46FHX/nlXvsCUPpc3Ck8LTd1vpjXSSP85NWg==",
        ),
        (
            "pbkdf2-sha512",
            "xCGx8sIh9S3FE5NUmxbwj4YEKozpmU3PhG4Krd45FX6fS3gAzFXUHKIwf9JIr3isnqhNezKiVJfzCDbOqa8MtA==",
        ),
    ] {
        let given = json!({
            "algorithm": digest, "hashIterations": 1000, "salt": "AAECAwQFBgcICQoLDA0ODw==",
            "value": hash,
        });
        matches(given, Kind::Pbkdf2, PASSWORD).await;
        let bare = hash.trim_end_matches('=').replace('+', ".");
        let passlib = format!("${digest}$1000$AAECAwQFBgcICQoLDA0ODw${bare}");
        matches(json!(passlib), Kind::Pbkdf2, PASSWORD).await;
    }
}

#[tokio::test]
async fn an_exported_credential_of_keycloak_matches_as_it_is() {
    let given = json!({
        "id": "0b1c", "type": "password", "createdDate": 1_700_000_000_000_u64,
        "secretData": "{\"value\":\"xCGx8sIh9S3FE5NUmxbwj4YEKozpmU3PhG4Krd45FX6fS3gAzFXUHKIwf9JIr3isnqhNezKiVJfzCDbOqa8MtA==\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\",\"additionalParameters\":{}}",
        "credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha512\",\"additionalParameters\":{}}",
    });
    matches(given, Kind::Pbkdf2, PASSWORD).await;
    // The vectors of the reference implementation of argon2 (test.c, version 1.3, 256 KiB).
    for (kind, hash) in [
        ("i", "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8="),
        ("id", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4="),
    ] {
        let secret = json!({ "value": hash, "salt": "c29tZXNhbHQ=", "additionalParameters": {} });
        let more = json!({
            "hashLength": ["32"], "memory": ["256"], "type": [kind], "version": ["1.3"],
            "parallelism": ["1"],
        });
        let data =
            json!({ "hashIterations": 2, "algorithm": "argon2", "additionalParameters": more });
        let given = json!({
            "type": "password", "secretData": secret.to_string(),
            "credentialData": data.to_string(),
        });
        matches(given, Kind::Argon2, "password").await;
    }
}

#[test]
fn argon2_d_is_taken_in_phc_form_and_in_djangos() {
    let text = "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let taken = imported(&json!(text)).unwrap();
    assert_eq!((taken.kind, taken.text.as_str()), (Kind::Argon2, text));
    assert_eq!(imported(&json!(format!("argon2{text}"))).unwrap().text, text);
}

#[test]
fn what_would_stall_sign_ins_is_refused() {
    let tail = "AAECAwQFBgcICQoLDA0ODw$UWq0bRCfdqVeTfMpVXur367xD/WH2Zgo5n9PbBDR0tU";
    for start in [
        "$scrypt$ln=18,r=8,p=1",
        "$scrypt$ln=17,r=9,p=1",
        "$scrypt$ln=14,r=8,p=1000",
        "$scrypt$ln=63,r=8,p=1",
        "$scrypt$ln=64,r=8,p=1",
        "$scrypt$ln=4294967295,r=4294967295,p=4294967295",
        "$firebase-scrypt$ln=18,r=8",
        "$firebase-scrypt$ln=31,r=4294967295",
        "$pbkdf2-sha256$i=3000001",
        "$pbkdf2-sha1$i=1500001",
        "$pbkdf2-sha512$i=4294967295",
        "$argon2id$v=19$m=131073,t=1,p=1",
        "$argon2id$v=19$m=131072,t=9,p=1",
        "$argon2d$v=19$m=1048577,t=1,p=1",
        "$argon2i$v=19$m=8,t=65,p=1",
        "$argon2id$v=19$m=520,t=1,p=65",
    ] {
        let refused = imported(&json!(format!("{start}${tail}")));
        assert_eq!(refused, Err(NotImported::Costly), "{start}");
    }
    for cost in [15, 31, 99] {
        let text = format!("$2b${cost}$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i");
        assert_eq!(imported(&json!(text)), Err(NotImported::Costly), "{cost}");
    }
    for start in ["$scrypt$ln=17,r=8,p=1", "$argon2id$v=19$m=131072,t=8,p=1"] {
        assert!(imported(&json!(format!("{start}${tail}"))).is_ok(), "{start}");
    }
}

#[test]
fn what_is_no_hash_is_refused_and_not_shown() {
    let tail = "AAECAwQFBgcICQoLDA0ODw$UWq0bRCfdqVeTfMpVXur367xD/WH2Zgo5n9PbBDR0tU";
    let texts = [
        "",
        "hunter2hunter2",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0",
        "$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0ii",
        "$2b$4$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
        "$2b$+4$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
        "$2b$03$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
        "$2x$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
        "$2b$04$abcdefghijklmnopqrst!utjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
        "$2b$04$abcdefghijklmnopqrstüutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0",
        "pbkdf2_md5$1000$seasalt2026$rhbMGdRIhscXeYvFYcm33m3+PX1IF3fcjPtFxh9leeM=",
        "pbkdf2_sha256$-1$seasalt2026$rhbMGdRIhscXeYvFYcm33m3+PX1IF3fcjPtFxh9leeM=",
        "pbkdf2_sha256$1000$seasalt2026",
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i",
    ];
    let starts = [
        "$scrypt",
        "$scrypt$ln=10,r=8",
        "$scrypt$ln=0,r=8,p=1",
        "$scrypt$ln=10,r=0,p=1",
        "$scrypt$ln=10,r=8,p=1,x=1",
        "$scrypt$v=1$ln=10,r=8,p=1",
        "$pbkdf2-sha256$i=0",
        "$pbkdf2-md5$i=1000",
        "$argon2x$v=19$m=8,t=1,p=1",
        "$argon2id$v=19$m=7,t=1,p=1",
    ];
    let starts = starts.into_iter().map(|start| format!("{start}${tail}"));
    for text in texts.into_iter().map(str::to_owned).chain(starts) {
        let refused = imported(&json!(text)).unwrap_err();
        assert_ne!(refused, NotImported::Costly, "{text}");
        assert!(text.is_empty() || !refused.to_string().contains(&text), "{refused}");
    }
    for given in [json!(null), json!(7), json!([]), json!({}), json!({ "rounds": 8 })] {
        assert!(imported(&given).is_err(), "{given}");
    }
    let long = format!("$2b$04${}", "a".repeat(2000));
    assert_eq!(imported(&json!(long)), Err(NotImported::Unknown));
}
