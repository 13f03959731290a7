//! `latchkey provider`.

use std::net::TcpListener;

use serde_json::json;

use super::installation::Installation;
use crate::support::upstream::{Page, Upstream, client_key};

const SECRET: &str = "canary-upstream-4711";

impl Installation {
    /// Adds an OpenID provider whose secret is in a file.
    fn add(&self, issuer: &str, more: &[&str]) -> super::installation::Ended {
        self.write("secret", &format!("{SECRET}\n"));
        let add = ["provider", "add", "oidc", "--slug", "acme", "--issuer", issuer];
        let how = ["--client-id", "here", "--client-secret-file", "secret"];
        self.run(&[&add[..], &how, more].concat())
    }
}

#[test]
fn a_provider_is_added_shown_changed_and_removed() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    let list = installation.json(&["provider", "list"]);
    assert_eq!(list["providers"], json!([]));
    let settings = ["--label", "ACME", "--allowed-domain", "example.com"];
    let added = installation.add(&upstream.issuer(), &settings).ok();
    assert!(added.out.contains("/auth/acme/callback\n"), "{}", added.out);
    for there in ["/auth/acme/backchannel-logout\n", "/auth/acme/signed-out\n"] {
        assert!(added.out.contains(there), "{}", added.out);
    }
    assert!(!added.out.contains("Note"), "{}", added.out);
    assert_eq!(upstream.count("/.well-known/openid-configuration"), 1);
    let shown = installation.json(&["provider", "show", "acme"]);
    assert_eq!(
        (&shown["label"], &shown["auth_method"]),
        (&json!("ACME"), &json!("client_secret_basic"))
    );
    assert_eq!(shown["scopes"], json!(["openid", "email", "profile"]));
    assert_eq!((&shown["has_secret"], &shown["position"]), (&json!(true), &json!(10)));
    assert!(shown["redirect_uri"].as_str().unwrap().ends_with("/auth/acme/callback"));
    for (uri, path) in [
        ("backchannel_logout_uri", "/auth/acme/backchannel-logout"),
        ("post_logout_redirect_uri", "/auth/acme/signed-out"),
    ] {
        assert!(shown[uri].as_str().unwrap().ends_with(path), "{shown}");
    }
    let text = installation.run(&["provider", "show", "acme"]).ok();
    assert!(text.out.contains("back-channel logout URI"), "{}", text.out);
    assert!(text.out.contains("second factor") && text.out.contains("never"), "{}", text.out);
    installation.add(&upstream.issuer(), &[]).refused(3, &["there is a provider acme already"]);

    let rule = "groups contains admins -> role administrator at each sign-in";
    let update = ["provider", "update", "acme", "--rule", rule, "--login-domain", "@Example.com"];
    let changed = installation.json(&[&update[..], &["--trust-email", "--hidden"]].concat());
    assert_eq!((&changed["rules"], &changed["hidden"]), (&json!([rule]), &json!(true)));
    assert_eq!(changed["login_domains"], json!(["example.com"]));
    let back = ["provider", "update", "acme", "--hidden=false", "--login-domain", ""];
    let changed = installation.json(&back);
    assert_eq!((&changed["hidden"], &changed["login_domains"]), (&json!(false), &json!([])));
    assert_eq!(changed["trust_email"], true, "it was not named");
    let details = "action = 'provider.changed' AND target_id = 'acme' \
                   AND details @> '{\"changed\": {\"trust_email\": {\"from\": false, \"to\": true}}}'";
    assert_eq!(installation.audited(details), 1);

    let off = installation.json(&["provider", "disable", "acme"]);
    assert_eq!((&off["disabled"], &off["changed"]), (&json!(true), &json!(true)));
    installation.run(&["provider", "disable", "acme"]).ok();
    let list = installation.run(&["provider", "list"]).ok();
    assert!(list.out.contains("disabled"), "{}", list.out);
    installation.run(&["provider", "enable", "acme"]).ok();
    installation.run(&["provider", "remove", "acme"]).refused(2, &["--yes"]);
    installation.run(&["provider", "remove", "acme", "--yes"]).ok();
    installation.run(&["provider", "show", "acme"]).refused(3, &["no provider acme"]);
    for (action, count) in
        [("created", 1), ("changed", 2), ("disabled", 1), ("enabled", 1), ("removed", 1)]
    {
        let condition = format!("action = 'provider.{action}' AND actor_kind = 'operator'");
        assert_eq!(installation.audited(&condition), count, "{action}");
    }
    let told = format!("details::text LIKE '%{SECRET}%'");
    assert_eq!(installation.audited(&told), 0);
}

