//! Kept refusals: found by their request, and forgotten by age.

use latchkey::domain::audit::RequestContext;
use latchkey::domain::refusal::{NewRefusal, Reason};
use latchkey::kernel::ids::RefusalId;

use super::{at, bench};

#[test]
fn a_reason_is_found_by_its_request_until_it_is_forgotten() {
    let bench = bench();
    let keep = |request: &str, second: i64| {
        let context =
            RequestContext { request_id: Some(request.to_owned()), ..RequestContext::default() };
        let refusal = NewRefusal {
            client_id: Some("notes".to_owned()),
            error: "invalid_grant".to_owned(),
            reason: Reason::new("find_code", "RFC 6749 4.1.3").compared("one", "another"),
        };
        let id = RefusalId::new(&bench.env);
        bench.write(|tx| tx.refusals().insert(id, &refusal, &context, at(second)));
    };
    for second in 0..5 {
        keep(&format!("request-{second}"), second);
    }
    let found = |request: &str| bench.write(|tx| tx.refusals().of_request(request));
    assert_eq!(found("request-0")[0].check, "find_code");
    assert_eq!((found("request-0").len(), found("nobody").len()), (1, 0));

    let forget = || bench.write(|tx| tx.purge().refusals(at(2), 2)).deleted;
    assert_eq!([forget(), forget(), forget()], [2, 1, 0], "in batches");
    assert!(found("request-2").is_empty());
    assert_eq!(found("request-3").len(), 1);
}
