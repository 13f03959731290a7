//! The way to a collector.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::blocking::{Client, Request as Outgoing};
use reqwest::redirect::Policy;

/// How long a collector may take. Spans gather meanwhile, and requests do not notice.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends what the exporter wrote, on the exporter's own thread.
#[derive(Debug)]
pub(super) struct Transport(Client);

impl Transport {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy();
        client.build().map(Self)
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut answer = self.0.execute(Outgoing::try_from(request)?)?.error_for_status()?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        Ok(response.body(answer.bytes()?)?)
    }
}

impl HttpClient for Transport {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        Box::pin(async move { self.send(request) })
    }
}
