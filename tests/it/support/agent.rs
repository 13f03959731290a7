//! A browser without a screen: keeps cookies, fills in forms, follows redirects when told to.
//!
//! It does what browsers do where that matters for security: cookies are kept by host whatever the
//! port, `SameSite` is honoured, and a form carries the `Origin` and `Sec-Fetch-Site` that its page
//! would send.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use actix_web::cookie::{Cookie, SameSite, time::OffsetDateTime};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use url::{Origin, Url};

/// More redirects in a row than this are a loop.
const MAX_REDIRECTS: usize = 20;

/// One person's browser. Clones share their cookies.
#[derive(Clone)]
pub struct Agent {
    http: reqwest::Client,
    jar: Arc<Mutex<Vec<(String, Cookie<'static>)>>>,
    headers: HeaderMap,
}

impl Default for Agent {
    fn default() -> Self {
        Self::new()
    }
}

impl Agent {
    pub fn new() -> Self {
        Self::with(reqwest::Client::builder())
    }

    /// At the address `from`, of which this machine has many, reaching `host` at `to`, and trusting
    /// the certificates of `authority`, as PEM.
    pub fn elsewhere(from: IpAddr, host: &str, to: SocketAddr, authority: &[u8]) -> Self {
        let authority = reqwest::Certificate::from_pem(authority).unwrap();
        let http = reqwest::Client::builder().local_address(from).resolve(host, to);
        Self::with(http.add_root_certificate(authority))
    }

    fn with(http: reqwest::ClientBuilder) -> Self {
        let http = http
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A kept connection would not outlive a restart of the server.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("latchkey-test-agent"));
        Self { http, jar: Arc::default(), headers }
    }

    /// The same browser, sending this header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// Opens an address as if it had been typed in.
    pub async fn get(&self, url: &str) -> Page {
        self.navigate(Method::GET, url.parse().unwrap(), None, Vec::new()).await
    }

    /// Posts a form that is on no page: no `Origin`, and every cookie is sent.
    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Page {
        self.navigate(Method::POST, url.parse().unwrap(), None, owned(fields)).await
    }

    /// Posts a form that stands on a page of `origin`, another site for example.
    pub async fn post_from(&self, origin: &str, url: &str, fields: &[(&str, &str)]) -> Page {
        let initiator = Initiator { url: origin.parse().unwrap(), referrer_policy: String::new() };
        self.navigate(Method::POST, url.parse().unwrap(), Some(&initiator), owned(fields)).await
    }

    /// Posts a body of any type.
    pub async fn post_body(&self, url: &str, content_type: &str, body: &str) -> Page {
        let request = self.http.post(url).header(header::CONTENT_TYPE, content_type);
        let request = request.body(body.to_owned()).headers(self.headers.clone());
        self.answered(request, Method::POST, url.parse().unwrap(), None, Vec::new()).await
    }

    /// Sends a form in parts from a page of ours, with its cookies: fields of text, and the bytes of a
    /// file in the field `file`, which calls itself `kind`.
    pub async fn upload(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        (file, kind, bytes): (&str, &str, &[u8]),
    ) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let head = format!(
            "--XyZ\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"{file}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--XyZ--\r\n");
        let (method, url): (Method, Url) = (Method::POST, url.parse().unwrap());
        let request = self
            .http
            .post(url.clone())
            .header(header::COOKIE, self.cookies_for(&url, &method, None))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XyZ")
            .headers(self.headers.clone())
            .body(body);
        self.answered(request, method, url, None, Vec::new()).await
    }

