//! Documents that everybody gets alike and may keep for a while.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::http::encoding;
use crate::kernel::gzip;

/// A JSON document with its entity tag, made once and handed out many times.
#[derive(Clone, Debug)]
pub struct Document {
    /// The JSON.
    pub body: Arc<[u8]>,
    /// The same in gzip.
    pub gzip: Option<Arc<[u8]>>,
    /// Its entity tag, quotation marks included (RFC 9110 §8.8.3). In gzip it has another one.
    pub etag: Arc<str>,
}

impl Document {
    /// A document whose tag is its digest.
    pub(super) fn new(json: Vec<u8>) -> Self {
        let tag = URL_SAFE_NO_PAD.encode(&Sha256::digest(&json)[..16]);
        let gzip = gzip::compress(&json);
        Self { body: json.into(), gzip, etag: format!("\"{tag}\"").into() }
    }

    /// The document, or 304 for whoever shows that it is the one they have (RFC 9110 §13.1.2).
    /// `max_age`: seconds for which it may be kept without asking; 0 means to ask every time.
    pub(super) fn answer(self, request: &HttpRequest, max_age: i64) -> HttpResponse {
        let (body, etag, coding) = match self.gzip {
            Some(gzip) if encoding::takes_gzip(request) => {
                // Other bytes, so another tag (RFC 9110 §8.8.3.3).
                let etag = format!("{}-gzip\"", self.etag.trim_end_matches('"'));
                (gzip, etag, Some("gzip"))
            }
            _ => (self.body, self.etag.to_string(), None),
        };
        let known = request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*");
        let caching = match max_age {
            ..=0 => "public, no-cache".to_owned(),
            seconds => format!("public, max-age={seconds}"),
        };
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer
            .insert_header((header::CACHE_CONTROL, caching))
            .insert_header((header::VARY, encoding::VARY))
            .insert_header((header::ETAG, etag));
        if known {
            return answer.finish();
        }
        if let Some(coding) = coding {
            answer.insert_header((header::CONTENT_ENCODING, coding));
        }
        answer.content_type("application/json").body(Bytes::from_owner(body))
    }
}
