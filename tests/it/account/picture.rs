//! The picture of a person (case 282).

use std::io::Cursor;

use chrono::TimeDelta;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::{ALICE, BOB, Home};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{assert_page, authorization_request, claims, code_request};

pub(super) const PATH: &str = "/account/picture";

pub(super) fn picture(kind: ImageFormat, shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(40, 30, Rgb([shade, 0, 0]));
    DynamicImage::from(image).write_to(&mut bytes, kind).unwrap();
    bytes.into_inner()
}

impl Home {
    pub(super) async fn sends(&self, agent: &Agent, bytes: &[u8]) -> Page {
        let page = agent.get(&self.at(PATH)).await;
        let csrf = page.attribute("#picture-form [name=csrf]", "value").unwrap();
        let file = ("picture", "image/png", bytes);
        agent.upload(&self.at(PATH), &[("csrf", &csrf)], file).await
    }

    /// The path of the picture on the profile page.
    pub(super) async fn face(&self, agent: &Agent) -> Option<String> {
        agent.get(&self.at("/account")).await.attribute("#profile-picture img", "src")
    }
}

#[tokio::test]
async fn a_picture_is_sent_shown_told_replaced_and_removed() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    assert_eq!(home.face(&agent).await, None);
    let page = home.sends(&agent, &picture(ImageFormat::Png, 200)).await.follow_all().await;
    assert!(page.has("#notice"), "{}", page.summary());
    let first = home.face(&agent).await.unwrap();
    assert!(!first.contains(&home.app.subject(ALICE).await));

    // Anybody may see it who was told where it is, on whichever page.
    let (status, headers, bytes) = Agent::new().picture(&home.at(&first), &[]).await;
    assert_eq!(status, 200);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "public, max-age=86400, immutable"),
    ] {
        assert_eq!(headers[name], value);
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
    let shown = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((shown.width(), shown.height()), (512, 512));
    let tag = headers["etag"].to_str().unwrap();
    let again = Agent::new().picture(&home.at(&first), &[("if-none-match", tag)]).await;
    assert_eq!((again.0.as_u16(), again.2.len()), (304, 0));
    let small = first.replace(".512.", ".96.");
    assert_eq!(Agent::new().picture(&home.at(&small), &[]).await.0, 200);

    // Apps are told by the scope, or by the single claim.
    let client = home.app.confidential_client("notes").await;
    let tokens = home.app.tokens_in(&Agent::new(), &client, ALICE, "openid profile").await;
    let access = tokens["access_token"].as_str().unwrap();
    let told = home.app.userinfo(access).await.json();
    assert_eq!(told["picture"], home.at(&first));
    let tokens = home.app.tokens_in(&Agent::new(), &client, ALICE, "openid").await;
    let told = home.app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told.get("picture"), None);

    // Another picture has another address, and the former one is gone.
    home.pass(TimeDelta::seconds(1));
    home.sends(&agent, &picture(ImageFormat::WebP, 90)).await;
    let second = home.face(&agent).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(Agent::new().picture(&home.at(&first), &[]).await.0, 404);
    // It goes along with the data.
    let page = agent.get(&home.at("/account/data")).await;
    let data = page.form("#export-form").submit().await.json();
    assert!(data["data"]["picture"]["base64"].as_str().unwrap().starts_with("/9j/"), "a JPEG");

    let page = agent.get(&home.at(PATH)).await.form("#remove-picture-form").submit().await;
    assert!(page.follow_all().await.has("#notice"));
    assert_eq!(home.face(&agent).await, None);
    assert_eq!(Agent::new().picture(&home.at(&second), &[]).await.0, 404);
    assert_eq!(home.app.userinfo(access).await.json().get("picture"), None);
    assert_eq!((home.trail("user.picture_changed"), home.trail("user.picture_removed")), (2, 1));
}

#[tokio::test]
async fn the_single_claim_is_told_in_the_id_token() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.sends(&agent, &picture(ImageFormat::Jpeg, 90)).await;
    let client = home.app.client(home.app.registration("notes").scopes("openid profile")).await;
    let wanted = r#"{"id_token":{"picture":null}}"#;
    let params = authorization_request(&client).with("scope", "openid").with("claims", wanted);
    let code = home.app.code_for(&agent, &params, ALICE).await;
    let tokens = home.app.token(&client, &code_request(&client, &code)).await.json();
    let claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["picture"], home.at(&home.face(&agent).await.unwrap()));
}

