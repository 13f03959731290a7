//! Whole sign-ins to the account pages, from the login page on, with each way to prove who one is.

use std::sync::{Mutex, PoisonError};

use crate::Outcome;
use crate::authenticator::Bent;
use crate::client::Connection;
use crate::drive::{Done, Turn};
use crate::enrolled::{Enrolled, Has, answer_question, code, steps};
use crate::operations::Mark;
use crate::post_office::PostOffice;
use crate::yardstick::Yardstick;

/// People of each client, who take turns: each may spend a code of an app for each step of time.
const EACH: usize = 4;

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    Password,
    App,
    RecoveryCode,
    MailedCode,
    MailedLink,
    Passkey,
}

impl Factor {
    /// In the order in which they are measured.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::App,
        Self::RecoveryCode,
        Self::MailedCode,
        Self::MailedLink,
        Self::Passkey,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::App => "password and app",
            Self::RecoveryCode => "password, recovery code",
            Self::MailedCode => "mailed code",
            Self::MailedLink => "mailed link",
            Self::Passkey => "passkey",
        }
    }

    /// What it cannot do without; with mail that is nothing, so it stands beside a signature.
    pub fn mark(self) -> Mark {
        let yardstick = match self {
            Self::Password | Self::App | Self::RecoveryCode => Yardstick::Argon2,
            Self::MailedCode | Self::MailedLink => Yardstick::Signature,
            Self::Passkey => Yardstick::Verification,
        };
        Mark { yardstick, each: 1.0, at_least: None }
    }

    /// The people of as many clients.
    pub fn people(self, office: &PostOffice, clients: usize) -> Outcome<Vec<Mutex<Vec<Enrolled>>>> {
        let mut connection = office.connect()?;
        let mut somebody = || match self {
            Self::App | Self::RecoveryCode => {
                Enrolled::with_app(office, &mut connection, self == Self::RecoveryCode)
            }
            Self::Passkey => Enrolled::with_passkey(office, &mut connection),
            Self::Password | Self::MailedCode | Self::MailedLink => Err("nobody is needed".into()),
        };
        let count = match self {
            Self::App | Self::RecoveryCode => EACH,
            Self::Passkey => 1,
            Self::Password | Self::MailedCode | Self::MailedLink => 0,
        };
        let mut all = || (0..count).map(|_| somebody()).collect::<Outcome<Vec<_>>>();
        (0..clients).map(|_| Ok(Mutex::new(all()?))).collect()
    }

    /// What one of several clients does again and again, with people of its own.
    pub fn turn<'a>(
        self,
        office: &'a PostOffice<'_>,
        people: &'a Mutex<Vec<Enrolled>>,
    ) -> Turn<'a> {
        let mut turns = 0;
        Box::new(move |connection| {
            turns += 1;
            match self {
                Self::Password => password(office, connection)?,
                Self::MailedCode => mailed_code(office, connection)?,
                Self::MailedLink => mailed_link(office, connection)?,
                Self::App | Self::RecoveryCode | Self::Passkey => {
                    let mut people = people.lock().unwrap_or_else(PoisonError::into_inner);
                    let next = turns % people.len();
                    if people[next].is_spent() {
                        renew(office, &mut people)?;
                    }
                    people[next].sign_in(office, connection)?;
                }
            }
            Ok(Done::Once)
        })
    }
}

fn password(office: &PostOffice, connection: &mut Connection) -> Outcome<()> {
    office.browser().give_password(connection, &office.somebody())?.signed_in()
}

fn mailed_code(office: &PostOffice, connection: &mut Connection) -> Outcome<()> {
    let (mut browser, email) = (office.browser(), office.somebody());
    let page = browser.login_page(connection)?;
    let form = [("csrf", page.csrf()?), ("identifier", email.as_str()), ("password", "")];
    let path = page.attribute("email-code", "formaction")?;
    let answer = browser.post(connection, path, &form)?.expect(303)?;
    let page = browser.follow(connection, answer)?.expect(200)?;
    let code = office.sink.way_in(&email)?;
    let form = [("csrf", page.csrf()?), ("code", code.as_str())];
    let answer = browser.post(connection, page.action("code-form")?, &form)?;
    browser.follow(connection, answer)?.signed_in()
}

fn mailed_link(office: &PostOffice, connection: &mut Connection) -> Outcome<()> {
    let (mut browser, email) = (office.browser(), office.somebody());
    let page = browser.login_page(connection)?;
    let form = [("csrf", page.csrf()?), ("email", email.as_str()), ("send", "link")];
    let path = page.attribute("email-code", "formaction")?;
    let answer = browser.post(connection, path, &form)?.expect(303)?;
    browser.follow(connection, answer)?.expect(200)?;
    let link = office.sink.way_in(&email)?;
    let answer = browser.get(connection, &link)?;
    let page = browser.follow(connection, answer)?.expect(200)?;
    let form = [("csrf", page.csrf()?)];
    let answer = browser.post(connection, page.action("mailed-link-form")?, &form)?;
    browser.follow(connection, answer)?.signed_in()
}

impl Enrolled {
    /// Whether what they have is used up for now.
    fn is_spent(&self) -> bool {
        match &self.has {
            Has::App(_, next) => next > steps().end(),
            Has::RecoveryCodes(codes, used) => *used == codes.len(),
            Has::Passkey(_) => false,
        }
    }

    fn sign_in(&mut self, office: &PostOffice, connection: &mut Connection) -> Outcome<()> {
        let Self { email, browser, has } = self;
        let answer = match has {
            Has::App(totp, next) => {
                let page = browser.give_password(connection, email)?.expect(200)?;
                let step = *steps().start().max(next);
                *next = step + 1;
                let form = [("csrf", page.csrf()?), ("code", &code(totp, step)?)];
                browser.post(connection, page.action("second-factor-form")?, &form)?
            }
            Has::RecoveryCodes(codes, used) => {
                let page = browser.give_password(connection, email)?.expect(200)?;
                let way = page.between("href=\"/second-factor/recovery-code", "\"")?;
                let way = format!("/second-factor/recovery-code{way}");
                let page = browser.get(connection, &way)?.expect(200)?;
                let form = [("csrf", page.csrf()?), ("code", codes[*used].as_str())];
                *used += 1;
                browser.post(connection, page.action("second-factor-form")?, &form)?
            }
            Has::Passkey(key) => {
                let origin = format!("http://{}", office.installation.host());
                let page = browser.login_page(connection)?;
                let answer = |options: &_| key.get(options, &origin, &Bent::default());
                answer_question(browser, connection, &page, answer)?
            }
        };
        browser.follow(connection, answer)?.signed_in()?;
        browser.sign_out();
        Ok(())
    }
}

/// Gives everybody back what they have used, past the server: nobody could sign in so often otherwise.
fn renew(office: &PostOffice, people: &mut [Enrolled]) -> Outcome<()> {
    let emails: Vec<_> = people.iter().map(|it| format!("'{}'", it.email)).collect();
    let whose = format!(
        "user_id IN (SELECT user_id FROM addresses WHERE canonical IN ({}))",
        emails.join(", ")
    );
    let spent = format!("UPDATE authenticators SET last_step = 0 WHERE {whose}");
    let used = format!("UPDATE recovery_codes SET used_at = NULL WHERE {whose}");
    office.execute(&format!("{spent}; {used}"))?;
    for person in people {
        match &mut person.has {
            Has::App(_, next) => *next = 0,
            Has::RecoveryCodes(_, used) => *used = 0,
            Has::Passkey(_) => {}
        }
    }
    Ok(())
}