#[test]
fn what_does_not_fit_the_metadata_is_refused_and_nothing_is_kept() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    for (issuer, member, value, words) in [
        ("", "issuer", json!("https://evil.example"), "another issuer"),
        ("", "token_endpoint_auth_methods_supported", json!(["none"]), "--auth-method"),
        ("", "id_token_signing_alg_values_supported", json!(["HS256"]), "RS256"),
        ("/", "scopes_supported", json!(null), "another issuer"),
    ] {
        upstream.says(|it| {
            it.metadata.clear();
            it.metadata.insert(member.to_owned(), value);
        });
        installation.add(&(upstream.issuer() + issuer), &[]).refused(3, &[words]);
    }
    upstream.says(|it| (it.discovery, it.metadata) = (Page::Html, serde_json::Map::new()));
    installation.add(&upstream.issuer(), &[]).refused(3, &["metadata"]);
    assert_eq!(installation.json(&["provider", "list"])["providers"], json!([]));
    assert_eq!(installation.audited("action LIKE 'provider.%'"), 0);
}

#[test]
fn a_provider_that_is_away_is_a_warning() {
    let installation = Installation::ready();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let added = installation.add(&format!("http://{nobody}"), &[]).ok();
    assert!(added.out.contains("not checked") && added.out.contains("provider test acme"));
    let words = ["the connection is refused", "this machine reaches it"];
    installation.run(&["provider", "test", "acme"]).refused(1, &words);
    let upstream = Upstream::start();
    let issuer = upstream.issuer();
    let update = ["provider", "update", "acme", "--issuer", &issuer];
    installation.run(&[&update[..], &["--client-secret-file", "secret"]].concat()).ok();
    let tested = installation.run(&["provider", "test", "acme"]).ok();
    assert!(tested.out.contains("fit"), "{}", tested.out);
    upstream.says(|it| drop(it.metadata.insert("scopes_supported".to_owned(), json!(["openid"]))));
    let noted = installation.json(&["provider", "test", "acme"]);
    assert_eq!(noted["notes"].as_array().unwrap().len(), 2, "{noted}");
    upstream
        .says(|it| drop(it.metadata.insert("issuer".to_owned(), json!("https://evil.example"))));
    installation.run(&["provider", "test", "acme"]).refused(3, &["another issuer"]);
}

#[test]
fn a_secret_comes_from_a_file_or_standard_input_and_is_sealed() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    installation.add(&upstream.issuer(), &[]).ok();
    let update = ["provider", "update", "acme", "--client-secret-stdin"];
    let other = format!("{SECRET}-2");
    let replaced = installation.run_with(&update, &format!("{other}\n")).ok();
    let shown = installation.run(&["provider", "show", "acme", "--json"]).ok();
    for output in [&replaced.out, &shown.out] {
        assert!(!output.contains(SECRET), "{output}");
    }
    let noted =
        "action = 'provider.changed' AND details @> '{\"changed\": {\"secret\": \"replaced\"}}'";
    assert_eq!(installation.audited(noted), 1);
    let stored = format!(
        "EXISTS (SELECT 1 FROM providers p WHERE encode(p.sealed_secret, 'escape') LIKE '%{SECRET}%')"
    );
    assert_eq!(installation.audited(&stored), 0);
    installation.run_with(&update, "\n").refused(2, &["no secret on standard input"]);
    let argument = ["provider", "update", "acme", "--client-secret", SECRET];
    installation.run(&argument).refused(2, &["--client-secret"]);
    installation.write("empty", "\n");
    let empty = ["provider", "update", "acme", "--client-secret-file", "empty"];
    installation.run(&empty).refused(2, &["no secret on the first line"]);
    let missing = ["provider", "update", "acme", "--client-secret-file", "nowhere"];
    installation.run(&missing).refused(2, &["nowhere cannot be read"]);
    // Whoever cannot prove themselves needs none, and keeps none.
    installation.run(&["provider", "update", "acme", "--auth-method", "none"]).ok();
    assert_eq!(installation.json(&["provider", "show", "acme"])["has_secret"], false);
    installation
        .run(&["provider", "update", "acme", "--auth-method", "client_secret_post"])
        .refused(2, &["the secret is missing"]);
}

