//! A person's browser that keeps its cookies and follows where it is sent.

use std::collections::BTreeMap;

use crate::Outcome;
use crate::client::{Answer, Connection, get, post};
use crate::sign_in::PASSWORD;

/// Where everybody ends up who has signed in without an app.
const ACCOUNT: &str = "/account";

/// A browser.
pub struct Browser {
    host: String,
    cookies: BTreeMap<String, String>,
}

/// What it shows.
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it is sent on to.
    pub location: Option<String>,
    /// The document.
    pub body: String,
}

impl Browser {
    /// A new one.
    pub fn new(host: String) -> Self {
        Self { host, cookies: BTreeMap::new() }
    }

    /// Forgets everything but what accounts know it by.
    pub fn sign_out(&mut self) {
        self.cookies.retain(|name, _| name.ends_with("-device"));
    }

    /// Opens a page.
    pub fn get(&mut self, connection: &mut Connection, path: &str) -> Outcome<Page> {
        let cookies = self.cookies();
        let answer = connection.send(&get(&self.host, path, &[("Cookie", &cookies)]))?;
        Ok(self.take(answer))
    }

    /// The bytes of a form that it would send.
    pub fn form(&self, path: &str, form: &[(&str, &str)]) -> Vec<u8> {
        let (cookies, origin) = (self.cookies(), format!("http://{}", self.host));
        post(&self.host, path, &[("Cookie", &cookies), ("Origin", &origin)], form)
    }

    /// Sends a form.
    pub fn post(
        &mut self,
        connection: &mut Connection,
        path: &str,
        form: &[(&str, &str)],
    ) -> Outcome<Page> {
        let request = self.form(path, form);
        let answer = connection.send(&request)?;
        Ok(self.take(answer))
    }

    /// Goes where it is sent, up to a page, or to the account's, which is not opened.
    pub fn follow(&mut self, connection: &mut Connection, mut page: Page) -> Outcome<Page> {
        while let Some(path) = page.location.take_if(|path| *path != ACCOUNT) {
            page = self.get(connection, &path)?;
        }
        Ok(page)
    }

    /// The login page of a new sign-in.
    pub fn login_page(&mut self, connection: &mut Connection) -> Outcome<Page> {
        let page = self.get(connection, "/login")?;
        self.follow(connection, page)?.expect(200)
    }

    /// Gives the right password, and goes to what comes next.
    pub fn give_password(&mut self, connection: &mut Connection, email: &str) -> Outcome<Page> {
        let page = self.login_page(connection)?;
        let form = [("csrf", page.csrf()?), ("identifier", email), ("password", PASSWORD)];
        let answer = self.post(connection, page.action("login-form")?, &form)?.expect(303)?;
        self.follow(connection, answer)
    }

    fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn take(&mut self, answer: Answer<'_>) -> Page {
        for (name, value) in answer.cookies().filter_map(|cookie| cookie.split_once('=')) {
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.location().ok().map(str::to_owned);
        Page { status: answer.status, location, body: answer.body.to_owned() }
    }
}

impl Page {
    /// The page itself if it has this status.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status { Ok(self) } else { Err(self.unexpected()) }
    }

    /// Somebody is signed in.
    pub fn signed_in(self) -> Outcome<()> {
        match self.location.as_deref() {
            Some(ACCOUNT) => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    /// The hidden field `csrf`.
    pub fn csrf(&self) -> Outcome<&str> {
        self.between("name=\"csrf\" value=\"", "\"")
    }

    /// Where a form goes.
    pub fn action(&self, form: &str) -> Outcome<&str> {
        self.attribute(form, "action")
    }

    /// An attribute of the element with this id, behind the id.
    pub fn attribute(&self, id: &str, name: &str) -> Outcome<&str> {
        let (id, name) = (format!(" id=\"{id}\""), format!(" {name}=\""));
        let element = self.body.split_once(&id).and_then(|(_, rest)| rest.split('>').next());
        let value =
            element.and_then(|it| it.split_once(&name)).and_then(|(_, it)| it.split('"').next());
        value.ok_or_else(|| self.unexpected())
    }

    /// What stands between these two.
    pub fn between(&self, before: &str, after: &str) -> Outcome<&str> {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.map(|(text, _)| text).ok_or_else(|| self.unexpected())
    }

    fn unexpected(&self) -> Box<dyn std::error::Error + Send + Sync> {
        let body: String = self.body.chars().take(600).collect();
        format!("an unexpected page: {} {:?}\n\n{body}", self.status, self.location).into()
    }
}
