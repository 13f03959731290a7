//! Drawing a picture anew: the only file that names the library for it.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::error::{ImageError, LimitErrorKind};
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
};

use super::webp;
use crate::domain::picture::{MOST_BYTES, Picture, Size};

/// What is decoded.
const KINDS: &[ImageFormat] = &[ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

/// The longest side, in pixels.
const LONGEST_SIDE: u32 = 12_000;

/// The most pixels: those of a good camera. Four bytes of each are held while it is drawn.
const MOST_PIXELS: u64 = 36_000_000;

/// The most that the decoded picture may take, in bytes.
const MOST_MEMORY: u64 = 160 * 1024 * 1024;

/// How good the JPEG is, of 100.
const QUALITY: u8 = 85;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    /// No file was sent.
    #[error("no file was sent")]
    Missing,
    /// It has more than [`MOST_BYTES`].
    #[error("the file has more than {MOST_BYTES} bytes")]
    TooLarge,
    /// Neither PNG nor JPEG nor WebP, whatever it calls itself.
    #[error("the file is neither PNG nor JPEG nor WebP")]
    Kind,
    /// It has too many pixels.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// It ends too early, or cannot be read for another reason.
    #[error("the picture cannot be read")]
    Broken,
}

impl From<ImageError> for BadPicture {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(error) => match error.kind() {
                LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => {
                    Self::TooManyPixels
                }
                _ => Self::Broken,
            },
            ImageError::Decoding(_)
            | ImageError::Encoding(_)
            | ImageError::Parameter(_)
            | ImageError::Unsupported(_)
            | ImageError::IoError(_) => Self::Broken,
        }
    }
}

/// Decodes a file, turns it upright, cuts the middle out as a square, and draws that in each size. What
/// shines through becomes white. Takes a second or two.
pub(super) fn redraw(file: &[u8]) -> Result<Picture, BadPicture> {
    if file.is_empty() {
        return Err(BadPicture::Missing);
    }
    if file.len() > MOST_BYTES {
        return Err(BadPicture::TooLarge);
    }
    let square = square(&decode(file)?);
    let large = scaled(&square, Size::Large);
    Ok(Picture { small: encode(&scaled(&large, Size::Small))?, large: encode(&large)? })
}

/// What the file begins with says what it is; its name and what the browser calls it say nothing.
fn decode(file: &[u8]) -> Result<DynamicImage, BadPicture> {
    let kind = image::guess_format(file).ok().filter(|kind| KINDS.contains(kind));
    let kind = kind.ok_or(BadPicture::Kind)?;
    if kind == ImageFormat::WebP {
        webp::check(file)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), kind);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(BadPicture::TooManyPixels);
    }
    // A picture whose notes cannot be read is shown as it lies there.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The middle as a square, on white.
fn square(image: &DynamicImage) -> RgbImage {
    let side = image.width().min(image.height());
    let (x, y) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let cut = image.crop_imm(x, y, side, side).into_rgba8();
    RgbImage::from_fn(side, side, |x, y| {
        let [red, green, blue, alpha] = cut.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|shade| on_white(shade, alpha)))
    })
}