#[test]
fn a_private_key_is_looked_at_before_it_is_kept() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    let (pem, _) = client_key();
    installation.write("key.pem", &pem);
    installation.write("secret", "no key");
    let issuer = upstream.issuer();
    let add = |file: &str| {
        let add = ["provider", "add", "oidc", "--issuer", &issuer, "--client-id", "here"];
        let how =
            ["--auth-method", "private_key_jwt", "--key-id", "k1", "--private-key-file", file];
        installation.run(&[&add[..], &how].concat())
    };
    add("secret").refused(2, &["no private key that can be used"]);
    add("key.pem").ok();
    assert_eq!(installation.json(&["provider", "show", "oidc"])["key_id"], "k1");
    installation
        .run(&["provider", "add", "apple", "--client-id", "a", "--private-key-file", "key.pem"])
        .refused(2, &["--team-id is missing", "--key-id is missing"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let installation = Installation::ready();
    let all = [
        "provider",
        "add",
        "google",
        "--client-id",
        " ",
        "--label",
        "",
        "--tenant",
        "x",
        "--team-id",
        "y",
        "--scope",
        "a\"b",
        "--login-domain",
        "no domain",
        "--rule",
        "x",
        "--required-claim",
        "y",
        "--hosted-domain",
        "z",
    ];
    let words = [
        "--client-id must",
        "--label must",
        "--tenant does not go with google",
        "--team-id does not go with google",
        "--scope a\"b",
        "no domain is no domain",
        "--rule x",
        "--required-claim y",
        "z is no domain",
    ];
    installation.run(&all).refused(2, &words);
    let add = |more: &[&str]| installation.run(&[&["provider", "add"], more].concat());
    add(&["google"]).refused(2, &["--client-id is missing", "--client-secret-file"]);
    add(&["oidc", "--client-id", "a"]).refused(2, &["--issuer"]);
    add(&["oidc", "--issuer", "http://id.example", "--client-id", "a"]).refused(2, &["https://"]);
    add(&["google", "--slug", "A"]).refused(2, &["2 to 32"]);
    add(&["google", "--slug", "session"]).refused(2, &["endpoint below /api/auth"]);
    installation.run(&["provider", "update", "acme"]).refused(2, &["nothing to change"]);
    installation.run(&["provider", "test", "acme"]).refused(3, &["no provider acme"]);
}

/// What was agreed on with one is nothing for the other to hear.
#[test]
fn a_secret_goes_to_no_other_issuer_and_stands_for_no_other_proof() {
    let installation = Installation::ready();
    let (first, second) = (Upstream::start(), Upstream::start());
    let (pem, _) = client_key();
    installation.write("key.pem", &pem);
    installation.add(&first.issuer(), &[]).ok();
    let update =
        |more: &[&str]| installation.run(&[&["provider", "update", "acme"], more].concat());
    let issuer = second.issuer();
    let belongs = format!("belongs to the issuer {}", first.issuer());
    update(&["--issuer", &issuer]).refused(2, &[&belongs, "--client-secret-file"]);
    update(&["--auth-method", "private_key_jwt"])
        .refused(2, &["client secret that is kept does not go", "--private-key-file"]);
    assert!(second.heard().is_empty(), "it was not even asked");
    // One secret, in another place of the request.
    update(&["--auth-method", "client_secret_post"]).ok();
    update(&["--issuer", &issuer, "--client-secret-file", "secret"]).ok();
    let key = ["--auth-method", "private_key_jwt", "--private-key-file", "key.pem"];
    update(&key).ok();
    update(&["--auth-method", "client_secret_basic"])
        .refused(2, &["private key that is kept does not go", "--client-secret-file"]);
    let first = first.issuer();
    update(&["--issuer", &first]).refused(2, &["the private key that is kept belongs"]);
    // Or there is none any more.
    update(&["--issuer", &first, "--auth-method", "none"]).ok();
    assert_eq!(installation.json(&["provider", "show", "acme"])["has_secret"], false);
}

/// A row that a later release wrote, or that something broke.
#[test]
fn a_provider_that_cannot_be_used_is_told_of_disabled_and_removed() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    installation.add(&upstream.issuer(), &[]).ok();
    for (change, column) in [
        ("policy = '{\"rules\": [\"?\"]}'", "providers.policy"),
        ("issuer = 'no issuer'", "providers.issuer"),
        ("seal_nonce = '\\x00'", "providers.seal_nonce"),
        ("slug = 'session'", "providers.slug"),
    ] {
        installation.execute(&format!("UPDATE providers SET {change}"));
        let slug = if column.ends_with("slug") { "session" } else { "acme" };
        let list = installation.json(&["provider", "list"]);
        assert_eq!(list["providers"], json!([]), "{column}");
        let told = &list["unusable"][0];
        assert_eq!(told["slug"], slug, "{column}");
        assert!(told["problem"].as_str().unwrap().contains(column), "{told}");
        for command in [&["provider", "list"][..], &["provider", "show", slug]] {
            let shown = installation.run(command).ok();
            assert!(shown.out.contains(column) && shown.out.contains(slug), "{}", shown.out);
        }
        let remedy = format!("provider remove {slug}");
        if slug == "acme" {
            for command in [&["test", "acme"][..], &["update", "acme", "--hidden"]] {
                installation.run(&[&["provider"], command].concat()).refused(3, &[column, &remedy]);
            }
        }
        let off = installation.json(&["provider", "disable", slug]);
        assert_eq!((&off["disabled"], &off["changed"]), (&json!(true), &json!(true)));
        let shown = installation.json(&["provider", "show", slug]);
        assert!(shown["disabled_at"].is_string(), "{shown}");
        installation.run(&["provider", "enable", slug]).refused(3, &[column, &remedy]);
        installation.run(&["provider", "remove", slug, "--yes"]).ok();
        installation.run(&["provider", "show", slug]).refused(3, &["no provider"]);
        installation.add(&upstream.issuer(), &[]).ok();
    }
    for action in ["disabled", "removed"] {
        assert_eq!(installation.audited(&format!("action = 'provider.{action}'")), 4, "{action}");
    }
}

