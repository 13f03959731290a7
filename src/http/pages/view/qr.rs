//! Pictures for cameras: QR codes as SVG, for the page itself. The only file that names qrcode.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The quiet zone around it, in modules (ISO/IEC 18004 §6.3.8).
const MARGIN: usize = 4;

/// The picture of a text; `None`: it is too long for one. Always dark on white, whatever the colours of
/// the page: many cameras see nothing else. `label` is what it is for who cannot see it, and has to be
/// text of ours.
pub(in crate::http) fn svg(text: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let size = width + 2 * MARGIN;
    let label = label.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let mut picture = format!(
        "<svg class=\"picture\" id=\"picture\" role=\"img\" aria-label=\"{label}\" \
         viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path fill=\"#000\" d=\""
    );
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a String cannot fail.
                let _ = write!(picture, "M{} {}h{n}v1h-{n}", x + MARGIN, y + MARGIN, n = run.len());
            }
            x += run.len();
        }
    }
    picture.push_str("\"/></svg>");
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three corners that cameras look for are where they belong.
    #[test]
    fn a_picture_has_its_corners_and_is_small() {
        let uri = format!(
            "otpauth://totp/Latchkey:ada%40example.com?secret={}&issuer=Latchkey",
            "A".repeat(32)
        );
        let picture = svg(&uri, "For the \"app\" & <camera>").unwrap();
        assert!(picture.contains("aria-label=\"For the &quot;app&quot; &amp; &lt;camera>\""));
        assert!(picture.contains("M4 4h7v1h-7"), "{picture}");
        let size: usize = picture
            .split("viewBox=\"0 0 ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(picture.contains(&format!("M{} 4h7v1h-7", size - 11)));
        assert!(picture.contains(&format!("M4 {}h7v1h-7", size - 5)));
        assert!(picture.len() < 9_000, "{} bytes", picture.len());
        assert!(!picture.contains("style") && !picture.contains("http"));
    }

    #[test]
    fn what_is_too_long_has_no_picture() {
        assert!(svg(&"x".repeat(3000), "x").is_none());
    }
}
