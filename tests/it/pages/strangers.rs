//! Somebody else's things, under their ids: not there. And files: nowhere.

use std::path::Path;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{assert_page, authorization_request, refresh_request};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// Every path that begins with `prefix` and stands in the sources of the routes: those of the table,
/// and those that pages call their own.
fn routes(prefix: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = vec![root.join("src/app/routes.rs")];
    for folder in ["src/http/pages/account", "src/http/pages/account/security"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        sources.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    let mut routes = Vec::new();
    for source in sources {
        let text = std::fs::read_to_string(&source).unwrap();
        let is_table = source.ends_with("routes.rs");
        let lines = text.lines().filter(|line| is_table || line.contains("const PATH"));
        for line in lines {
            let quoted = line.split('"').skip(1).step_by(2);
            routes.extend(quoted.filter(|text| text.starts_with(prefix)).map(str::to_owned));
        }
    }
    routes.sort();
    routes.dedup();
    routes
}

#[test]
fn the_table_of_routes_is_read() {
    let account = routes("/account");
    for known in ["/account", "/account/password", "/account/sessions/{id}/end"] {
        assert!(account.iter().any(|route| route == known), "{known} in {account:?}");
    }
    assert!(account.iter().filter(|route| route.contains('{')).count() >= 2, "{account:?}");
}

/// Two people with a session and an app each that the other one does not have.
struct World {
    app: TestApp,
    alice: Agent,
    bob: Agent,
    /// The ids of what is his.
    ids: Vec<String>,
    his_refresh_token: String,
    his_access_token: String,
    photos: crate::support::flow::Client,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start();
        let user = app.person(ALICE).await;
        let bobs = app.person(BOB).await;
        assert_ne!(user, bobs);
        let notes = app.confidential_client("notes").await;
        let photos = app.confidential_client("photos").await;
        let (alice, bob) = (Agent::new(), Agent::new());
        app.code_for(&alice, &authorization_request(&notes), ALICE).await;
        let tokens = app.tokens_in(&bob, &photos, BOB, "openid email offline_access").await;
        let identity = app.node().identity();
        let mut ids: Vec<String> = identity
            .sessions(bobs)
            .await
            .unwrap()
            .iter()
            .flat_map(|session| [session.id.to_string(), session.sid.clone()])
            .collect();
        ids.extend([bobs.to_string(), app.subject(BOB).await, photos.id.clone()]);
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (his_refresh_token, his_access_token) = (token("refresh_token"), token("access_token"));
        Self { app, alice, bob, ids, his_refresh_token, his_access_token, photos }
    }

    async fn csrf(&self, agent: &Agent) -> String {
        let page = agent.get(&self.app.at("/account/password")).await;
        page.attribute("[name=csrf]", "value").unwrap()
    }

    /// Every route of the account pages, with each of his ids where it takes one.
    fn addresses(&self) -> Vec<String> {
        // The name of a provider is as good a place for an id of somebody else's.
        let routes = routes("/account").into_iter().map(|it| it.replace("{provider}", "{id}"));
        let with_ids = |route: String| {
            let ids = if route.contains("{id}") { &self.ids[..] } else { &self.ids[..1] };
            ids.iter().map(move |id| route.replace("{id}", id)).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = routes.flat_map(with_ids).collect();
        assert!(
            !all.iter().any(|path| path.contains('{')),
            "a route takes something else: {all:?}"
        );
        all.dedup();
        all
    }

    async fn assert_nothing_of_his_changed(&self) {
        assert_eq!(self.app.sessions(BOB).await, 1);
        assert_eq!(self.bob.get(&self.app.at("/account")).await.status, 200);
        let apps = self.bob.get(&self.app.at("/account/apps")).await;
        assert!(apps.body.contains("photos"), "{}", apps.summary());
        assert_eq!(self.app.userinfo(&self.his_access_token).await.status, 200);
        let refresh = refresh_request(&self.his_refresh_token);
        assert_eq!(self.app.token(&self.photos, &refresh).await.status, 200);
    }
}

fn is_foreign(path: &str, world: &World) -> bool {
    world.ids.iter().any(|id| path.contains(id.as_str()))
}

#[tokio::test]
async fn case_295_what_is_somebody_elses_is_not_there() {
    let world = World::new().await;
    let csrf = world.csrf(&world.alice).await;
    let mut foreign = 0;
    for path in world.addresses().into_iter().filter(|path| is_foreign(path, &world)) {
        let url = world.app.at(&path);
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
            let page = world.alice.request(method, &url).await;
            assert!([404, 405].contains(&page.status.as_u16()), "{method} {path}: {}", page.status);
        }
        let fields = [("csrf", csrf.as_str()), ("decision", "allow"), ("current_password", "x")];
        let page = world.alice.post(&url, &fields).await;
        assert_page(&page, 404);
        for told in ["bob@", "photos"] {
            assert!(!page.body.contains(told), "{path} tells of {told}");
        }
        foreign += 1;
    }
    assert!(foreign >= 10, "only {foreign}");
    // Ids beside the path change nothing either: the pages are about who is signed in.
    for path in ["/account", "/account/sessions", "/account/apps", "/account/security"] {
        for name in ["id", "user", "user_id", "sub", "session"] {
            let url = world.app.at(&format!("{path}?{name}={}", world.ids[0]));
            let page = world.alice.get(&url).await;
            assert!(page.status == 200 && !page.body.contains("bob@"), "{url}");
        }
    }
    assert_eq!(world.alice.get(&world.app.at("/account")).await.status, 200, "hers is untouched");
    world.assert_nothing_of_his_changed().await;
}