#[test]
fn a_secret_whose_master_key_is_lost_is_told_of_and_replaced() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    installation.add(&upstream.issuer(), &[]).ok();
    installation.execute("UPDATE providers SET seal_key_id = 'lost'");
    let shown = installation.json(&["provider", "show", "acme"]);
    assert!(shown["problem"].as_str().unwrap().contains("does not open"), "{shown}");
    let list = installation.run(&["provider", "list"]).ok();
    assert!(list.out.contains("cannot be used: its secret does not open"), "{}", list.out);
    let label = ["provider", "update", "acme", "--label", "Other"];
    installation.run(&label).refused(2, &["its secret does not open", "--client-secret-file"]);
    let off = installation.json(&["provider", "disable", "acme"]);
    assert_eq!(off["changed"], true);
    installation.run(&["provider", "enable", "acme"]).ok();
    installation.run(&[&label[..], &["--client-secret-file", "secret"]].concat()).ok();
    let shown = installation.json(&["provider", "show", "acme"]);
    assert_eq!((&shown["problem"], &shown["label"]), (&json!(null), &json!("Other")));
}

#[test]
fn an_app_sends_its_people_to_a_provider_as_long_as_that_is_there() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    let add = ["client", "add", "shop", "--redirect-uri", "https://shop.example/cb"];
    let missing = [&add[..], &["--provider", "acme"]].concat();
    installation.run(&missing).refused(3, &["no provider acme", "provider list"]);
    let bad = [&add[..], &["--provider", "Not a name"]].concat();
    installation.run(&bad).refused(2, &["--provider"]);
    installation.add(&upstream.issuer(), &[]).ok();
    assert_eq!(installation.json(&missing)["provider"], "acme");
    let shown = installation.run(&["client", "show", "shop"]).ok();
    assert!(shown.out.contains("acme"), "{}", shown.out);
    let apps = || {
        let ended = installation.run(&["doctor", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        let found = findings.into_iter().find(|finding| finding["check"] == "apps");
        found.map(|finding| finding["level"].as_str().unwrap().to_owned())
    };
    assert_eq!(apps().as_deref(), Some("ok"));
    installation.run(&["provider", "disable", "acme"]).ok();
    assert_eq!(apps().as_deref(), Some("warn"));
    installation.run(&["client", "update", "shop", "--provider", "other"]).refused(3, &["other"]);
    let none = installation.json(&["client", "update", "shop", "--provider", "none"]);
    assert_eq!((&none["provider"], apps()), (&json!(null), None));
    let changed = "action = 'client.changed' AND details @> \
                   '{\"changed\": {\"provider\": {\"from\": \"acme\", \"to\": null}}}'";
    assert_eq!(installation.audited(changed), 1);
    let again = installation.json(&["client", "update", "shop", "--provider", "acme"]);
    assert_eq!(again["provider"], "acme");
    installation.run(&["provider", "remove", "acme", "--yes"]).ok();
    assert_eq!(installation.json(&["client", "show", "shop"])["provider"], json!(null));
    let removed = "action = 'provider.removed' AND details @> '{\"clients\": [\"shop\"]}'";
    assert_eq!(installation.audited(removed), 1);
}

#[test]
fn a_provider_proves_a_second_factor_where_it_can_be_told_to_ask_anew() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    installation.add(&upstream.issuer(), &["--second-factor"]).ok();
    let shown = installation.json(&["provider", "show", "acme"]);
    assert_eq!(shown["second_factor"], true);
    let off = ["provider", "update", "acme", "--second-factor=false"];
    assert_eq!(installation.json(&off)["second_factor"], false);
    let github =
        ["provider", "add", "github", "--client-id", "here", "--client-secret-file", "secret"];
    let second = [&github[..], &["--second-factor"]].concat();
    installation.run(&second).refused(2, &["cannot be told to ask anew"]);
}

