//! What a new password may be like, wherever one is set, and what else a form may not set.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::{Actor, RequestContext};
use serde_json::{Value, json};

use crate::support::agent::{Agent, Form, Page};
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

impl TestApp {
    async fn registration_form(&self, agent: &Agent, email: &str) -> Form {
        let page = agent.get(&self.at("/login")).await.follow_all().await;
        let page = page.click("#create-account-link").await;
        page.form("#register-form").fill("email", email)
    }

    /// Registers somebody with this password, in a browser of their own.
    async fn register(&self, email: &str, password: &str) -> Page {
        let form = self.registration_form(&Agent::new(), email).await;
        let page = form.fill("password", password).submit().await;
        if page.status == 303 { self.confirm_address(page, email).await } else { page }
    }

    async fn password_form(&self, email: &str) -> Form {
        let identity = self.node().identity();
        let user = identity.find_user(email).await.unwrap().unwrap().user.id;
        let context = RequestContext::default();
        let link = identity.create_password_link(Actor::Operator, user, &context).await.unwrap();
        let url = self.at(&format!("/set-password?token={}", link.secret.expose()));
        Agent::new().get(&url).await.follow_all().await.form("#set-password-form")
    }

    async fn setup_form(&self) -> Form {
        let context = RequestContext::default();
        let link = self.node().identity().create_setup_link(Actor::Operator, &context).await;
        let url = self.at(&format!("/setup?token={}", link.unwrap().secret.expose()));
        Agent::new().get(&url).await.form("#setup-form")
    }

    async fn signs_in(&self, email: &str, password: &str) -> bool {
        let page = Agent::new().get(&self.at("/login")).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", email).fill("password", password);
        form.submit().await.status.is_redirection()
    }
}

fn is_taken(page: &Page) -> bool {
    if page.status != 303 {
        assert!(page.has("#password-problem"), "{}", page.text("#error-summary"));
    }
    page.status == 303
}

#[tokio::test]
async fn case_181_lengths_are_counted_in_characters_and_every_one_counts() {
    let app = TestApp::start();
    let long: String = "qmzvwxhkjrtpbnydfgcluoiesa".chars().cycle().take(128).collect();
    let cases = [
        ("8", "qmzvwxh", false),
        ("8", "qmzvwxhk", true),
        ("8", &long[..64], true),
        ("8", &long, true),
        ("8", &format!("{long}x"), false),
        ("15", &long[..14], false),
        ("15", &long[..15], true),
        ("8", "🔑🦀🌋🐌🐍🌵🧊", false),
        ("8", "🔑🦀🌋🐌🐍🌵🧊🪁", true),
        ("8", "  two  spaces  ", true),
    ];
    for (n, (least, password, taken)) in cases.into_iter().enumerate() {
        app.change_setting("password_min_chars", Some(least)).await.unwrap();
        app.refresh().await;
        let email = format!("case-{n}@example.com");
        assert_eq!(is_taken(&app.register(&email, password).await), taken, "{least} {password}");
        if taken {
            assert!(app.signs_in(&email, password).await, "{password}");
            let trimmed = password.trim();
            assert!(trimmed == password || !app.signs_in(&email, trimmed).await, "spaces count");
        }
    }
    // Beyond the 72 bytes that bcrypt would look at.
    app.register("bytes@example.com", &long).await;
    let other = format!("{}{}", &long[..127], if long.ends_with('x') { "y" } else { "x" });
    assert!(!app.signs_in("bytes@example.com", &other).await);
    assert!(!app.signs_in("bytes@example.com", &long[..72]).await);
    assert!(app.signs_in("bytes@example.com", &long).await);
}

#[tokio::test]
async fn case_181_keyboards_that_compose_otherwise_type_the_same_password() {
    let app = TestApp::start();
    let (composed, decomposed) = ("Grünes Rößlein", "Gru\u{308}nes Ro\u{308}ßlein");
    assert_ne!(composed, decomposed);
    assert!(is_taken(&app.register("nfc@example.com", composed).await));
    assert!(is_taken(&app.register("nfd@example.com", decomposed).await));
    for email in ["nfc@example.com", "nfd@example.com"] {
        assert!(app.signs_in(email, composed).await && app.signs_in(email, decomposed).await);
        // Neither case nor compatibility forms are folded.
        assert!(!app.signs_in(email, &composed.to_lowercase()).await);
        assert!(!app.signs_in(email, &composed.replace('ß', "ss")).await);
    }
}

