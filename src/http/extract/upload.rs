//! A form with a file in it: `multipart/form-data` (RFC 7578), for the one page that asks for a file.
//!
//! No other route takes this type, nor as many bytes. The caller finds out first who is signed in: a
//! stranger's file is not received.

use std::convert::Infallible;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use multer::{Constraints, Multipart};

use super::form::{self, Fields};
use crate::domain::picture::MOST_BYTES;
use crate::http::error::Failure;
use crate::http::site::site_of;

/// What stands around the file: the other fields, and the headers of the parts.
const SURROUNDINGS: usize = 16 * 1024;

/// The most parts. The one form has two.
const MOST_PARTS: usize = 8;

/// What was sent.
#[derive(Debug)]
pub struct Upload {
    /// The fields of text, each there once.
    pub fields: Fields,
    /// The bytes of the file; empty where none was chosen.
    pub file: Bytes,
}

impl Upload {
    /// Receives a form whose file is in the field `name`. `None`: there were more bytes than are taken.
    pub async fn receive(
        request: &HttpRequest,
        body: Payload,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let headers = request.headers();
        if headers.contains_key(header::CONTENT_ENCODING) {
            return Err(Failure::unsupported_media_type("the body is encoded"));
        }
        let mut types = headers.get_all(header::CONTENT_TYPE);
        let (Some(kind), None) = (types.next(), types.next()) else {
            return Err(Failure::unsupported_media_type("Content-Type is missing or repeated"));
        };
        let kind = kind.to_str().unwrap_or_default();
        let site = site_of(request)?;
        let (small, patience) = (site.max_body_bytes, site.body_timeout);
        if form::is_form(kind) {
            // A form without a file, as programs send it: no larger than any other.
            let body = form::body(small, patience, headers, body.into_inner()).await?;
            let fields = Fields::parse(&body).map_err(|e| Failure::bad_request(e.to_string()))?;
            return Ok(Some(Self { fields, file: Bytes::new() }));
        }
        let boundary = multer::parse_boundary(kind)
            .map_err(|_| Failure::unsupported_media_type("the body is no form in parts"))?;
        let limit = MOST_BYTES + SURROUNDINGS;
        match form::body(limit, patience, headers, body.into_inner()).await {
            Ok(body) => parse(body, boundary, name).await.map(Some),
            Err(failure) if failure.status == StatusCode::PAYLOAD_TOO_LARGE => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

async fn parse(body: Bytes, boundary: String, name: &str) -> Result<Upload, Failure> {
    let unreadable = |error: multer::Error| Failure::bad_request(error.to_string());
    let whole = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = Multipart::with_constraints(whole, boundary, Constraints::new());
    let (mut texts, mut file) = (Vec::new(), None);
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(Failure::bad_request("the form has too many parts"));
        }
        let field = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(unreadable)?;
        if field == name {
            if file.replace(bytes).is_some() {
                return Err(Failure::bad_request("the file is there twice"));
            }
        } else {
            texts.push((field, bytes));
        }
    }
    let fields = Fields::of_parts(texts).map_err(|e| Failure::bad_request(e.to_string()))?;
    Ok(Upload { fields, file: file.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: &[u8]) -> Result<Upload, Failure> {
        parse(Bytes::copy_from_slice(body), "X".to_owned(), "picture").await
    }

    fn part(name: &str, value: &str) -> String {
        format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    #[tokio::test]
    async fn fields_and_the_file_are_told_apart() {
        let file = "--X\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\
                    Content-Type: text/html\r\n\r\n\u{0}\r\n--Y\r\n";
        let body = format!("{}{file}--X--\r\n", part("csrf", "abc"));
        let upload = read(body.as_bytes()).await.unwrap();
        assert_eq!(upload.fields.get("csrf"), Some("abc"));
        assert_eq!(upload.fields.get("picture"), None);
        assert_eq!(upload.file.as_ref(), b"\0\r\n--Y");
        let none = read(format!("{}--X--\r\n", part("csrf", "abc")).as_bytes()).await.unwrap();
        assert!(none.file.is_empty());
    }

    #[tokio::test]
    async fn case_312_what_is_no_form_in_parts_is_refused() {
        let (csrf, picture, end) = (part("csrf", "a"), part("picture", "b"), "--X--\r\n");
        for body in [
            String::new(),
            "csrf=abc".to_owned(),
            format!("{csrf}{csrf}{end}"),
            format!("{picture}{picture}{end}"),
            format!("{csrf}{picture}"),
            format!("{csrf}--X\r\nContent-Disposition: form-data; name=\"picture\"\r\n\r\ncut"),
            format!("{}{end}", part("csrf", "a\0b")),
            format!("{}{end}", (0..9).map(|n| part(&n.to_string(), "")).collect::<String>()),
        ] {
            let status = read(body.as_bytes()).await.map_err(|failure| failure.status).unwrap_err();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body:?}");
        }
    }
}
