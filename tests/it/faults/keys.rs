//! The schedule of the signing keys on a database that stores none.

use chrono::TimeDelta;
use latchkey::app::StartError;

use crate::support::app::TestApp;

/// Each key takes a core for a good part of a second, so it counts how many are made.
#[tokio::test]
async fn case_f06_keys_that_cannot_be_stored_are_not_made_again_and_again() {
    let app = TestApp::start();
    app.refuse_rows("signing_keys");
    app.clock.advance(TimeDelta::days(91));
    let (mut made, mut put_off) = (0, 0);
    // Ten minutes, in which a node looks every three seconds.
    for _ in 0..200 {
        match app.node().keep_keys().await {
            Err(StartError::KeyPutOff) => put_off += 1,
            Err(_) => {
                made += 1;
                // Here, because two hundred of them would take minutes.
                assert!(made <= 8, "{made} keys were made");
            }
            Ok(()) => panic!("it cannot be stored"),
        }
        app.clock.advance(TimeDelta::seconds(3));
    }
    assert!(made >= 3, "{made} keys were made");
    assert_eq!(made + put_off, 200);

    app.take_rows();
    app.clock.advance(TimeDelta::minutes(10));
    app.node().keep_keys().await.unwrap();
    assert!(app.node().keep_keys().await.is_ok(), "nothing is due");
}