/// Taken from the top of published lists, as they are and in other cases, and words about the person
/// and the product.
const REFUSED: [&str; 14] = [
    "password",
    "12345678",
    "1234567890",
    "qwertyuiop",
    "Iloveyou",
    "SUNSHINE1",
    "football",
    "trustno1",
    "p@ssw0rd",
    "Latchkey",
    "latchkey2026",
    "alice123456",
    "example.com",
    "!!Alice!!2026",
];

#[tokio::test]
async fn case_184_the_commonest_and_the_obvious_are_refused_wherever_a_password_is_set() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = agent.get(&app.at("/account")).await.follow_all().await;
    app.sign_in(page, ALICE).await.follow_all().await;
    let change = agent.get(&app.at("/account/password")).await.form("#change-password-form");
    refuses("register", app.registration_form(&Agent::new(), "alice@other.example.com").await)
        .await;
    refuses("setup", app.setup_form().await.fill("email", "alice@www.example.com")).await;
    refuses("change", change.fill("current_password", PASSWORD)).await;
    refuses("link", app.password_form(ALICE).await).await;
}

async fn refuses(place: &str, form: Form) {
    for password in REFUSED {
        let page = form.clone().fill("password", password).submit().await;
        assert_eq!(page.status, 400, "{place} {password}: {}", page.summary());
        let reason = page.text("#password-problem");
        assert!(reason.contains("easy to guess") || reason.contains("little more"), "{reason}");
    }
    let page = form.fill("password", "snails on a tandem").submit().await;
    assert!(!page.status.is_client_error(), "{place}: {}", page.summary());
}

#[tokio::test]
async fn a_name_and_a_username_are_context_as_well() {
    let app = TestApp::start();
    let form = app.registration_form(&Agent::new(), "w@example.net").await;
    let form = form.fill("name", "Wilhelmina Quix").fill("username", "tangerine-tree");
    for password in ["wilhelmina", "Quix12345678", "wilhelmina.quix!", "TangerineTree99"] {
        let page = form.clone().fill("password", password).submit().await;
        assert!(page.text("#password-problem").contains("little more"), "{password}");
    }
    assert!(is_taken(&form.fill("password", "a tree of glass").submit().await));
}

/// What nobody may choose about themselves, under every name that it might have somewhere.
const FORBIDDEN: [(&str, &str); 22] = [
    ("role", "administrator"),
    ("roles", "administrator"),
    ("roles[]", "administrator"),
    ("is_admin", "true"),
    ("admin", "1"),
    ("permissions", "users.write"),
    ("email_verified", "true"),
    ("verified", "on"),
    ("phone_number_verified", "true"),
    ("id", "00000000-0000-7000-8000-000000000001"),
    ("user_id", "00000000-0000-7000-8000-000000000001"),
    ("sub", "chosen-subject"),
    ("subject", "chosen-subject"),
    ("tenant", "other"),
    ("mfa", "off"),
    ("acr", "urn:latchkey:acr:2fa"),
    ("amr", "mfa"),
    ("auth_time", "4102444800"),
    ("status", "active"),
    ("created_at", "2000-01-01T00:00:00Z"),
    ("password_phc", "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"),
    ("first_party", "true"),
];

fn with_everything(form: Form) -> Form {
    FORBIDDEN.iter().fold(form, |form, (name, value)| form.set(name, value))
}

/// `latchkey user show`.
fn shown(app: &TestApp, who: &str) -> Value {
    let mut command = app.command(&["user", "show", who, "--json"]);
    let output = command.output().unwrap();
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(out).unwrap_or_else(|_| panic!("{err}"))
}

/// Everything that must be as it was made.
fn assert_plain(shown: &Value, roles: &Value) {
    assert_eq!(&shown["roles"], roles, "{shown:#}");
    assert_eq!(shown["status"], "active", "{shown:#}");
    assert_eq!(shown["phone_number_verified"], false, "{shown:#}");
    let text = shown.to_string();
    for stray in ["chosen-subject", "7000-8000-000000000001", "2000-01-01"] {
        assert!(!text.contains(stray), "{shown:#}");
    }
}

