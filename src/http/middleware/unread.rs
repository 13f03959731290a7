//! Bodies in chunks that nobody reads to their end.
//!
//! The HTTP library would read what is left of them for as long as it comes, or does not come. It
//! does so only once nobody holds the body any more; as long as somebody does, it closes the
//! connection after the answer (having read on for a moment, so that the answer arrives). So the
//! body is held until the answer is sent.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::Stream;

/// The body of a request, for those who read it and those who hold it.
#[derive(Clone)]
pub(super) struct Held(Rc<RefCell<Payload>>);

/// Holds the body of a request that comes in chunks.
pub(super) fn hold(request: &mut ServiceRequest) -> Option<Held> {
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let held = Held(Rc::new(RefCell::new(request.take_payload())));
    request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
    Some(held)
}

/// Lets go of it once the answer is sent.
pub(super) fn until_sent(
    held: Option<Held>,
    answer: ServiceResponse<BoxBody>,
) -> ServiceResponse<BoxBody> {
    match held {
        None => answer,
        Some(held) => answer.map_body(|_, body| BoxBody::new(Holding { body, _held: held })),
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

/// The body of an answer that holds the body of its request.
struct Holding {
    body: BoxBody,
    _held: Held,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
