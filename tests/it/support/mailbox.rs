//! What was mailed, where mail stays in the database, as under `latchkey dev`.

use latchkey::mail::Outbox;
use latchkey::mail::outbox::KeptLetter;
use latchkey::storage::Db;

use super::agent::Page;
use super::app::TestApp;

/// All letters, the newest first.
pub async fn letters(db: &Db, outbox: &Outbox) -> Vec<KeptLetter> {
    let outbox = outbox.clone();
    let kept = db.load(move |tx| outbox.kept(tx, 10_000)).await.unwrap();
    kept.into_iter().map(Result::unwrap).collect()
}

/// The digits in a letter, which stand in two groups where one reads from left to right.
pub fn code(letter: &KeptLetter) -> Option<String> {
    let is_code = |line: &String| line.len() == 6 && line.bytes().all(|c| c.is_ascii_digit());
    letter.text.lines().map(|line| line.trim().replacen(' ', "", 1)).find(is_code)
}

/// The link in a letter.
pub fn link(letter: &KeptLetter) -> Option<String> {
    let is_link = |line: &&str| line.starts_with("http") && line.contains("?token=");
    letter.text.lines().map(str::trim).find(is_link).map(str::to_owned)
}

/// Six digits that are not these.
pub fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

impl TestApp {
    /// What was mailed to an address, the newest first.
    pub async fn letters(&self, to: &str) -> Vec<KeptLetter> {
        let identity = self.node().identity();
        let mut all = letters(self.node().db(), identity.outbox()).await;
        all.retain(|letter| letter.record.recipient == to);
        all
    }

    /// The code that was mailed last.
    pub async fn mailed_code(&self, to: &str) -> String {
        self.letters(to).await.iter().find_map(code).expect("a mail with a code")
    }

    /// The link that was mailed last.
    pub async fn mailed_link(&self, to: &str) -> String {
        self.letters(to).await.iter().find_map(link).expect("a mail with a link")
    }

    /// Signs in on this login page by a mailed code, as far as that goes.
    pub async fn by_mail(&self, login: Page, email: &str) -> Page {
        // So that the newest letter is known.
        self.clock.advance(chrono::TimeDelta::milliseconds(1));
        let to = self.at(&login.attribute("#email-code", "formaction").unwrap());
        let form = login.form("#login-form").fill("identifier", email).to(&to);
        let page = form.submit().await.follow_all().await;
        let code = self.mailed_code(email).await;
        page.form("#code-form").fill("code", &code).submit().await.follow_all().await
    }

    /// Goes on from the registration form that was sent: types the code that was mailed.
    pub async fn confirm_address(&self, registered: Page, email: &str) -> Page {
        let page = registered.follow_all().await;
        assert!(page.has("#code-form"), "{}", page.summary());
        page.form("#code-form").fill("code", &self.mailed_code(email).await).submit().await
    }
}
