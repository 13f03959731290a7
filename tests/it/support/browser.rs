//! Headless Chromium, driven through a chromedriver of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// How long a page or an element may take to appear. Generous: machines of tests are busy.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often is looked.
const PERIOD: Duration = Duration::from_millis(50);
/// The levels claimed: WCAG 2.2 A and AA.
const WCAG: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// How a browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct BrowserOptions {
    pub javascript: bool,
    /// `prefers-color-scheme: dark`.
    pub dark: bool,
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// What `Accept-Language` asks for.
    pub language: &'static str,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self { javascript: true, dark: false, width: 1280, height: 900, language: "en" }
    }
}

/// A browser with a fresh profile, gone when dropped.
pub struct Browser {
    /// The `WebDriver` client, for what has no method here.
    pub client: Client,
    _driver: Driver,
    options: BrowserOptions,
}

impl Browser {
    pub async fn start(options: BrowserOptions) -> Self {
        let mut driver = Driver::start();
        let profile = driver.profile.path().join("profile");
        let mut arguments: Vec<String> = [
            "headless",
            "no-sandbox",
            "disable-gpu",
            "disable-quic",
            "disable-dev-shm-usage",
            "no-first-run",
            "no-proxy-server",
            // Nothing but this machine exists, so a page that wants more fails at once.
            "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            // They would take their width from the page's, unlike those of a phone.
            "hide-scrollbars",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("user-data-dir={}", profile.display()));
        arguments.push(format!("window-size={},{}", options.width, options.height));
        let javascript = if options.javascript { 1 } else { 2 };
        let capabilities = json!({
            "timeouts": { "pageLoad": DEADLINE.as_millis() },
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {
                    "profile.managed_default_content_settings.javascript": javascript,
                    "intl.accept_languages": options.language,
                },
            },
        });
        let client = ClientBuilder::native()
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&driver.url())
            .await
            .expect("a session of chromium");
        driver.session = client.session_id().await.unwrap();
        let browser = Self { client, _driver: driver, options };
        browser.emulate().await;
        browser
    }

    /// Sets size and colours of the present tab; a new tab needs it again.
    pub async fn emulate(&self) {
        let BrowserOptions { width, height, dark, .. } = self.options;
        self.resize(width, height).await;
        let scheme = if dark { "dark" } else { "light" };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
    }

    /// Gives the present tab another size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
    }

    /// Lets the present tab load nothing that matches one of the patterns.
    pub async fn block(&self, patterns: &[&str]) {
        self.cdp("Network.enable", json!({})).await;
        self.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        self.cdp("Network.setBlockedURLs", json!({ "urls": patterns })).await;
    }

    /// Sends a command of the Chrome `DevTools` Protocol.
    pub async fn cdp(&self, command: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(Cdp { command, parameters }).await.unwrap()
    }

    /// Keeps what is downloaded in this folder.
    pub async fn keep_downloads(&self, folder: &std::path::Path) {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder });
        self.cdp("Page.setDownloadBehavior", parameters).await;
    }

    /// Waits until a file was downloaded, and reads it.
    pub async fn downloaded(&self, file: &std::path::Path) -> String {
        let search = async {
            loop {
                // It has its name once it is complete.
                if let Ok(text) = std::fs::read_to_string(file) {
                    return text;
                }
                tokio::time::sleep(PERIOD).await;
            }
        };
        match tokio::time::timeout(DEADLINE, search).await {
            Ok(text) => text,
            Err(elapsed) => panic!("{elapsed}: no {} from {}", file.display(), self.page().await),
        }
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub async fn url(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// Waits until an element is there.
    pub async fn wait_for(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(DEADLINE).every(PERIOD);
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => panic!("no {selector} ({error}) on {}", self.page().await),
        }
    }

    /// Waits until the address satisfies the condition, and returns it.
    pub async fn wait_for_url(&self, condition: impl Fn(&Url) -> bool) -> Url {
        let search = async {
            loop {
                let url = self.url().await;
                if condition(&url) {
                    return url;
                }
                tokio::time::sleep(PERIOD).await;
            }
        };
        match tokio::time::timeout(DEADLINE, search).await {
            Ok(url) => url,
            Err(elapsed) => panic!("{elapsed}: still on {}", self.page().await),
        }
    }

    /// Whether the element is on the page now.
    pub async fn has(&self, selector: &str) -> bool {
        !self.client.find_all(Locator::Css(selector)).await.unwrap().is_empty()
    }

    /// Waits for an element and presses it.
    pub async fn click(&self, selector: &str) {
        self.wait_for(selector).await.click().await.unwrap();
    }

    /// Waits for a field, empties it and types.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.wait_for(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a file of this machine in a field for one.
    pub async fn choose(&self, selector: &str, file: &std::path::Path) {
        let field = self.wait_for(selector).await;
        field.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Waits for an element and reads its visible text.
    pub async fn text(&self, selector: &str) -> String {
        self.wait_for(selector).await.text().await.unwrap()
    }

    /// Runs the body of a function in the page and returns what it returns. The page's
    /// Content-Security-Policy does not apply to it.
    pub async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Whether the page is wider than the window.
    pub async fn scrolls_sideways(&self) -> bool {
        let script = "const e = document.documentElement; return e.scrollWidth > e.clientWidth";
        self.execute(script).await == json!(true)
    }

    /// Saves a picture of the whole page as `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        // Only where there is more than the window shows: otherwise Chromium takes a page written
        // right to left beside itself.
        let taller = "return document.documentElement.scrollHeight > innerHeight";
        let beyond = self.execute(taller).await;
        let whole = json!({ "format": "png", "captureBeyondViewport": beyond });
        let answer = self.cdp("Page.captureScreenshot", whole).await;
        let folder = root().join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        let picture = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
        std::fs::write(&path, picture).unwrap();
        path
    }

    /// What axe-core finds against WCAG 2.2 A and AA, a line each.
    pub async fn axe(&self) -> Vec<String> {
        let path = root().join("tests/node/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; `./dev test` installs it", path.display())
        });
        if !self.options.javascript {
            // Timers never fire where scripts are off; axe uses them only to yield.
            self.execute(
                "window.setTimeout = (f, _, ...a) => { Promise.resolve().then(() => f(...a)); }",
            )
            .await;
        }
        self.execute(&axe).await;
        let script = "const [tags, done] = arguments;
            axe.run(document, { runOnly: { type: 'tag', values: tags } }).then(
                (result) => done(result.violations.flatMap((violation) => violation.nodes.map(
                    (node) => `${violation.id}: ${node.html}: ${node.failureSummary}`))),
                (error) => done([`axe: ${error}`]));";
        let lines = self.client.execute_async(script, vec![json!(WCAG)]).await.unwrap();
        serde_json::from_value(lines).unwrap()
    }

    /// Fails unless the page passes axe-core and does not scroll sideways.
    pub async fn assert_accessible(&self) {
        let findings = self.axe().await;
        assert!(findings.is_empty(), "{}:\n{}", self.url().await, findings.join("\n"));
        assert!(!self.scrolls_sideways().await, "{} scrolls sideways", self.url().await);
    }

    async fn page(&self) -> String {
        let source = self.client.source().await.unwrap_or_default();
        format!("{}\n{source}", self.url().await)
    }
}

