//! Client ids (`domain::client`) and row ids (`kernel::ids`).

use latchkey::domain::client::ClientId;
use latchkey::kernel::ids::FlowId;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let is_client_id = (3..=64).contains(&data.len())
        && data.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    match text.parse::<ClientId>() {
        Ok(id) => assert!(is_client_id && id.as_str() == text && id.to_string() == text),
        Err(_) => assert!(!is_client_id),
    }
    if let Ok(id) = text.parse::<FlowId>() {
        let shown = id.to_string();
        assert_eq!(shown.parse::<FlowId>().ok(), Some(id));
        let digits = |text: &str| {
            text.to_ascii_lowercase().trim_start_matches("urn:uuid:").replace(['-', '{', '}'], "")
        };
        assert_eq!(digits(text), digits(&shown), "{text}");
    }
}