#[test]
fn case_139_what_can_never_be_asked_is_refused_with_the_reason() {
    let installation = Installation::ready();
    for (issuer, words) in [
        ("https://10.0.0.5", ["out of reach", "private and special addresses"]),
        ("https://169.254.169.254", ["out of reach", "private and special addresses"]),
    ] {
        installation.add(issuer, &[]).refused(3, &words);
    }
    // A name that no resolver knows may be known tomorrow.
    let added = installation.add("https://nobody.invalid", &[]).ok();
    assert!(added.out.contains("not checked") && added.out.contains("DNS"), "{}", added.out);
    let report = installation.run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|it| it["check"] == "provider").unwrap();
    assert_eq!(finding["level"], "fail", "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("DNS"), "{finding}");
    installation.run(&["provider", "disable", "acme"]).ok();
    let report = installation.run(&["doctor", "--json"]);
    assert!(!report.out.contains(r#""check": "provider""#), "{}", report.out);
}

#[test]
fn a_redirect_to_another_place_is_no_provider_that_is_away() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    upstream.says(|it| it.discovery = Page::Loops);
    installation.add(&upstream.issuer(), &[]).refused(3, &["redirect", "--issuer"]);
    upstream.says(|it| it.discovery = Page::Huge(10_000_000));
    installation.add(&upstream.issuer(), &[]).refused(3, &["too long", "--issuer"]);
}

#[test]
fn whoever_closes_registration_is_told_who_still_gets_in() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    let words = "registration is closed here";
    let added = installation.add(&upstream.issuer(), &[]).ok();
    assert!(added.out.contains(words), "{}", added.out);
    for settings in [["--allowed-domain", "example.com"], ["--allowed-domain", ""]] {
        let update = [&["provider", "update", "acme"][..], &settings].concat();
        let updated = installation.run(&update).ok();
        assert_eq!(updated.out.contains(words), settings[1].is_empty(), "{}", updated.out);
    }
    let closed = installation.run(&["provider", "update", "acme", "--registration=false"]).ok();
    assert!(!closed.out.contains(words), "{}", closed.out);
}

