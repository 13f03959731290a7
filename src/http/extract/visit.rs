//! A person's request: everything a page handler needs to know about it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest, web};

use super::browser::Browser;
use super::context::Context;
use super::cookies::{self, Kind};
use super::form::Fields;
use super::language;
use super::session::SessionCookie;
use crate::domain::audit::RequestContext;
use crate::http::error::Failure;
use crate::http::middleware::csrf::{self, Binding};
use crate::http::pages::view::Frame;
use crate::http::services::Services;
use crate::http::site::Site;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;

/// A person's request.
#[derive(Debug)]
pub struct Visit {
    /// What every answer needs.
    pub site: web::Data<Site>,
    /// The use cases.
    pub services: web::Data<Services>,
    /// The binding of the browser.
    pub browser: Browser,
    /// What it presents as its session.
    pub session: Option<TokenHash>,
    /// What it presents as the secret by which accounts know it.
    pub device: Option<TokenHash>,
    /// What the audit trail notes.
    pub context: RequestContext,
    /// The query as it was sent.
    pub query: String,
    request: HttpRequest,
}

impl Visit {
    /// The header fields.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The cookie by which accounts know the browser, as it was sent.
    pub fn device_cookie(&self) -> Option<String> {
        device_cookie(&self.site, &self.request).map(str::to_owned)
    }

    /// The secret of a link that was opened in this browser a while ago.
    pub fn link_cookie(&self, kind: Kind) -> Option<Secret<String>> {
        let name = cookies::name(&self.site.issuer, kind);
        cookies::secret(self.request.headers(), &name).map(Secret::from)
    }

    /// The fields of the query, each there once at most.
    pub fn fields(&self) -> Result<Fields, Failure> {
        Fields::parse(self.query.as_bytes()).map_err(|e| Failure::bad_request(e.to_string()))
    }

    /// The address of this page for GET. Forms are sent to the address they were shown at.
    pub fn address(&self) -> String {
        match self.request.query_string() {
            "" => self.request.path().to_owned(),
            query => format!("{}?{query}", self.request.path()),
        }
    }

    /// The path of this page, where it was asked for by GET. What was said behind it is left out: it may
    /// tell of something that was done just then.
    pub fn page(&self) -> Option<&str> {
        (self.request.method() == Method::GET).then(|| self.request.path())
    }

    /// The frame of a page in the person's language; `ui_locales` is what an app asks for.
    pub fn frame(&self, ui_locales: Option<&str>) -> Frame {
        let locale = language::locale(&self.site.issuer, self.request.headers(), ui_locales);
        Frame { language_return: Some(self.address()), ..self.site.frame(locale) }
    }

    /// The value of the hidden field of a form.
    pub fn csrf(&self, binding: Binding) -> String {
        binding.token(&self.services.master)
    }

    /// Refuses a form that was not made for this binding.
    pub fn verify(&self, binding: Binding, form: &Fields) -> Result<(), Failure> {
        binding.verify(&self.services.master, form.get(csrf::FIELD))
    }
}

impl FromRequest for Visit {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read(request, payload))
    }
}

fn device_cookie<'r>(site: &Site, request: &'r HttpRequest) -> Option<&'r str> {
    cookies::secret(request.headers(), &cookies::name(&site.issuer, Kind::Device))
}

fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Visit, Failure> {
    let site = request.app_data::<web::Data<Site>>();
    let services = request.app_data::<web::Data<Services>>();
    let (Some(site), Some(services)) = (site, services) else {
        return Err(Failure::internal("the use cases are not mounted"));
    };
    let browser = Browser::from_request(request, payload).into_inner()?;
    let context = Context::from_request(request, payload).into_inner()?.0;
    Ok(Visit {
        site: site.clone(),
        services: services.clone(),
        browser,
        session: SessionCookie::from_request(request, payload).into_inner()?.0,
        device: device_cookie(site, request).map(TokenHash::of),
        context: RequestContext { browser: browser.0, ..context },
        query: request.query_string().to_owned(),
        request: request.clone(),
    })
}
