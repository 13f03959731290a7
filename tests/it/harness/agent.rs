use super::site;
use crate::support::agent::Agent;

fn pages(line: &str) -> String {
    match line.split(' ').nth(1).unwrap_or_default() {
        "/cookies" => "302 Found\nLocation: /form?from=cookies\n\
             Set-Cookie: lax=1; Path=/; SameSite=Lax\nSet-Cookie: strict=2; Path=/; SameSite=Strict\n\
             Set-Cookie: below=3; Path=/form\n\n"
            .to_owned(),
        "/forget" => "204 No Content\nSet-Cookie: lax=; Path=/; Max-Age=0\n\n".to_owned(),
        "/again" => "307 Temporary Redirect\nLocation: /elsewhere\n\n".to_owned(),
        "/form?from=cookies" => "200 OK\nContent-Type: text/html\nReferrer-Policy: no-referrer\n\n\
             <a href=/linked>on</a><form id=a action=/a></form><form id=login method=post action=/sent>\
             <input type=hidden name=flow value='x&amp;y'><input name=identifier>\
             <input type=checkbox name=remember value=yes><select name=l><option>en<option selected>de\
             </select><button name=act value=go id=go>Go  on</button><button name=act value=no></form>"
            .to_owned(),
        _ => "200 OK\nContent-Type: application/json\n\n{\"ok\":true}".to_owned(),
    }
}

#[tokio::test]
async fn it_fills_in_forms_as_a_browser_does() {
    let (url, seen) = site::serve("127.0.0.1", pages);
    let agent = Agent::new().with_header("accept-language", "de");
    let redirect = agent.get(&format!("{url}/cookies")).await;
    assert_eq!(redirect.location_param("from").as_deref(), Some("cookies"));
    let page = redirect.follow_all().await;
    assert_eq!(page.url.path(), "/form");
    assert_eq!(page.text("#go"), "Go on");
    assert_eq!(page.attribute("[type=checkbox]", "value").as_deref(), Some("yes"));
    let form = page.form("#go").fill("identifier", "ada@example.com").set("l", "").without("l");
    assert_eq!(form.value("flow"), Some("x&y"));
    assert_eq!(form.submit().await.json()["ok"], true);
    let sent = seen.iter().find(|request| request.line.starts_with("POST /sent ")).unwrap();
    assert_eq!(sent.body, "flow=x%26y&act=go&identifier=ada%40example.com");
    assert_eq!(sent.header("cookie"), Some("lax=1; strict=2"));
    assert_eq!(sent.header("origin"), Some("null"), "no-referrer hides the origin");
    assert_eq!(sent.header("sec-fetch-site"), Some("same-origin"));
    assert_eq!(sent.header("accept-language"), Some("de"));

    assert_eq!(page.form("#login").value("l"), Some("de"));
    page.click("a").await;
    let followed = seen.iter().find(|request| request.line.starts_with("GET /linked ")).unwrap();
    assert_eq!(followed.header("origin"), None);
}

#[tokio::test]
async fn it_keeps_cookies_by_host_and_honours_same_site() {
    let (url, seen) = site::serve("127.0.0.1", pages);
    let (other_port, other_seen) = site::serve("127.0.0.1", pages);
    let agent = Agent::new();
    agent.get(&format!("{url}/cookies")).await;
    agent.get(&format!("{other_port}/")).await;
    assert_eq!(other_seen.recv().unwrap().header("cookie"), Some("lax=1; strict=2"));

    agent
        .post_from("http://localhost", &format!("{url}/again"), &[("a", "b")])
        .await
        .follow()
        .await;
    let requests: Vec<_> = seen.iter().take(3).collect();
    for request in &requests[1..] {
        assert_eq!(request.header("cookie"), None, "a form of another site brings no cookie");
        assert_eq!(request.header("sec-fetch-site"), Some("cross-site"));
        assert_eq!(request.header("origin"), Some("http://localhost"));
        assert_eq!(request.body, "a=b", "307 repeats the form");
    }
    assert_eq!(agent.cookie("127.0.0.1", "lax").as_deref(), Some("1"));
    agent.get(&format!("{url}/forget")).await;
    assert_eq!(agent.cookie("127.0.0.1", "lax"), None);
    assert_eq!(agent.cookies("localhost").len(), 0);
    agent.post(&url, &[]).await;
    let typed = seen.iter().find(|request| request.line.starts_with("POST / ")).unwrap();
    assert_eq!(typed.header("cookie"), Some("strict=2"));
    assert_eq!(typed.header("origin"), None);
}
