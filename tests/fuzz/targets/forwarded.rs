//! `http::extract::forwarded`: a line of the header `Forwarded` (RFC 7239).

use std::net::IpAddr;

use latchkey::http::extract::forwarded::clients;

pub fn check(data: &[u8]) {
    let found = clients(data);
    let marks = outside_of_marks(data);
    // What a proxy appends is either the last entry or makes the whole line unreadable: nothing to
    // the left of it can put another address in its place.
    for (entry, ip) in [
        (", for=198.51.100.7", "198.51.100.7"),
        (", for=\"[2001:db8::7]:99\";proto=https", "2001:db8::7"),
        (",for=unknown", ""),
    ] {
        let after = clients(&[data, entry.as_bytes()].concat());
        if let Some(after) = &after {
            assert_eq!(*after.last().unwrap(), ip.parse::<IpAddr>().ok());
        }
        assert_eq!(after.is_some(), found.is_some(), "a good entry spoils nothing");
        if let (Some(mut before), Some(after)) = (found.clone(), after) {
            before.push(ip.parse().ok());
            assert_eq!(after, before);
        }
    }
    let Some(found) = found else { return };
    let marks = marks.expect("every mark is closed");
    let commas = data.iter().zip(&marks).filter(|(byte, outside)| **byte == b',' && **outside);
    assert_eq!(found.len(), commas.count() + 1);
    // Each entry stands in the line as it was read, and reads the same by itself.
    let mut start = 0;
    let ends = (0..data.len()).filter(|at| data[*at] == b',' && marks[*at]).chain([data.len()]);
    for (end, entry) in ends.zip(&found) {
        let text = &data[start..end];
        assert_eq!(clients(text), Some(vec![*entry]));
        assert!(entry.is_none() || text.to_ascii_lowercase().windows(4).any(|it| it == b"for="));
        assert_eq!(entry.map(|ip| ip.to_canonical()), *entry);
        start = end + 1;
    }
}

/// Whether each byte stands outside of quotation marks; `None`: one is never closed.
fn outside_of_marks(data: &[u8]) -> Option<Vec<bool>> {
    let (mut outside, mut escaped) = (true, false);
    let mut all = Vec::new();
    for byte in data {
        all.push(outside);
        if escaped {
            escaped = false;
        } else if *byte == b'"' {
            outside = !outside;
        } else if *byte == b'\\' && !outside {
            escaped = true;
        }
    }
    outside.then_some(all)
}
