//! What a WebP file says of its size, in two places (RFC 9649 §2.5 to §2.7). The library believes the canvas,
//! and draws the frame within, which may be far larger: so the two must agree, and there is one frame.

use super::redraw::BadPicture;

/// Where the first chunk begins, behind `RIFF`, the size and `WEBP`.
const FIRST: usize = 12;

/// Refuses a file that moves, or whose frame is another size than its canvas.
pub(super) fn check(file: &[u8]) -> Result<(), BadPicture> {
    let (mut canvas, mut frame) = (None, None);
    let mut rest = file.get(FIRST..).unwrap_or_default();
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let [name @ .., a, b, c, d] = *head;
        let size = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let data = &behind[..size.min(behind.len())];
        match &name {
            b"VP8X" if canvas.is_none() && frame.is_none() => canvas = Some(canvas_size(data)?),
            b"VP8 " if frame.is_none() => frame = Some(lossy_size(data)?),
            b"VP8L" if frame.is_none() => frame = Some(lossless_size(data)?),
            b"VP8X" | b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF" => return Err(BadPicture::Broken),
            _ => {}
        }
        // A chunk of odd length has a byte behind it.
        rest = behind.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    match (canvas, frame) {
        (_, None) => Err(BadPicture::Broken),
        (Some(canvas), Some(frame)) if canvas != frame => Err(BadPicture::Broken),
        _ => Ok(()),
    }
}

/// Width and height.
type Extent = (u32, u32);

fn bytes<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N], BadPicture> {
    let found = data.get(at..).and_then(<[u8]>::first_chunk::<N>);
    found.copied().ok_or(BadPicture::Broken)
}

/// Of a canvas: 24 bits each, less one (RFC 9649 §2.7).
fn canvas_size(data: &[u8]) -> Result<Extent, BadPicture> {
    let side = |at| bytes::<3>(data, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]) + 1);
    Ok((side(4)?, side(7)?))
}

/// Of a lossy frame: 14 bits each, behind the tag and the start code (RFC 6386 §9.1).
fn lossy_size(data: &[u8]) -> Result<Extent, BadPicture> {
    let side = |at| bytes::<2>(data, at).map(|it| u32::from(u16::from_le_bytes(it) & 0x3fff));
    Ok((side(6)?, side(8)?))
}

/// Of a lossless frame: 14 bits each, less one, behind the signature (RFC 9649 §3.4).
fn lossless_size(data: &[u8]) -> Result<Extent, BadPicture> {
    let bits = u32::from_le_bytes(bytes::<4>(data, 1)?);
    Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &str, data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len()).unwrap().to_le_bytes();
        let mut chunk = [name.as_bytes(), &size, data].concat();
        chunk.resize(chunk.len() + data.len() % 2, 0);
        chunk
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
        [&b"RIFF"[..], &size, b"WEBP", &body].concat()
    }

    fn canvas(width: u16, height: u16) -> Vec<u8> {
        let side = |it: u16| [(it - 1).to_le_bytes().to_vec(), vec![0]].concat();
        chunk("VP8X", &[vec![0; 4], side(width), side(height)].concat())
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let start = [0, 0, 0, 0x9d, 1, 0x2a];
        chunk("VP8 ", &[&start[..], &width.to_le_bytes(), &height.to_le_bytes()].concat())
    }

    fn lossless(width: u32, height: u32) -> Vec<u8> {
        let bits = ((width - 1) | (height - 1) << 14).to_le_bytes();
        chunk("VP8L", &[&[0x2f][..], &bits].concat())
    }

    #[test]
    fn case_282_a_frame_is_as_large_as_its_canvas() {
        for right in [
            file(&[lossy(640, 480)]),
            file(&[lossless(640, 480)]),
            file(&[canvas(640, 480), chunk("ALPH", &[0; 3]), lossy(640, 480)]),
            file(&[canvas(640, 480), lossless(640, 480), chunk("EXIF", &[1; 5])]),
        ] {
            assert_eq!(check(&right), Ok(()));
        }
        for bomb in [
            file(&[canvas(1, 1), lossy(16383, 16383)]),
            file(&[canvas(1, 1), lossless(16384, 16384)]),
            file(&[canvas(640, 480), lossy(640, 480), lossy(16383, 16383)]),
            file(&[lossy(640, 480), canvas(640, 480)]),
            file(&[canvas(640, 480), chunk("ANIM", &[0; 6]), lossy(640, 480)]),
            file(&[canvas(640, 480), chunk("ANMF", &[0; 16])]),
            file(&[canvas(640, 480)]),
            file(&[chunk("VP8 ", &[0; 7])]),
            b"RIFF".to_vec(),
        ] {
            assert_eq!(check(&bomb), Err(BadPicture::Broken));
        }
    }
}