    /// What a page of any site gets for a picture in it, with its header fields.
    pub async fn picture(
        &self,
        url: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = self.http.get(url).header("sec-fetch-dest", "image");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.headers(self.headers.clone()).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().to_vec())
    }

    /// Sends a request that no form can.
    pub async fn request(&self, method: &str, url: &str) -> Page {
        let method = method.parse().unwrap();
        self.navigate(method, url.parse().unwrap(), None, Vec::new()).await
    }

    /// What a script on a page of `origin` sends with its cookies, which are there where both are one
    /// site; `sent` are further headers, and the body is JSON unless they say otherwise.
    pub async fn call(
        &self,
        method: &str,
        origin: Option<&str>,
        url: &str,
        sent: &[(&'static str, &str)],
        body: Option<&str>,
    ) -> Page {
        let (method, url): (Method, Url) = (method.parse().unwrap(), url.parse().unwrap());
        let initiator = origin
            .and_then(|origin| origin.parse().ok())
            .map(|url| Initiator { url, referrer_policy: String::new() });
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, text: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(text).unwrap());
        };
        if body.is_some() {
            put("content-type", "application/json");
        }
        if let Some(origin) = origin {
            put("origin", origin);
        }
        let cookies = self.cookies_for(&url, &method, initiator.as_ref());
        if !cookies.is_empty() {
            put("cookie", &cookies);
        }
        put("accept", "application/json");
        for (name, value) in sent {
            put(name, value);
        }
        let request = self.http.request(method.clone(), url.clone()).headers(self.headers.clone());
        let request = request.headers(headers).body(body.unwrap_or_default().to_owned());
        self.answered(request, method, url, initiator.as_ref(), Vec::new()).await
    }

    /// Another browser of the same kind: no cookies yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { jar: Arc::default(), ..self.clone() }
    }

    /// The browser with the cookies that it has now. Those that it gets from here on are its own: so a
    /// browser that leaves a page before the answer knows nothing of what that answer sets.
    #[must_use]
    pub fn copy(&self) -> Self {
        let jar = self.jar.lock().unwrap().clone();
        Self { jar: Arc::new(Mutex::new(jar)), ..self.clone() }
    }

    /// The value of a cookie.
    pub fn cookie(&self, host: &str, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap();
        let (_, cookie) = jar.iter().find(|(of, cookie)| of == host && cookie.name() == name)?;
        Some(cookie.value().to_owned())
    }

    /// All cookies of a host with their attributes, as they were set.
    pub fn cookies(&self, host: &str) -> Vec<Cookie<'static>> {
        let jar = self.jar.lock().unwrap();
        jar.iter().filter(|(of, _)| of == host).map(|(_, cookie)| cookie.clone()).collect()
    }

    /// Puts a cookie there, or replaces it, as a `Set-Cookie` header of `host` would.
    pub fn set_cookie(&self, host: &str, set_cookie: &str) {
        let cookie = Cookie::parse(set_cookie.to_owned()).unwrap();
        let mut jar = self.jar.lock().unwrap();
        jar.retain(|(of, old)| {
            of != host || old.name() != cookie.name() || old.path() != cookie.path()
        });
        let gone = cookie.max_age().is_some_and(|age| !age.is_positive())
            || cookie.expires_datetime().is_some_and(|at| at <= OffsetDateTime::UNIX_EPOCH);
        if !gone {
            jar.push((host.to_owned(), cookie));
        }
    }

    async fn navigate(
        &self,
        method: Method,
        url: Url,
        initiator: Option<&Initiator>,
        fields: Vec<(String, String)>,
    ) -> Page {
        let mut request = self.http.request(method.clone(), url.clone());
        let cookies = self.cookies_for(&url, &method, initiator);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        request = request.header("sec-fetch-mode", "navigate").header(
            "sec-fetch-site",
            match initiator {
                None => "none",
                Some(from) if from.url.origin() == url.origin() => "same-origin",
                Some(from) if site(&from.url) == site(&url) => "same-site",
                Some(_) => "cross-site",
            },
        );
        if method == Method::POST {
            if let Some(initiator) = initiator {
                request = request.header(header::ORIGIN, initiator.origin_towards(&url.origin()));
            }
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(serde_urlencoded::to_string(&fields).unwrap());
        }
        // Last, so that a test can replace what a browser would send.
        let request = request.headers(self.headers.clone());
        self.answered(request, method, url, initiator, fields).await
    }

    async fn answered(
        &self,
        request: reqwest::RequestBuilder,
        method: Method,
        url: Url,
        initiator: Option<&Initiator>,
        fields: Vec<(String, String)>,
    ) -> Page {
        let response = request.send().await.unwrap();
        for value in response.headers().get_all(header::SET_COOKIE) {
            self.set_cookie(url.host_str().unwrap(), value.to_str().unwrap());
        }
        Page {
            agent: self.clone(),
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
            url,
            method,
            fields,
            initiator: initiator.cloned(),
        }
    }

    fn cookies_for(&self, url: &Url, method: &Method, initiator: Option<&Initiator>) -> String {
        let cross_site = initiator.is_some_and(|from| site(&from.url) != site(url));
        let sent = |cookie: &Cookie<'_>| {
            let path = cookie.path().unwrap_or("/");
            let inside = url.path().strip_prefix(path);
            let on_path = inside.is_some_and(|rest| {
                path.ends_with('/') || rest.is_empty() || rest.starts_with('/')
            });
            let same_site = match cookie.same_site() {
                Some(SameSite::None) => true,
                Some(SameSite::Strict) => !cross_site,
                // Browsers treat a cookie without the attribute as Lax.
                Some(SameSite::Lax) | None => !cross_site || method == Method::GET,
            };
            on_path && same_site && (cookie.secure() != Some(true) || url.scheme() == "https")
        };
        let jar = self.jar.lock().unwrap();
        let pairs: Vec<String> = jar
            .iter()
            .filter(|(host, cookie)| Some(host.as_str()) == url.host_str() && sent(cookie))
            .map(|(_, cookie)| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        pairs.join("; ")
    }
}

