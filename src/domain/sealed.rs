//! A value encrypted under the master key, as it stands in the database.

use std::fmt;

/// AES-256-GCM ciphertext with what is needed to open it again. The table, the column and the
/// row id it belongs to are authenticated with it, so a ciphertext moved elsewhere does not open.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which master key sealed it: 16 hexadecimal digits.
    pub key_id: String,
    /// The nonce, fresh for every value.
    pub nonce: [u8; 12],
    /// The ciphertext followed by its 16 bytes of tag.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for Sealed {
    /// Names the master key and the length only: ciphertext in a log helps nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes under {})", self.ciphertext.len(), self.key_id)
    }
}