#[tokio::test]
async fn case_188_302_no_form_takes_more_than_its_fields() {
    let app = TestApp::start();
    let client = app.client(app.registration("notes").scopes("openid profile email roles")).await;
    let request = authorization_request(&client).with("scope", "openid profile email roles");

    // Registration, on the way through a flow, then the consent page.
    let agent = Agent::new();
    let page = app.authorize(&agent, &request).await.follow_all().await;
    let register = page.click("#create-account-link").await;
    let form = register.form("#register-form").fill("email", ALICE).fill("password", PASSWORD);
    let confirm = with_everything(form).submit().await.follow_all().await;
    let form = confirm.form("#code-form").fill("code", &app.mailed_code(ALICE).await);
    let consent = with_everything(form).submit().await.follow_all().await;
    let answered = with_everything(consent.form("#allow")).submit().await;
    let code = app.to_relying_party(answered).await.location_param("code").unwrap();
    let tokens = app.token(&client, &crate::support::flow::code_request(&client, &code)).await;
    let id_token = claims(tokens.json()["id_token"].as_str().unwrap());
    assert_eq!(id_token["acr"], "urn:latchkey:acr:2fa");
    assert_eq!(id_token["amr"], json!(["pwd", "otp", "mfa"]));
    let registered = shown(&app, ALICE);
    assert_plain(&registered, &json!([]));
    assert_eq!(registered["email_verified"], true);

    // The account pages and the login page, by somebody who is there already.
    for (path, form) in
        [("/account/details", "#details-form"), ("/account/password", "#change-password-form")]
    {
        let form = agent.get(&app.at(path)).await.form(form);
        let form = if path == "/account/password" {
            form.fill("current_password", PASSWORD).fill("password", "snails on a tandem")
        } else {
            form.fill("nickname", "Al")
        };
        app.clock.advance(chrono::TimeDelta::microseconds(1));
        assert_eq!(with_everything(form).submit().await.status, 303, "{path}");
    }
    let other = Agent::new();
    let login = other.get(&app.at("/login")).await.follow_all().await;
    let form = login.form("#login-form").fill("identifier", ALICE);
    let form = with_everything(form.fill("password", "snails on a tandem"));
    assert_eq!(form.submit().await.status, 303);
    let changed = shown(&app, ALICE);
    assert_plain(&changed, &json!([]));
    assert_eq!(changed["nickname"], "Al");
    for same in ["id", "subject", "email", "email_verified", "username", "created_at"] {
        assert_eq!(changed[same], registered[same], "{same}");
    }
    let page = app.authorize(&other, &request).await;
    let code = app.to_relying_party(page).await.location_param("code").unwrap();
    let tokens = app.token(&client, &crate::support::flow::code_request(&client, &code)).await;
    let told = app.userinfo(tokens.json()["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told["sub"], registered["subject"]);
    assert_eq!((&told["email_verified"], &told["roles"]), (&json!(true), &json!([])), "{told:#}");

    // A link, and the first administrator, who is one by the link and nothing else.
    let set = with_everything(app.password_form(ALICE).await.fill("password", PASSWORD));
    assert_eq!(set.submit().await.status, 200);
    assert_plain(&shown(&app, ALICE), &json!([]));
    let setup = app.setup_form().await.fill("email", "admin@example.com").fill("name", "Ada");
    assert_eq!(with_everything(setup.fill("password", PASSWORD)).submit().await.status, 303);
    let administrator = shown(&app, "admin@example.com");
    assert_plain(&administrator, &json!(["administrator"]));
    assert_eq!(administrator["email_verified"], false);
}

#[tokio::test]
async fn case_190_no_default_password_gets_in_and_setting_up_needs_the_link() {
    let app = TestApp::start();
    for (name, password) in [
        ("admin", "admin"),
        ("admin", "password"),
        ("administrator", "administrator"),
        ("root", "root"),
        ("latchkey", "latchkey"),
        ("admin@localhost", "changeme"),
        ("admin@example.com", "admin"),
        ("demo@example.com", "demo"),
    ] {
        assert!(!app.signs_in(name, password).await, "{name}");
    }
    for path in ["/setup", "/setup?token=", "/setup?token=setup", "/setup?token=null"] {
        let agent = Agent::new();
        assert_eq!(agent.get(&app.at(path)).await.status, 400, "{path}");
        let fields = [("email", "mallory@example.com"), ("password", PASSWORD)];
        assert!(agent.post(&app.at(path), &fields).await.status.is_client_error(), "{path}");
    }
    assert!(app.node().identity().list_users(None, 10, None).await.unwrap().is_empty());
    // Called again, also when the first administrator is gone: the link works once for ever.
    let form = app.setup_form().await.fill("email", "first@example.com").fill("password", PASSWORD);
    assert_eq!(form.submit().await.status, 303);
    let first = app.node().identity().find_user("first@example.com").await.unwrap().unwrap();
    let again = form.clone().fill("email", "second@example.com");
    assert_eq!(again.submit().await.status, 400);
    let gone = format!("UPDATE users SET status = 'disabled' WHERE id = '{}'", first.user.id);
    sql_query(gone).execute(&mut app.raw()).unwrap();
    assert_eq!(again.submit().await.status, 400);
    let context = RequestContext::default();
    let link = app.node().identity().create_setup_link(Actor::Operator, &context).await;
    assert!(link.is_err(), "there is no second one");
}
