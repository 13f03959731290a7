//! Reading the values that are secret, directly or from the files that name them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::error::{Complaint, reason};
use super::origin::Origin;
use super::source::Raw;
use super::values::{Values, wrong_type};
use crate::kernel::secret::Secret;

/// The most that a file named by a `…_file` setting may hold, in bytes.
const SECRET_FILE_BYTES: u64 = 64 * 1024;

impl Values {
    /// A secret without a companion of the common kind, or `None` when it is not set.
    pub(super) fn text_secret(&mut self, key: &str) -> Option<Secret<String>> {
        let show = |_: &Secret<String>| Value::from("[redacted]");
        self.read(key, |text| Ok(Secret::from(text)), show, None)
    }

    /// A secret, set directly or by the file that its `…_file` companion names; `show` is the
    /// redacted form for printing.
    pub(super) fn secret(
        &mut self,
        key: &str,
        show: impl Fn(&str) -> String,
    ) -> Option<Secret<String>> {
        let companion = format!("{key}_file");
        let (file, file_origin) = self.take(&companion);
        let (direct, origin) = self.take(key);
        if direct.is_some() && file.is_some() {
            self.set_twice(key, &origin);
        }
        let found = match (direct, file) {
            (Some(Raw::Text(text) | Raw::Variable(text)), _) => Ok(Some((text, origin))),
            (Some(other), _) => Err((origin, wrong_type(key, &other, "text", "\"…\""))),
            (None, Some(Raw::Text(path) | Raw::Variable(path))) => {
                let path = self.resolve(&path, &file_origin);
                match read_secret_file(&path) {
                    Ok(text) => Ok(Some((text, file_origin))),
                    Err(complaint) => Err((file_origin, complaint)),
                }
            }
            (None, Some(other)) => {
                Err((file_origin, wrong_type(&companion, &other, "a path", "\"…\"")))
            }
            (None, None) => Ok(None),
        };
        match found {
            Ok(Some((text, origin))) => {
                self.note(key, Value::from(show(&text)), origin);
                Some(Secret::new(text))
            }
            Ok(None) => {
                self.note(key, Value::Null, Origin::Default);
                None
            }
            Err((origin, complaint)) => {
                self.complain(&origin, key, complaint);
                self.note(key, Value::Null, origin);
                None
            }
        }
    }

    /// Refuses a secret that is set both directly and through a file.
    pub(super) fn set_twice(&mut self, key: &str, origin: &Origin) {
        let complaint = Complaint::new(
            format!("`{key}` and `{key}_file` are both set"),
            "keep one of the two".to_owned(),
        );
        self.complain(origin, key, complaint);
    }
}

fn read_secret_file(path: &Path) -> Result<String, Complaint> {
    let cannot = |why: String| {
        Complaint::new(
            format!("the file {} cannot be read: {why}", path.display()),
            "name a readable file that holds nothing but the secret",
        )
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| cannot(reason(&error)))?;
    file.take(SECRET_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| cannot(reason(&error)))?;
    if text.len() as u64 > SECRET_FILE_BYTES {
        return Err(cannot("it is larger than 64 KiB".to_owned()));
    }
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}