/// The page a navigation began on.
#[derive(Clone)]
struct Initiator {
    url: Url,
    referrer_policy: String,
}

impl Initiator {
    /// The `Origin` header of a form (Fetch §3.2): a strict referrer policy hides even one's own.
    fn origin_towards(&self, target: &Origin) -> String {
        let hidden = match self.referrer_policy.as_str() {
            "no-referrer" => true,
            "same-origin" => self.url.origin() != *target,
            _ => false,
        };
        if hidden { "null".to_owned() } else { self.url.origin().ascii_serialization() }
    }
}

/// Scheme and host. The hosts of tests are `localhost` and addresses, which are a site each.
fn site(url: &Url) -> (String, String) {
    (url.scheme().to_owned(), url.host_str().unwrap_or_default().to_owned())
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// An answer.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The address that was asked.
    pub url: Url,
    agent: Agent,
    method: Method,
    fields: Vec<(String, String)>,
    initiator: Option<Initiator>,
}

impl Page {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the request was for an issuer under https, as a proxy passes it on.
    pub fn asked_for_https(&self) -> bool {
        self.agent.headers.get(header::HOST).is_some_and(|host| !host.as_bytes().contains(&b':'))
    }

    /// The cookies that the answer sets.
    pub fn set_cookies(&self) -> Vec<Cookie<'static>> {
        let values = self.headers.get_all(header::SET_COOKIE);
        values
            .iter()
            .map(|value| Cookie::parse(value.to_str().unwrap().to_owned()).unwrap())
            .collect()
    }

    /// Where the answer redirects to.
    pub fn location(&self) -> Url {
        let location = self.header("location");
        let location = location.unwrap_or_else(|| panic!("no redirect but {}", self.summary()));
        self.url.join(location).unwrap()
    }

    /// A parameter in the query of the address redirected to.
    pub fn location_param(&self, name: &str) -> Option<String> {
        let url = self.location();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}) but {}", self.summary()))
    }

    /// Whether something matches the selector.
    pub fn has(&self, selector: &str) -> bool {
        Html::parse_document(&self.body).select(&css(selector)).next().is_some()
    }

    /// The text of the first match, with runs of white space as one space.
    pub fn text(&self, selector: &str) -> String {
        let document = Html::parse_document(&self.body);
        let element = document.select(&css(selector)).next();
        let element = element.unwrap_or_else(|| panic!("no {selector} in {}", self.summary()));
        let text: String = element.text().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// An attribute of the first match.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let document = Html::parse_document(&self.body);
        document.select(&css(selector)).next()?.attr(name).map(str::to_owned)
    }

    /// The form that the selector names; or the form around what it names, such as a button, which
    /// is then the one pressed.
    pub fn form(&self, selector: &str) -> Form {
        let document = Html::parse_document(&self.body);
        let element = document.select(&css(selector)).next();
        let element = element.unwrap_or_else(|| panic!("no {selector} in {}", self.summary()));
        let is_form = |element: &ElementRef<'_>| element.value().name() == "form";
        let form = std::iter::once(element)
            .chain(element.ancestors().filter_map(ElementRef::wrap))
            .find(is_form)
            .unwrap_or_else(|| panic!("{selector} is in no form"));
        let mut fields = controls(form);
        if !is_form(&element)
            && let Some(name) = element.attr("name")
        {
            fields.push((name.to_owned(), element.attr("value").unwrap_or_default().to_owned()));
        }
        let with_name = css("[name]");
        let names = form.select(&with_name).filter_map(|control| control.attr("name"));
        Form {
            agent: self.agent.clone(),
            action: self.url.join(form.attr("action").unwrap_or_default()).unwrap(),
            post: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
            names: names.map(str::to_owned).collect(),
            fields,
            initiator: self.as_initiator(),
        }
    }

    /// Presses a link.
    pub async fn click(&self, selector: &str) -> Page {
        let href = self.attribute(selector, "href");
        let href = href.unwrap_or_else(|| panic!("no link {selector} in {}", self.summary()));
        let url = self.url.join(&href).unwrap();
        self.agent.navigate(Method::GET, url, Some(&self.as_initiator()), Vec::new()).await
    }

    /// Follows one redirect.
    pub async fn follow(&self) -> Page {
        // 307 and 308 repeat the form; everything else asks by GET (RFC 9110 §15.4).
        let (method, fields) = match self.status {
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                (self.method.clone(), self.fields.clone())
            }
            _ => (Method::GET, Vec::new()),
        };
        self.agent.navigate(method, self.location(), self.initiator.as_ref(), fields).await
    }

    /// Follows redirects to the first page that is none.
    pub async fn follow_all(self) -> Page {
        let mut page = self;
        for _ in 0..MAX_REDIRECTS {
            if !page.status.is_redirection() {
                return page;
            }
            page = page.follow().await;
        }
        panic!("redirects without end, the last to {}", page.location());
    }

    /// The status, the address and the body, for messages of failed tests.
    pub fn summary(&self) -> String {
        format!("{} {}\n{}", self.status, self.url, self.body)
    }

    fn as_initiator(&self) -> Initiator {
        let referrer_policy = self.header("referrer-policy").unwrap_or_default().to_owned();
        Initiator { url: self.url.clone(), referrer_policy }
    }
}

