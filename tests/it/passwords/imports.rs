//! Accounts that came with a password hash from elsewhere.

use latchkey::config::FirebaseConfig;
use latchkey::crypto::password::imported::imported;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::user::NewUser;
use latchkey::identity::admin::import::{Import, Newcomer};
use latchkey::kernel::ids::UserId;
use latchkey::kernel::secret::Secret;
use serde_json::{Value, json};

use crate::support::agent::Agent;
use crate::support::app::TestApp;

/// What the hashes are of; made by Python's hashlib, libxcrypt and OpenSSL.
const RIGHT: &str = "Tr0ub4dor & 3ünf";

/// The project of the example in the README of github.com/firebase/scrypt.
fn project() -> FirebaseConfig {
    use base64::Engine as _;
    let decode = |text| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let key = decode(
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    );
    FirebaseConfig { signer_key: Secret::new(key), salt_separator: decode("Bw==") }
}

fn hashes() -> Vec<Value> {
    let keycloak = json!({
        "type": "password",
        "secretData": json!({
            "value": "jzDQJHapBtoHQoLxfDtLkSmO8LSopODy1vvVKcplw/vFzGdvEK46FHX/nlXvsCUPpc3Ck8LTd1vpjXSSP85NWg==",
            "salt": "AAECAwQFBgcICQoLDA0ODw==", "additionalParameters": {},
        }).to_string(),
        "credentialData": json!({
            "hashIterations": 1000, "algorithm": "pbkdf2-sha256", "additionalParameters": {},
        }).to_string(),
    });
    let firebase = json!({
        "hash": "gz9QdSb2R_cgRuL6RqxANlC5BsIWfNa2x5IrXx3bukgxzHoQda4QxCIIiKVwgsrRn8ENoeltBRhmrITaFo6iVw==",
        "salt": "AAECAwQFBgcICQ==", "rounds": 8, "mem_cost": 10,
    });
    vec![
        json!("$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i"),
        json!(
            "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$UWq0bRCfdqVeTfMpVXur367xD/WH2Zgo5n9PbBDR0tU"
        ),
        json!("pbkdf2_sha256$1000$seasalt2026$rhbMGdRIhscXeYvFYcm33m3+PX1IF3fcjPtFxh9leeM="),
        keycloak,
        firebase,
    ]
}

async fn import(app: &TestApp, email: &str, hash: &Value) -> UserId {
    let taken = imported(hash).unwrap();
    let account = NewUser {
        email: EmailAddress::parse(email).unwrap(),
        email_verified: true,
        username: None,
        name: None,
        subject: None,
        password_phc: Some(taken.text),
        roles: vec![],
    };
    let newcomer = Newcomer { account, hash: Some(taken.kind), created_at: None };
    let (identity, context) = (app.node().identity(), RequestContext::default());
    let made = identity.import_user(Actor::Operator, newcomer, false, &context).await.unwrap();
    assert_eq!(made, Import::Made);
    identity.find_user(email).await.unwrap().unwrap().user.id
}

#[tokio::test]
async fn the_password_of_another_system_signs_in_and_its_hash_gives_way() {
    let app = TestApp::start_configured(|config| config.firebase = Some(project()));
    let hasher = app.node().identity().hasher();
    for (n, hash) in hashes().iter().enumerate() {
        let email = format!("person-{n}@example.com");
        let user = import(&app, &email, hash).await;
        let before = hasher.hashes();
        assert!(!app.lets_in(&email, "Tr0ub4dor & 3unf").await, "{hash}");
        assert_eq!(hasher.hashes(), before + 1, "one hash, as for everybody");
        assert!(!app.stored(user).starts_with("$argon2id$"), "a wrong password changes nothing");
        assert!(app.lets_in(&email, RIGHT).await, "{hash}");
        assert_eq!(hasher.hashes(), before + 3, "and one that is new");
        let ours = app.stored(user);
        assert!(ours.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{ours}");
        assert!(app.lets_in(&email, RIGHT).await);
        assert_eq!((hasher.hashes(), app.stored(user)), (before + 4, ours));
    }
}

#[tokio::test]
async fn case_181_bytes_after_72_count_once_a_bcrypt_hash_has_given_way() {
    let app = TestApp::start();
    let hash = json!("$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S");
    import(&app, "long@example.com", &hash).await;
    let long = "0123456789".repeat(8);
    let other = format!("{}something else", &long[..72]);
    assert!(!app.lets_in("long@example.com", &long[..71]).await);
    assert!(app.lets_in("long@example.com", &long).await);
    assert!(!app.lets_in("long@example.com", &other).await);
    assert!(!app.lets_in("long@example.com", &long[..72]).await);
    assert!(app.lets_in("long@example.com", &long).await);
}

/// Behind a hash that cannot be checked is a wrong password, at the same price as behind none.
#[tokio::test]
async fn a_hash_that_cannot_be_checked_lets_nobody_in() {
    let app = TestApp::start();
    import(&app, "firebase@example.com", &hashes()[4]).await;
    let hasher = app.node().identity().hasher();
    for email in ["firebase@example.com", "absent@example.com"] {
        let before = hasher.hashes();
        let page = Agent::new().get(&app.at("/login")).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", email).fill("password", RIGHT);
        let page = form.submit().await;
        assert_eq!(page.status, 401, "{}", page.summary());
        assert!(hasher.hashes() > before);
    }
}
