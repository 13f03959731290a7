//! The picture of a person: drawn anew in fixed sizes, under a name that says nothing of them.

use super::client::text_enum;

/// The folder of pictures on the web.
pub const FOLDER: &str = "/pictures/";

/// The largest file that is taken, in bytes.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;

text_enum! {
    /// In which size a picture is told of. It is square, and the name is its width in pixels.
    Size {
        /// For lists and pages.
        Small = "96",
        /// For apps.
        Large = "512",
    }
}

/// The name of a picture: 256 random bits in base64url, new with every picture. Whoever is told it sees
/// the picture, and learns nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureName(String);

impl PictureName {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 43
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the picture in one size.
    pub fn path(&self, size: Size) -> String {
        format!("{FOLDER}{}.{}.jpg", self.0, size.as_str())
    }

    /// Reads what follows [`FOLDER`] in a path.
    pub fn of_file(file: &str) -> Option<(Self, Size)> {
        let (name, size) = file.strip_suffix(".jpg")?.split_once('.')?;
        Some((Self::parse(name)?, size.parse().ok()?))
    }
}

/// A picture in its sizes, as JPEG.
#[derive(Clone, Debug)]
pub struct Picture {
    /// [`Size::Small`].
    pub small: Vec<u8>,
    /// [`Size::Large`].
    pub large: Vec<u8>,
}

impl Size {
    /// Width and height in pixels.
    pub fn pixels(self) -> u32 {
        match self {
            Self::Small => 96,
            Self::Large => 512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_picture_and_to_nothing_else() {
        let name = PictureName::parse(&"aZ09-_x".repeat(7)[..43]).unwrap();
        for size in Size::ALL {
            let path = name.path(*size);
            let found = PictureName::of_file(path.strip_prefix(FOLDER).unwrap());
            assert_eq!(found, Some((name.clone(), *size)));
            assert_eq!(size.as_str(), size.pixels().to_string());
        }
        let name = name.as_str();
        for file in [
            format!("{name}.97.jpg"),
            format!("{name}.96.png"),
            format!("{name}.96"),
            format!("{name}x.96.jpg"),
            format!("{}.96.jpg", &name[1..]),
            format!("../{}.96.jpg", &name[3..]),
            String::new(),
        ] {
            assert_eq!(PictureName::of_file(&file), None, "{file}");
        }
    }
}