#[tokio::test]
async fn case_282_what_is_no_picture_is_refused_with_a_sentence() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.sends(&agent, &picture(ImageFormat::Png, 10)).await;
    let before = home.face(&agent).await;
    let png = picture(ImageFormat::Png, 200);
    let mut bomb = png.clone();
    // 30 000 by 30 000 in the head; its checksum is looked at by nobody who has refused the size.
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let large = vec![0; 5 * 1024 * 1024 + 1];
    for (name, bytes, status) in [
        ("nothing", &b""[..], 400),
        ("svg", svg, 400),
        ("html", b"<!doctype html><script>alert(1)</script>", 400),
        ("cut", &png[..png.len() / 2], 400),
        ("bomb", &bomb, 400),
        ("large", &large, 413),
    ] {
        let page = home.sends(&agent, bytes).await;
        assert_eq!(page.status, status, "{name}: {}", page.summary());
        assert!(page.has("#error-summary [href='#picture']"), "{name}: {}", page.summary());
    }
    assert_eq!(home.face(&agent).await, before, "the one before stays");
    assert_eq!(home.trail("user.picture_changed"), 1);
}

/// More bytes than anybody asks for are not received at all, and no other page takes as many.
#[tokio::test]
async fn case_312_only_this_route_takes_a_file() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let csrf = agent.get(&home.at(PATH)).await.attribute("[name=csrf]", "value").unwrap();
    let huge = vec![0; 6 * 1024 * 1024];
    let file = ("picture", "image/png", huge.as_slice());
    let page = agent.upload(&home.at(PATH), &[("csrf", &csrf)], file).await;
    assert_eq!(page.status, 413);
    let some = vec![0; 100 * 1024];
    for path in ["/account/details", "/account/picture/remove", "/login"] {
        let file = ("picture", "image/png", some.as_slice());
        let page = agent.upload(&home.at(path), &[("csrf", &csrf)], file).await;
        assert!([413, 415].contains(&page.status.as_u16()), "{path}: {}", page.summary());
    }
    // Without parts there is no file in it.
    let form = agent.get(&home.at(PATH)).await.form("#picture-form");
    let page = form.submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.has("#picture-problem"), "{}", page.summary());
    let long = "x".repeat(100 * 1024);
    assert_eq!(form.set("picture", &long).submit().await.status, 413);
}

#[tokio::test]
async fn case_272_a_picture_is_sent_by_who_is_signed_in_and_from_our_page() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let (agent, bob) = (home.browser(ALICE).await, home.browser(BOB).await);
    let png = picture(ImageFormat::Png, 1);
    let file = ("picture", "image/png", png.as_slice());
    assert_eq!(Agent::new().upload(&home.at(PATH), &[], file).await.location().path(), "/login");
    assert_page(&agent.upload(&home.at(PATH), &[], file).await, 403);
    let csrf = bob.get(&home.at(PATH)).await.attribute("[name=csrf]", "value").unwrap();
    assert_page(&agent.upload(&home.at(PATH), &[("csrf", &csrf)], file).await, 403);
    let foreign = agent.clone().with_header("sec-fetch-site", "cross-site");
    assert_page(&foreign.upload(&home.at(PATH), &[("csrf", &csrf)], file).await, 403);
    assert_eq!(home.face(&agent).await, None);
}

#[tokio::test]
async fn pictures_are_bounded_and_those_of_closed_accounts_are_not_shown() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let png = picture(ImageFormat::Png, 1);
    for _ in 0..20 {
        assert_eq!(home.sends(&agent, &png).await.status, 303);
    }
    let page = home.sends(&agent, &png).await;
    assert_eq!(page.status, 429, "{}", page.summary());
    assert!(page.header("retry-after").is_some() && page.has("#error-summary"));
    let face = home.face(&agent).await.unwrap();
    home.app.disable(home.alice).await;
    assert_eq!(Agent::new().picture(&home.at(&face), &[]).await.0, 404);
}