fn on_white(shade: u8, alpha: u8) -> u8 {
    let (shade, alpha) = (u32::from(shade), u32::from(alpha));
    // The mean of two bytes is one.
    u8::try_from((shade * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

fn scaled(image: &RgbImage, size: Size) -> RgbImage {
    let width = size.pixels();
    imageops::resize(image, width, width, FilterType::CatmullRom)
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, BadPicture> {
    let mut bytes = Vec::new();
    let (width, height) = image.dimensions();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    encoder.encode(image.as_raw(), width, height, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbaImage;

    fn file(image: &DynamicImage, kind: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, kind).unwrap();
        bytes.into_inner()
    }

    /// Red above, blue below.
    fn flag(width: u32, height: u32) -> DynamicImage {
        DynamicImage::from(RgbImage::from_fn(width, height, |_, y| {
            if y < height / 2 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) }
        }))
    }

    fn shown(picture: &Picture) -> RgbImage {
        let large = image::load_from_memory_with_format(&picture.large, ImageFormat::Jpeg);
        large.unwrap().into_rgb8()
    }

    fn is(pixel: Rgb<u8>, wanted: [u8; 3]) -> bool {
        pixel.0.iter().zip(wanted).all(|(have, want)| have.abs_diff(want) < 24)
    }

    #[test]
    fn every_kind_becomes_a_square_in_two_sizes() {
        for kind in KINDS {
            let picture = redraw(&file(&flag(300, 200), *kind)).unwrap();
            for (bytes, size) in [(&picture.small, Size::Small), (&picture.large, Size::Large)] {
                let jpeg = image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).unwrap();
                assert_eq!(
                    (jpeg.width(), jpeg.height()),
                    (size.pixels(), size.pixels()),
                    "{kind:?}"
                );
            }
            let shown = shown(&picture);
            assert!(is(*shown.get_pixel(256, 20), [250, 0, 0]), "{kind:?}");
            assert!(is(*shown.get_pixel(256, 490), [0, 0, 250]), "{kind:?}");
        }
    }

    #[test]
    fn what_shines_through_is_white() {
        let clear = DynamicImage::from(RgbaImage::from_pixel(4, 4, image::Rgba([0, 0, 0, 0])));
        let picture = redraw(&file(&clear, ImageFormat::Png)).unwrap();
        assert!(is(*shown(&picture).get_pixel(9, 9), [255, 255, 255]));
    }

    /// A camera that was held upside down notes it (EXIF, orientation 3), beside the place.
    #[test]
    fn it_is_turned_upright_and_its_notes_are_gone() {
        let jpeg = file(&flag(64, 64), ImageFormat::Jpeg);
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0";
        let notes = [b"Exif\0\0" as &[u8], tiff, b"52.5200N 13.4050E"].concat();
        let length = u16::try_from(notes.len() + 2).unwrap().to_be_bytes();
        let file = [&jpeg[..2], b"\xff\xe1", &length, &notes, &jpeg[2..]].concat();
        let picture = redraw(&file).unwrap();
        assert!(is(*shown(&picture).get_pixel(256, 20), [0, 0, 250]), "it stands on its head");
        for bytes in [&picture.small, &picture.large] {
            assert!(!bytes.windows(4).any(|part| part == b"Exif" || part == b"52.5"));
        }
    }

    #[test]
    fn case_282_nothing_of_a_second_file_is_kept() {
        let script = b"<script>alert(document.domain)</script>";
        for kind in KINDS {
            let polyglot = [&file(&flag(8, 8), *kind), script as &[u8]].concat();
            let picture = redraw(&polyglot).unwrap();
            for bytes in [&picture.small, &picture.large] {
                assert!(!bytes.windows(7).any(|part| part == b"<script"), "{kind:?}");
            }
        }
    }

    #[test]
    fn case_282_what_is_no_picture_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for (name, bytes, reason) in [
            ("nothing", &b""[..], BadPicture::Missing),
            ("svg", svg, BadPicture::Kind),
            ("html", b"<!doctype html><p>", BadPicture::Kind),
            ("gif", b"GIF89a\x01\0\x01\0\0\0\0;", BadPicture::Kind),
            ("pdf", b"%PDF-1.7", BadPicture::Kind),
            ("png of html", b"\x89PNG\r\n\x1a\n<!doctype html>", BadPicture::Broken),
            ("jpeg of html", b"\xff\xd8\xff\xe0<!doctype html>", BadPicture::Broken),
            ("webp of html", b"RIFF\x20\0\0\0WEBP<!doctype html>", BadPicture::Broken),
        ] {
            assert_eq!(redraw(bytes).unwrap_err(), reason, "{name}");
        }
        assert_eq!(redraw(&vec![0; MOST_BYTES + 1]).unwrap_err(), BadPicture::TooLarge);
    }

    #[test]
    fn a_file_that_ends_too_early_is_refused_wherever_it_ends() {
        for kind in [ImageFormat::Png, ImageFormat::WebP] {
            let whole = file(&flag(40, 40), kind);
            for end in (12..whole.len() - 16).step_by(7) {
                let cut = redraw(&whole[..end]);
                assert!(
                    matches!(cut, Err(BadPicture::Broken | BadPicture::Kind)),
                    "{kind:?} {end}"
                );
            }
        }
        // Of a JPEG the part that is there may be shown.
        let whole = file(&flag(40, 40), ImageFormat::Jpeg);
        for end in (3..whole.len()).step_by(7) {
            let _ = redraw(&whole[..end]);
        }
        assert_eq!(redraw(&whole[..40]).unwrap_err(), BadPicture::Broken);
    }

    /// A few bytes that unpack into more than the machine has.
    #[test]
    fn case_282_a_bomb_is_refused_by_its_head() {
        let small = file(&flag(8, 8), ImageFormat::Png);
        for (width, height) in [(60_000_u32, 60_000_u32), (12_000, 12_000), (u32::MAX >> 1, 1)] {
            let mut bomb = small.clone();
            bomb[16..20].copy_from_slice(&width.to_be_bytes());
            bomb[20..24].copy_from_slice(&height.to_be_bytes());
            let sum = crc(&bomb[12..29]).to_be_bytes();
            bomb[29..33].copy_from_slice(&sum);
            assert_eq!(redraw(&bomb).unwrap_err(), BadPicture::TooManyPixels, "{width}x{height}");
        }
    }

    /// Of a chunk of a PNG (ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            })
        })
    }
}