/// A form being filled in.
#[derive(Clone)]
pub struct Form {
    agent: Agent,
    action: Url,
    post: bool,
    names: Vec<String>,
    fields: Vec<(String, String)>,
    initiator: Initiator,
}

impl Form {
    /// Fills in a field that is on the form, or ticks the box of that name and value.
    #[must_use]
    pub fn fill(self, name: &str, value: &str) -> Self {
        assert!(
            self.names.iter().any(|known| known == name),
            "no field {name} in {:?}",
            self.names
        );
        self.set(name, value)
    }

    /// Sends this value whether or not the form has such a field.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// What a field holds now.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where the form goes.
    pub fn action(&self) -> &str {
        self.action.as_str()
    }

    /// Sends the form elsewhere.
    #[must_use]
    pub fn to(mut self, action: &str) -> Self {
        self.action = action.parse().unwrap();
        self
    }

    /// Sends the form from another browser.
    pub async fn submit_by(mut self, agent: &Agent) -> Page {
        self.agent = agent.clone();
        self.submit().await
    }

    /// Sends the form with a header that the browser would not send so.
    pub async fn submit_with_header(mut self, name: &'static str, value: &str) -> Page {
        self.agent = self.agent.with_header(name, value);
        self.submit().await
    }

    /// Sends the form. May be done twice, as by a double click.
    pub async fn submit(&self) -> Page {
        if self.post {
            let action = self.action.clone();
            let fields = self.fields.clone();
            return self.agent.navigate(Method::POST, action, Some(&self.initiator), fields).await;
        }
        let mut action = self.action.clone();
        action.set_query(Some(&serde_urlencoded::to_string(&self.fields).unwrap()));
        self.agent.navigate(Method::GET, action, Some(&self.initiator), Vec::new()).await
    }
}

/// What a browser would send for the form's controls as they stand (HTML §4.10.21.4).
fn controls(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for control in form.select(&css("input[name], select[name], textarea[name]")) {
        let name = control.attr("name").unwrap_or_default();
        if control.attr("disabled").is_some() {
            continue;
        }
        let value = match (control.value().name(), control.attr("type").unwrap_or("text")) {
            ("select", _) => {
                let chosen = control.select(&css("option[selected]")).next();
                let option = chosen.or_else(|| control.select(&css("option")).next());
                option.map(|option| match option.attr("value") {
                    Some(value) => value.to_owned(),
                    None => option.text().collect(),
                })
            }
            ("textarea", _) => Some(control.text().collect()),
            (_, "submit" | "button" | "image" | "reset" | "file") => None,
            (_, "checkbox" | "radio") => {
                control.attr("checked").map(|_| control.attr("value").unwrap_or("on").to_owned())
            }
            _ => Some(control.attr("value").unwrap_or_default().to_owned()),
        };
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    fields
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}