/// One chromedriver process with one session.
struct Driver {
    process: Child,
    port: u16,
    session: Option<String>,
    profile: TempDir,
}

impl Driver {
    /// It draws a port for the one Internet protocol, and ends where that is taken in the other.
    fn start() -> Self {
        (0..5).find_map(|_| Self::try_start()).expect("chromedriver tells its port")
    }

    fn try_start() -> Option<Self> {
        let profile = TempDir::new().unwrap();
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            // Chromium leaves things beside its profile; all of it goes with this folder.
            .env("TMPDIR", profile.path())
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (`./dev test` does that)");
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = output.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // Reads on, since a full pipe would stop the process.
        std::thread::spawn(move || output.map_while(Result::ok).for_each(drop));
        let Some(port) = port else {
            // It has closed its output, and ends.
            let _ = process.wait();
            return None;
        };
        Some(Self { process, port, session: None, profile })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn request(&self, method: &str, path: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        // The answer comes when Chromium has gone; the connection stays open for longer.
        stream.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Driver {
    /// Closes Chromium through chromedriver, then ends chromedriver. Speaks HTTP by hand because
    /// there is no runtime to wait in while something is dropped.
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            // Whatever fails here, the process is ended below.
            let _ = self.request("DELETE", &format!("/session/{session}"));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// chromedriver's own command for the `DevTools` protocol.
#[derive(Debug)]
struct Cdp {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
