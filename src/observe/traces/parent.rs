//! The trace that a request says it is part of (W3C Trace Context §3.2).

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The trace that a request says it is part of, and the span there that it came from. Nothing but
/// two numbers, so it can be logged whoever sent it; it is still no proof of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    trace: u128,
    span: u64,
}

/// `00-` trace `-` span `-` flags.
const LENGTH: usize = 2 + 1 + 32 + 1 + 16 + 1 + 2;

impl Parent {
    /// Reads a `traceparent`; anything that is not exactly as the specification has it is none.
    /// Later versions may have more behind what is known of this one (§4.2).
    pub fn parse(header: &[u8]) -> Option<Self> {
        let known = header.get(..LENGTH)?;
        let mut parts = known.split(|byte| *byte == b'-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (version, _flags) = (hex(version, 2)?, hex(flags, 2)?);
        let rest = &header[LENGTH..];
        let may_end_so = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let (trace, span) = (hex(trace, 32)?, u64::try_from(hex(span, 16)?).ok()?);
        (may_end_so && trace != 0 && span != 0).then_some(Self { trace, span })
    }

    /// The trace in hexadecimal.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The span in hexadecimal.
    pub fn span_id(self) -> String {
        format!("{:016x}", self.span)
    }
}

impl From<Parent> for SpanContext {
    fn from(parent: Parent) -> Self {
        let (trace, span) = (TraceId::from(parent.trace), SpanId::from(parent.span));
        Self::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
    }
}

/// Exactly `digits` digits, in lower case (§2.2.1).
fn hex(text: &[u8], digits: usize) -> Option<u128> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != digits || !text.iter().all(is_digit) {
        return None;
    }
    u128::from_str_radix(str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_one_is_read() {
        let parent = Parent::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span_id(), "00f067aa0ba902b7");
        let later = format!("01{}-more", &GOOD[2..]);
        assert_eq!(Parent::parse(later.as_bytes()), Some(parent));
    }

    #[test]
    fn case_328_whatever_else_comes_is_none() {
        let zeros = |digits| "0".repeat(digits);
        for text in [
            String::new(),
            GOOD.to_uppercase(),
            format!(" {GOOD}"),
            format!("{GOOD}-x"),
            format!("01{}x", &GOOD[2..]),
            format!("ff{}", &GOOD[2..]),
            GOOD.replace('-', "_"),
            GOOD.replacen('4', "g", 1),
            GOOD.replacen("4b", "+b", 1),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zeros(32)),
            GOOD.replace("00f067aa0ba902b7", &zeros(16)),
            GOOD.replacen("4bf9", "\r\n: ", 1),
            GOOD[..54].to_owned(),
        ] {
            assert_eq!(Parent::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_sent(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(parent) = Parent::parse(&bytes) {
                let text = format!("-{}-{}-", parent.trace_id(), parent.span_id());
                prop_assert_eq!(&bytes[2..53], text.as_bytes());
            }
        }

        #[test]
        fn every_trace_is_read(trace in 1_u128.., span in 1_u64.., flags in any::<u8>()) {
            let text = format!("00-{trace:032x}-{span:016x}-{flags:02x}");
            prop_assert_eq!(Parent::parse(text.as_bytes()), Some(Parent { trace, span }));
        }
    }
}
