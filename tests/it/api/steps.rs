//! Every step of a sign-in, through the API and through the pages: the same decisions.

use serde_json::json;

use super::{ALICE, FrontEnd, World, flow};
use crate::support::agent::{Agent, Form, Page};
use crate::support::flow::authorization_request;
use crate::support::mailbox::another;
use crate::support::people::PASSWORD;
use crate::support::second_factor::Phone;

const NEW: &str = "new@example.com";
const ABSENT: &str = "absent@example.com";
const CHANGED: &str = "a quite different one";

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// They open the front end, or the app, in a new browser.
    Open,
    Password(&'static str, &'static str),
    App {
        right: bool,
    },
    /// A recovery code: one of theirs, or none.
    Recovery(Option<usize>),
    SendCode(&'static str),
    Code {
        of: &'static str,
        right: bool,
    },
    Register(&'static str, &'static str),
    Confirm {
        of: &'static str,
        right: bool,
    },
    Forget(&'static str),
    /// With the link that was mailed, to this password.
    Reset(&'static str),
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    told: String,
    signed_in: bool,
    /// What is left of the budgets, and how long to wait.
    left: Option<String>,
    wait: Option<String>,
}

/// What somebody has at hand.
struct Things {
    phone: Option<Phone>,
    codes: Vec<String>,
    token: Option<String>,
}

async fn code_for(world: &World, of: &str, right: bool) -> String {
    let mailed = world.app.letters(of).await.iter().find_map(crate::support::mailbox::code);
    match (mailed, right) {
        (Some(code), true) => code,
        (Some(code), false) => another(&code),
        (None, _) => "123456".to_owned(),
    }
}

fn app_code(world: &World, phone: &Phone, right: bool) -> String {
    if right { phone.next_code(&world.app) } else { phone.wrong_code(&world.app) }
}

async fn token(world: &World, things: &mut Things) -> String {
    if things.token.is_none() {
        let link = world.app.mailed_link(ALICE).await;
        things.token = Some(link.split_once("token=").unwrap().1.to_owned());
    }
    things.token.clone().unwrap()
}

fn recovery(things: &Things, which: Option<usize>) -> String {
    which.map_or_else(|| "AAAAA-AAAAA".to_owned(), |n| things.codes[n].clone())
}

/// Through the API.
async fn by_api(world: &World, acts: &[Act], mut things: Things) -> Vec<Seen> {
    let mut front_end: FrontEnd<'_> = world.opened().await;
    let (mut flow_at, mut seen) = (None::<String>, vec![]);
    for act in acts {
        world.moment();
        let body = |mut body: serde_json::Value| {
            if let Some(flow) = &flow_at {
                body["flow"] = json!(flow);
            }
            body
        };
        let post = async |path: &str, body| front_end.post(path, body).await;
        let phone = || things.phone.as_ref().unwrap();
        let page = match *act {
            Act::Open => {
                front_end = world.opened().await;
                flow_at = None;
                continue;
            }
            Act::Password(identifier, password) => {
                post(
                    "/api/auth/login",
                    body(json!({ "identifier": identifier, "password": password })),
                )
                .await
            }
            Act::App { right } => {
                let code = app_code(world, phone(), right);
                post("/api/auth/totp", body(json!({ "code": code }))).await
            }
            Act::Recovery(which) => {
                let code = recovery(&things, which);
                post("/api/auth/recovery-code", body(json!({ "code": code }))).await
            }
            Act::SendCode(email) => {
                post("/api/auth/send-otp", body(json!({ "email": email }))).await
            }
            Act::Code { of, right } => {
                let code = code_for(world, of, right).await;
                post("/api/auth/verify-otp", body(json!({ "code": code }))).await
            }
            Act::Register(email, username) => {
                let typed = json!({ "email": email, "password": PASSWORD, "username": username });
                post("/api/auth/register", body(typed)).await
            }
            Act::Confirm { of, right } => {
                let code = code_for(world, of, right).await;
                post("/api/auth/verify-email", body(json!({ "code": code }))).await
            }
            Act::Forget(who) => {
                post("/api/auth/forgot-password", json!({ "identifier": who })).await
            }
            Act::Reset(password) => {
                let token = token(world, &mut things).await;
                post("/api/auth/reset-password", json!({ "token": token, "password": password }))
                    .await
            }
        };
        let told = match page.status.as_u16() {
            200 => page.json()["data"]["next"].as_str().unwrap_or("ok").to_owned(),
            429 => "wait".to_owned(),
            400 | 401 => "refused".to_owned(),
            _ => panic!("{act:?}: {}", page.summary()),
        };
        if page.status == 200 && page.json()["data"]["flow"].is_string() {
            flow_at = Some(flow(&page));
        } else if told == "done" {
            flow_at = None;
        }
        seen.push(Seen {
            told,
            signed_in: front_end.is_signed_in().await,
            left: page.header("ratelimit").map(str::to_owned),
            wait: page.header("retry-after").map(str::to_owned),
        });
    }
    seen
}

/// Where a browser comes to on the pages.
async fn place(mut page: Page) -> String {
    while page.status == 303 {
        if page.location_param("code").is_some() {
            return "done".to_owned();
        }
        page = page.follow().await;
    }
    match page.url.path() {
        "/login" => "password",
        "/login/code" => "mailed-code",
        "/register" => "register",
        "/register/confirm" => "verify-email",
        "/second-factor/app" => "totp",
        "/forgot-password/sent" => "ok",
        other => panic!("where is this? {other} {}", page.summary()),
    }
    .to_owned()
}

/// Through the pages, as the same client.
async fn by_pages(world: &World, acts: &[Act], mut things: Things) -> Vec<Seen> {
    let request = authorization_request(&world.client)
        .with("prompt", "login")
        .with("scope", "openid profile email roles");
    let mut agent = Agent::new();
    let (mut flow_at, mut form) = (None::<String>, None::<Form>);
    let mut seen = vec![];
    for act in acts {
        world.moment();
        if matches!(act, Act::Open) {
            (agent, flow_at) = (Agent::new(), None);
            continue;
        }
        if flow_at.is_none() {
            let page = world.app.authorize(&agent, &request).await.follow_all().await;
            let of = page.url.query_pairs().find(|(name, _)| name == "flow");
            flow_at = Some(of.unwrap().1.into_owned());
        }
        let flow = flow_at.clone().unwrap();
        let open =
            async |path: &str| agent.get(&world.app.at(&format!("{path}?flow={flow}"))).await;
        let phone = || things.phone.as_ref().unwrap();
        let page = match *act {
            Act::Open => unreachable!(),
            Act::Password(identifier, password) => {
                let form = open("/login").await.form("#login-form");
                form.fill("identifier", identifier).fill("password", password).submit().await
            }
            Act::App { right } => {
                let page = open("/second-factor/app").await;
                let form = page.form("#second-factor-form");
                form.fill("code", &app_code(world, phone(), right)).submit().await
            }
            Act::Recovery(which) => {
                let page = open("/second-factor/recovery-code").await;
                let form = page.form("#second-factor-form");
                form.fill("code", &recovery(&things, which)).submit().await
            }
            Act::SendCode(email) => {
                let page = open("/login/code").await;
                page.form("#mailed-address-form").fill("email", email).submit().await
            }
            Act::Code { of, right } => {
                let code = code_for(world, of, right).await;
                // Where the code is dead by now, the page of before is still there.
                let page = open("/login/code").await;
                if page.has("#code-form") {
                    form = Some(page.form("#code-form"));
                }
                form.clone().unwrap().fill("code", &code).submit().await
            }
            Act::Register(email, username) => {
                let form = open("/register").await.form("#register-form").fill("email", email);
                form.fill("username", username).fill("password", PASSWORD).submit().await
            }
            Act::Confirm { of, right } => {
                let code = code_for(world, of, right).await;
                let page = open("/register/confirm").await;
                page.form("#code-form").fill("code", &code).submit().await
            }
            Act::Forget(who) => {
                open("/forgot-password")
                    .await
                    .form("#forgot-form")
                    .fill("identifier", who)
                    .submit()
                    .await
            }
            Act::Reset(password) => {
                let token = token(world, &mut things).await;
                let path = format!("/set-password?token={token}");
                let page = agent.get(&world.app.at(&path)).await.follow_all().await;
                if page.has("#set-password-form") {
                    page.form("#set-password-form").fill("password", password).submit().await
                } else {
                    page
                }
            }
        };
        let header = |name| page.header(name).map(str::to_owned);
        let (left, wait) = (header("ratelimit"), header("retry-after"));
        let told = match (page.status.as_u16(), act) {
            (200, Act::Reset(_)) => "ok".to_owned(),
            (303, _) => place(page).await,
            (429, _) => "wait".to_owned(),
            (400 | 401, _) => "refused".to_owned(),
            _ => panic!("{act:?}: {}", page.summary()),
        };
        if told == "done" {
            flow_at = None;
        }
        seen.push(Seen {
            told,
            signed_in: agent.cookie("localhost", &world.app.cookie_name("session")).is_some(),
            left,
            wait,
        });
    }
    seen
}

/// Does the same on both faces, each in a world of its own.
async fn alike(with_app: bool, acts: &[Act]) -> Vec<String> {
    let mut faces = vec![];
    for is_api in [true, false] {
        let world = World::start().await;
        let mut things = Things { phone: None, codes: vec![], token: None };
        if with_app {
            let phone = world.app.add_app(ALICE).await;
            let agent = world.app.signed_in_with_app(ALICE, &phone).await;
            things.codes = world.app.recovery_codes_in(&agent).await;
            things.phone = Some(phone);
        }
        faces.push(if is_api {
            by_api(&world, acts, things).await
        } else {
            by_pages(&world, acts, things).await
        });
    }
    let (pages, api) = (faces.pop().unwrap(), faces.pop().unwrap());
    let acts = acts.iter().filter(|act| !matches!(act, Act::Open));
    for ((act, api), pages) in acts.zip(&api).zip(&pages) {
        assert_eq!(api, pages, "{act:?}");
    }
    api.into_iter().map(|it| it.told).collect()
}

#[tokio::test]
async fn second_factors_are_judged_alike() {
    let password = Act::Password(ALICE, PASSWORD);
    let told = alike(
        true,
        &[
            password,
            Act::App { right: false },
            Act::App { right: true },
            Act::Open,
            password,
            Act::Recovery(None),
            Act::Recovery(Some(0)),
            Act::Open,
            password,
            Act::Recovery(Some(0)),
            Act::App { right: true },
        ],
    )
    .await;
    let expected =
        ["totp", "refused", "done", "totp", "refused", "done", "totp", "refused", "done"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn misses_of_a_second_factor_lock_alike() {
    let mut acts = vec![Act::Password(ALICE, PASSWORD)];
    acts.extend([Act::App { right: false }; 11]);
    acts.push(Act::App { right: true });
    let told = alike(true, &acts).await;
    assert_eq!(told.last().unwrap(), "wait", "{told:?}");
}

#[tokio::test]
async fn mailed_codes_are_judged_alike() {
    let told = alike(
        true,
        &[
            Act::SendCode(ALICE),
            Act::Code { of: ALICE, right: false },
            Act::Code { of: ALICE, right: true },
            Act::App { right: true },
            Act::Open,
            Act::SendCode(ABSENT),
            Act::Code { of: ABSENT, right: true },
        ],
    )
    .await;
    assert_eq!(told, ["mailed-code", "refused", "totp", "done", "mailed-code", "refused"]);
    let mut acts = vec![Act::SendCode(ALICE)];
    acts.extend([Act::Code { of: ALICE, right: false }; 6]);
    acts.push(Act::Code { of: ALICE, right: true });
    let told = alike(false, &acts).await;
    assert_ne!(told.last().unwrap(), "done", "the code is dead by then: {told:?}");
}

#[tokio::test]
async fn mails_are_bounded_alike() {
    let mut acts = vec![];
    for who in [ALICE, ABSENT] {
        for _ in 0..5 {
            acts.extend([Act::Open, Act::SendCode(who)]);
        }
    }
    let told = alike(false, &acts).await;
    assert_eq!(told[4], "wait", "{told:?}");
    assert_eq!(told[..5], told[5..], "whether anybody has the address is not to be seen");
}

#[tokio::test]
async fn registrations_are_judged_alike() {
    let told = alike(
        false,
        &[
            Act::Register("no address", ""),
            Act::Register(NEW, "not a name"),
            Act::Register(NEW, "ada"),
            Act::Confirm { of: NEW, right: false },
            Act::Confirm { of: NEW, right: true },
            Act::Open,
            Act::Register(ALICE, ""),
            Act::Confirm { of: ALICE, right: true },
            Act::Open,
            Act::Register("other@example.com", "ada"),
        ],
    )
    .await;
    let expected = [
        "refused",
        "refused",
        "verify-email",
        "refused",
        "done",
        "verify-email",
        "refused",
        "refused",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn forgotten_passwords_are_set_alike() {
    let told = alike(
        false,
        &[
            Act::Forget(ABSENT),
            Act::Forget(ALICE),
            Act::Reset("short"),
            Act::Reset(CHANGED),
            Act::Password(ALICE, PASSWORD),
            Act::Password(ALICE, CHANGED),
        ],
    )
    .await;
    assert_eq!(told, ["ok", "ok", "refused", "ok", "refused", "done"]);
}
