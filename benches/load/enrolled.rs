//! People with an authenticator app, with recovery codes or with a passkey, who have added it on their
//! account pages.

use latchkey::http::pages::account::passkeys;
use latchkey::kernel::env::Env;
use serde_json::Value;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::Outcome;
use crate::authenticator::{Authenticator, Bent};
use crate::browser::{Browser, Page};
use crate::client::Connection;
use crate::post_office::PostOffice;

/// Seconds that a code of an app is shown for.
const STEP: i64 = 30;

/// Somebody with a browser that their account knows.
pub struct Enrolled {
    /// The address.
    pub email: String,
    /// The browser, signed out.
    pub browser: Browser,
    /// What they have.
    pub has: Has,
}

/// What somebody has beside a password.
pub enum Has {
    /// An app, and which of its codes comes next.
    App(Totp, i64),
    /// Recovery codes, and how many were used.
    RecoveryCodes(Vec<String>, usize),
    /// A passkey.
    Passkey(Box<Authenticator>),
}

impl Enrolled {
    /// Somebody new with an app; with recovery codes in its place if these are wanted.
    pub fn with_app(
        office: &PostOffice,
        connection: &mut Connection,
        recovery_codes: bool,
    ) -> Outcome<Self> {
        let (email, mut browser) = signed_in(office, connection)?;
        let new = "/account/security/apps/new";
        let page = browser.get(connection, new)?.expect(200)?;
        let form = [("csrf", page.csrf()?), ("name", "Phone")];
        let page = browser.post(connection, page.action("name-form")?, &form)?.expect(200)?;
        let totp = scanned(page.between("id=\"secret\" dir=\"ltr\">", "<")?)?;
        let code = code(&totp, now() / STEP)?;
        let app = page.between("name=\"authenticator\" value=\"", "\"")?;
        let form = [("csrf", page.csrf()?), ("authenticator", app), ("code", code.as_str())];
        browser.post(connection, page.action("confirm-app-form")?, &form)?.expect(303)?;
        let has = if recovery_codes {
            Has::RecoveryCodes(made_codes(&mut browser, connection)?, 0)
        } else {
            Has::App(totp, i64::MAX)
        };
        browser.sign_out();
        Ok(Self { email, browser, has })
    }

    /// Somebody new with a passkey.
    pub fn with_passkey(office: &PostOffice, connection: &mut Connection) -> Outcome<Self> {
        let (email, mut browser) = signed_in(office, connection)?;
        let page = browser.get(connection, passkeys::ADD)?.expect(200)?;
        let mut key = Authenticator::new();
        let origin = format!("http://{}", office.installation.host());
        let answer = |options: &Value| key.create(options, &origin, &Bent::default());
        answer_question(&mut browser, connection, &page, answer)?.expect(303)?;
        browser.sign_out();
        Ok(Self { email, browser, has: Has::Passkey(Box::new(key)) })
    }
}

/// What a browser's script does with the form for passkeys: asks, and sends the authenticator's answer.
pub fn answer_question(
    browser: &mut Browser,
    connection: &mut Connection,
    page: &Page,
    answer: impl FnOnce(&Value) -> String,
) -> Outcome<Page> {
    let csrf = page.csrf()?;
    let asked = browser
        .post(connection, page.attribute("passkey-form", "data-options")?, &[("csrf", csrf)])?
        .expect(200)?;
    let asked: Value = serde_json::from_str(&asked.body)?;
    let ceremony = asked["ceremony"].as_str().ok_or("a challenge without a name")?;
    let credential = answer(&asked["publicKey"]);
    let form = [("csrf", csrf), ("ceremony", ceremony), ("credential", credential.as_str())];
    browser.post(connection, page.action("passkey-form")?, &form)
}

/// The steps whose codes are taken now.
pub fn steps() -> std::ops::RangeInclusive<i64> {
    let step = now() / STEP;
    step - 1..=step + 1
}

/// What an app shows in a step.
pub fn code(totp: &Totp, step: i64) -> Outcome<String> {
    Ok(totp.generate(u64::try_from(step * STEP)?).to_string())
}

fn now() -> i64 {
    Env::system().now().timestamp()
}

fn scanned(key: &str) -> Outcome<Totp> {
    let told = |error: &dyn std::fmt::Display| format!("no key of an app: {error}");
    let secret = Secret::try_from_base32(key.replace(' ', "")).map_err(|error| told(&error))?;
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6);
    let totp = totp.with_step_duration(30).with_skew(0).with_secret(secret);
    Ok(totp.build().map_err(|error| told(&error))?)
}

fn signed_in(office: &PostOffice, connection: &mut Connection) -> Outcome<(String, Browser)> {
    let (email, mut browser) = (office.somebody(), office.browser());
    browser.give_password(connection, &email)?.signed_in()?;
    Ok((email, browser))
}

fn made_codes(browser: &mut Browser, connection: &mut Connection) -> Outcome<Vec<String>> {
    let page = browser.get(connection, "/account/security/recovery-codes")?.expect(200)?;
    let form = [("csrf", page.csrf()?)];
    let page = browser.post(connection, page.action("make-codes-form")?, &form)?.expect(200)?;
    let codes = page.between("name=\"codes\" value=\"", "\"")?;
    Ok(codes.split_whitespace().map(str::to_owned).collect())
}
