//! `/dev/mail`: what was sent, newest first, and a sample of every kind in every language. Only
//! `latchkey dev` mounts it.
//!
//! A letter's HTML is a document of its own, under a policy by which nothing in it runs and nothing
//! is fetched for it.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{self, ServiceConfig};
use askama::Template;

use super::pages::{LetterPage, ListPage, STYLE, SamplesPage};
use super::{Delivered, Mailbox};
use crate::domain::mail::{Letter, MessageKind};
use crate::http::error::Failure;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::view::Frame;
use crate::http::routing::{get, page};
use crate::http::site::Site;
use crate::i18n::Locale;
use crate::kernel::ids::MailId;
use crate::mail::message::Writing;
use crate::mail::{samples, style_source};

/// Where it is.
pub const PATH: &str = "/dev/mail";
/// Where the samples are.
const SAMPLES: &str = "/dev/mail/samples";
/// The made-up person of the samples.
const PERSON: &str = "Alice Example";

/// The routes, for [`crate::app::Node::serve_with`].
pub fn mount(mailbox: Mailbox) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let mailbox = web::Data::new(mailbox);
    move |config| {
        config
            .app_data(mailbox.clone())
            .service(page(PATH).route(get().to(list)))
            // No page: browsers ask for it on behalf of one.
            .service(web::resource("/dev/mail/style.css").route(get().to(style)))
            .service(page(SAMPLES).route(get().to(english_samples)))
            .service(page("/dev/mail/samples/{language}").route(get().to(sample_list)))
            .service(page("/dev/mail/samples/{language}/{kind}").route(get().to(sample)))
            .service(page("/dev/mail/samples/{language}/{kind}/html").route(get().to(sample_html)))
            .service(page("/dev/mail/{id}").route(get().to(letter)))
            .service(page("/dev/mail/{id}/html").route(get().to(letter_html)));
    }
}

/// `GET /dev/mail`.
async fn list(site: web::Data<Site>, mailbox: web::Data<Mailbox>) -> Answer {
    show(&ListPage { frame: frame(&site), letters: mailbox.newest_first().await? })
}

/// `GET /dev/mail/style.css`.
async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// `GET /dev/mail/{id}`.
async fn letter(
    site: web::Data<Site>,
    mailbox: web::Data<Mailbox>,
    id: web::Path<String>,
) -> Answer {
    let delivered = find(&mailbox, &id).await?;
    show(&LetterPage {
        frame: frame(&site),
        letter: &delivered.letter,
        at: delivered.at,
        html: format!("{PATH}/{}/html", delivered.id),
        back: PATH.to_owned(),
    })
}

/// `GET /dev/mail/{id}/html`.
async fn letter_html(mailbox: web::Data<Mailbox>, id: web::Path<String>) -> Answer {
    Ok(document(&find(&mailbox, &id).await?.letter))
}

/// `GET /dev/mail/samples`.
async fn english_samples(site: web::Data<Site>) -> Answer {
    samples_in(&site, Locale::default())
}

/// `GET /dev/mail/samples/{language}`.
async fn sample_list(site: web::Data<Site>, language: web::Path<String>) -> Answer {
    samples_in(&site, locale(&language)?)
}

/// `GET /dev/mail/samples/{language}/{kind}`.
async fn sample(site: web::Data<Site>, path: web::Path<(String, String)>) -> Answer {
    let (language, kind) = path.into_inner();
    let letter = write(&site, locale(&language)?, parsed(&kind)?)?;
    show(&LetterPage {
        frame: frame(&site),
        html: format!("{SAMPLES}/{}/{}/html", letter.language, letter.kind),
        letter: &letter,
        at: site.env.now(),
        back: format!("{SAMPLES}/{}", letter.language),
    })
}

/// `GET /dev/mail/samples/{language}/{kind}/html`.
async fn sample_html(site: web::Data<Site>, path: web::Path<(String, String)>) -> Answer {
    let (language, kind) = path.into_inner();
    Ok(document(&write(&site, locale(&language)?, parsed(&kind)?)?))
}

type Answer = Result<HttpResponse, Failure>;

fn samples_in(site: &Site, language: Locale) -> Answer {
    let letters = MessageKind::ALL.into_iter().map(|kind| write(site, language, kind));
    let letters = letters.collect::<Result<_, _>>()?;
    show(&SamplesPage { frame: frame(site), language, letters })
}

fn write(site: &Site, locale: Locale, kind: MessageKind) -> Result<Letter, Failure> {
    let unwritten = |_| Failure::internal("a sample has an address that is none");
    let writing = Writing {
        issuer: &site.issuer,
        brand: &site.branding.name,
        locale,
        person: Some(PERSON),
        help: site.branding.help.as_deref(),
    };
    let message = samples::sample(kind, site.env.now()).map_err(unwritten)?;
    Ok(message.letter(&writing, &samples::reader().map_err(unwritten)?))
}

async fn find(mailbox: &Mailbox, id: &str) -> Result<Delivered, Failure> {
    let unknown = || Failure::not_found("no such letter is kept");
    let id = id.parse().map(MailId).map_err(|_| unknown())?;
    mailbox.find(id).await?.ok_or_else(unknown)
}

fn locale(tag: &str) -> Result<Locale, Failure> {
    Locale::from_tag(tag).ok_or_else(|| Failure::not_found("there is no such language"))
}

fn parsed(kind: &str) -> Result<MessageKind, Failure> {
    kind.parse().map_err(|_| Failure::not_found("there is no such kind of message"))
}

fn frame(site: &Site) -> Frame {
    site.frame(Locale::default())
}

fn show(page: &impl Template) -> Answer {
    let html = page.render().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(ContentType::html()).body(html))
}

/// The HTML of a letter, as it was sent.
fn document(letter: &Letter) -> HttpResponse {
    let html = letter.html.clone();
    let mut answer = HttpResponse::Ok().content_type(ContentType::html()).body(html);
    answer.extensions_mut().insert(FormAction::Nowhere { style: style_source() });
    answer
}
