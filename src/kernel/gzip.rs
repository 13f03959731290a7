//! Compression of what is public and made once.
//!
//! Nothing that holds a secret or repeats what was sent is ever compressed: its length would tell
//! whoever can have parts of it chosen what the rest is (BREACH, CVE-2013-3587).

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

/// `bytes` in gzip (RFC 1952), where that is shorter.
pub fn compress(bytes: &[u8]) -> Option<Arc<[u8]>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let short = encoder.finish().ok()?;
    (short.len() < bytes.len()).then(|| short.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn what_is_compressed_comes_back() {
        let text = "to be or not to be ".repeat(50);
        let short = compress(text.as_bytes()).unwrap();
        assert!(short.len() < text.len() / 4, "{}", short.len());
        let mut back = String::new();
        flate2::read::GzDecoder::new(&short[..]).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn what_would_grow_is_left_as_it_is() {
        assert_eq!(compress(b""), None);
        assert_eq!(compress(b"abc"), None);
    }
}
