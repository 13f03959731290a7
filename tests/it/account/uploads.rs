//! Pictures cost no more than they have to.

use std::time::{Duration, Instant};

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use image::ImageFormat;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::picture::{PATH, picture};
use super::{ALICE, Home};
use crate::support::agent::Agent;
use crate::support::raw::{connect, head, host, status};

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Home {
    /// How many pictures are counted.
    fn expected(&self) -> i64 {
        let query = "SELECT coalesce(sum(count), 0)::bigint AS n FROM attempt_counters \
                     WHERE kind = 'account_picture'";
        sql_query(query).get_result::<Counted>(&mut self.app.raw()).unwrap().n
    }

    /// Until so many are.
    async fn expects(&self, count: i64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.expected() < count {
            assert!(Instant::now() < deadline, "{} of {count} are counted", self.expected());
            tokio::task::yield_now().await;
        }
    }

    /// The head of a request that sends a form of so many bytes.
    fn announced(&self, agent: &Agent, bytes: usize) -> String {
        let cookies = agent.cookies("localhost");
        let cookies: Vec<_> = cookies.iter().map(|it| it.stripped().to_string()).collect();
        format!(
            "POST {PATH} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: multipart/form-data; boundary=XyZ\r\nContent-Length: {bytes}\r\n\r\n",
            host(&self.app),
            cookies.join("; ")
        )
    }
}

/// The form of the page, with a picture in it.
async fn form(home: &Home, agent: &Agent) -> Vec<u8> {
    let page = agent.get(&home.at(PATH)).await;
    let csrf = page.attribute("#picture-form [name=csrf]", "value").unwrap();
    let fields = format!(
        "--XyZ\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--XyZ\r\n\
         Content-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n"
    );
    [fields.as_bytes(), &picture(ImageFormat::Png, 9), b"\r\n--XyZ--\r\n"].concat()
}

#[tokio::test]
async fn case_312_eight_files_are_received_at_once() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let form = form(&home, &agent).await;
    let (begin, end) = form.split_at(form.len() / 2);
    let mut under_way: Vec<TcpStream> = Vec::new();
    for count in 1..=8 {
        let mut stream = connect(&home.app).await;
        stream.write_all(home.announced(&agent, form.len()).as_bytes()).await.unwrap();
        stream.write_all(begin).await.unwrap();
        under_way.push(stream);
        // Whoever is counted has a place.
        home.expects(count).await;
    }
    let page = home.sends(&agent, &picture(ImageFormat::Png, 1)).await;
    assert_eq!(page.status, 503, "{}", page.summary());
    assert!(page.header("retry-after").is_some());
    assert_eq!(home.expected(), 8, "who found no place used nothing up");
    assert_eq!(home.face(&agent).await, None);
    for stream in &mut under_way {
        stream.write_all(end).await.unwrap();
        let answer = head(stream).await;
        assert_eq!(status(&answer), 303, "{answer}");
    }
    assert_eq!(home.sends(&agent, &picture(ImageFormat::Png, 1)).await.status, 303);
}

/// Somebody who hangs up in the middle keeps no place.
#[tokio::test]
async fn case_312_a_file_that_never_comes_takes_no_place_for_good() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    for count in 1..=9 {
        let mut stream = connect(&home.app).await;
        stream.write_all(home.announced(&agent, 1000).as_bytes()).await.unwrap();
        home.expects(count).await;
    }
    assert_eq!(home.sends(&agent, &picture(ImageFormat::Png, 1)).await.status, 303);
}

#[tokio::test]
async fn case_312_who_sends_too_many_is_told_before_the_next_one_is_received() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let png = picture(ImageFormat::Png, 1);
    for _ in 0..20 {
        assert_eq!(home.sends(&agent, &png).await.status, 303);
    }
    // Nothing follows the head, and the answer is there.
    let mut stream = connect(&home.app).await;
    stream.write_all(home.announced(&agent, 1_000_000).as_bytes()).await.unwrap();
    let answer = head(&mut stream).await;
    assert_eq!(status(&answer), 429, "{answer}");
    assert!(answer.to_lowercase().contains("retry-after"), "{answer}");
}

#[tokio::test]
async fn who_has_a_picture_is_told_so_without_reading_it() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.sends(&agent, &picture(ImageFormat::Png, 1)).await;
    let face = home.at(&home.face(&agent).await.unwrap());
    let tag = Agent::new().picture(&face, &[]).await.1["etag"].to_str().unwrap().to_owned();
    // Whoever reads it fails.
    sql_query("ALTER TABLE pictures RENAME COLUMN large TO hidden")
        .execute(&mut home.app.raw())
        .unwrap();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let (status, headers, bytes) =
            Agent::new().picture(&face, &[("if-none-match", &known)]).await;
        assert_eq!((status.as_u16(), bytes.len()), (304, 0), "{known}");
        assert_eq!(headers["etag"].to_str().unwrap(), tag);
        assert_eq!(headers["cache-control"], "public, max-age=86400, immutable");
    }
    let other = [("if-none-match", "\"x\"")];
    assert_eq!(Agent::new().picture(&face, &other).await.0, 500, "it would have been read");
    sql_query("ALTER TABLE pictures RENAME COLUMN hidden TO large")
        .execute(&mut home.app.raw())
        .unwrap();
    // One that was taken away is not kept for ever by those who have it.
    let known = [("if-none-match", tag.as_str())];
    home.app.disable(home.alice).await;
    assert_eq!(Agent::new().picture(&face, &known).await.0, 404);
}