/// Makes a person who is connected with a provider, with nothing else but what the statements add.
fn connected(installation: &Installation, email: &str, more: &[&str]) {
    let id = installation.json(&["user", "add", email])["id"].as_str().unwrap().to_owned();
    installation.execute(&format!(
        "INSERT INTO federation_links (id, user_id, provider_id, issuer, subject, email_verified, \
         profile, created_at, synced_at) SELECT gen_random_uuid(), '{id}', id, issuer, '{email}', \
         true, '{{}}', now(), now() FROM providers WHERE slug = 'acme'"
    ));
    for statement in more {
        installation.execute(&statement.replace("ID", &format!("'{id}'")));
    }
}

#[test]
fn an_operator_sees_and_ends_connections_and_how_many_people_rely_on_them() {
    let (installation, upstream) = (Installation::ready(), Upstream::start());
    installation
        .add(&upstream.issuer(), &["--rule", "x exists -> role staff at each sign-in"])
        .ok();
    installation.run(&["role", "add", "staff"]).ok();
    connected(&installation, "alone@example.com", &[]);
    let password = "INSERT INTO password_credentials VALUES (ID, '$argon2id$x', now())";
    let role = "INSERT INTO user_roles SELECT ID, id, now() FROM roles WHERE name = 'staff'";
    connected(&installation, "both@example.com", &[password, role]);
    let shown = installation.run(&["user", "show", "both@example.com"]).ok();
    assert!(shown.out.contains("provider") && shown.out.contains("acme"), "{}", shown.out);
    let disabled = installation.json(&["provider", "disable", "acme"]);
    assert_eq!((&disabled["connected"], &disabled["without_another_way"]), (&json!(2), &json!(1)));
    installation.run(&["provider", "enable", "acme"]).ok();

    let disconnect = |who: &str| installation.run(&["user", "disconnect", who, "acme"]);
    disconnect("alone@example.com").refused(3, &["last way in", "set-password"]);
    disconnect("both@example.com").ok();
    disconnect("both@example.com").refused(3, &["not connected"]);
    let both = installation.json(&["user", "show", "both@example.com"]);
    assert_eq!(both["factors"]["providers"], json!([]));
    assert_eq!(both["roles"], json!([]), "the provider says so no more");
    assert_eq!(installation.audited("action = 'user.provider_disconnected'"), 1);

    // Of one that was removed the issuer is left.
    let removed = installation.json(&["provider", "remove", "acme", "--yes"]);
    assert_eq!(removed["connected"], 1);
    let give = ["user", "set-password", "alone@example.com", "--password-stdin"];
    installation.run_with(&give, "a fine long password\n").ok();
    installation.run(&["user", "disconnect", "alone@example.com", &upstream.issuer()]).ok();
}