#[tokio::test]
async fn case_295_303_nobody_and_no_token_of_an_app_gets_to_the_account_pages() {
    let world = World::new().await;
    let cookie = format!("{}={}", world.app.cookie_name("session"), world.his_access_token);
    let bearer = format!("Bearer {}", world.his_access_token);
    let strangers = [
        ("nobody", Agent::new()),
        ("a bearer", Agent::new().with_header("authorization", &bearer)),
        ("a token as a cookie", Agent::new().with_header("cookie", &cookie)),
    ];
    let csrf = world.csrf(&world.bob).await;
    for (who, agent) in strangers {
        for path in world.addresses() {
            let url = world.app.at(&path);
            let leads_to_login = |page: &Page| {
                page.status == 405 || (page.status == 303 && page.location().path() == "/login")
            };
            for method in ["GET", "HEAD", "DELETE"] {
                let page = agent.request(method, &url).await;
                assert!(leads_to_login(&page), "{who} {method} {path}: {}", page.summary());
                assert!(!page.body.contains("bob@"), "{who} {path}");
            }
            let page = agent.post(&url, &[("csrf", &csrf), ("password", "mallorys own")]).await;
            assert!(leads_to_login(&page), "{who} POST {path}: {}", page.summary());
        }
    }
    world.assert_nothing_of_his_changed().await;
}

/// What a page that took pictures would have to be careful with.
const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(282)</script></svg>";

#[tokio::test]
async fn case_282_no_address_takes_a_file() {
    let world = World::new().await;
    let csrf = world.csrf(&world.alice).await;
    let cookies = world.alice.cookies("localhost");
    let cookies: Vec<_> =
        cookies.iter().map(|it| format!("{}={}", it.name(), it.value())).collect();
    let signed_in = Agent::new().with_header("cookie", &cookies.join("; "));
    assert_eq!(signed_in.get(&world.app.at("/account")).await.status, 200);
    let boundary = "----part";
    let part = |head: &str, body: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    let multipart = part("name=\"csrf\"", &csrf)
        + &part("name=\"picture\"; filename=\"me.svg\"\r\nContent-Type: image/svg+xml", SVG)
        + &part("name=\"name\"", SVG)
        + &format!("--{boundary}--\r\n");
    let multipart_type = format!("multipart/form-data; boundary={boundary}");
    let polyglot = format!("GIF89a/*{SVG}*/");
    let bodies = [
        (multipart_type.as_str(), multipart.as_str()),
        ("image/svg+xml", SVG),
        ("image/png", "<html><script>alert(282)</script></html>"),
        ("image/gif", &polyglot),
        ("application/octet-stream", SVG),
        ("text/html", SVG),
    ];
    let mut paths = routes("/");
    paths.extend(
        ["authorize", "token", "introspect", "revoke", "userinfo", "logout"]
            .map(|name| format!("/oauth2/{name}")),
    );
    for path in paths {
        let url = world.app.at(&path.replace("{id}", &world.ids[0]).replace("{{name}}", "x"));
        for (kind, body) in bodies {
            let page = signed_in.post_body(&url, kind, body).await;
            let what = format!("{kind} to {path}: {}", page.summary());
            assert!(page.status.is_client_error(), "{what}");
            assert!(!page.body.contains("alert(282)"), "{what}");
        }
    }
    assert!(!world.app.dump().contains("alert(282)"), "nothing was kept");
    world.assert_nothing_of_his_changed().await;
}
