//! `GET` and `POST /oauth2/userinfo` (OIDC Core §5.3).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};

use super::{body_params, json, refusal, unreadable};
use crate::http::error::Failure;
use crate::http::extract::form::FormBody;
use crate::http::services::Services;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::params::Params;

/// `GET`: the token is in the Authorization header (RFC 6750 §2.1).
pub async fn get(
    services: web::Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    answer(&services, &request, None).await
}

/// `POST`: the token is in the header or in the form (RFC 6750 §2.2), but not in both.
pub async fn post(
    services: web::Data<Services>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return answer(&services, &request, None).await;
    }
    let FormBody(form) = FormBody::from_request(&request, &mut body.into_inner()).await?;
    answer(&services, &request, Some(&body_params(&form)?)).await
}

async fn answer(
    services: &Services,
    request: &HttpRequest,
    form: Option<&Params>,
) -> Result<HttpResponse, Failure> {
    let query = Params::parse(request.query_string()).map_err(unreadable)?;
    let outcome = match presented(request.headers(), &query, form) {
        Ok(None) => return Ok(refusal::unauthenticated()),
        Ok(Some(token)) => services.provider.userinfo(token).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(claims) => Ok(json(StatusCode::OK, &claims)),
        Err(error) => refusal::split(error).map(|refusal| refusal::bearer(&refusal)),
    }
}

/// The one token of a request, from the one place where it is (RFC 6750 §2). Addresses end up in
/// logs and histories, so one with a token in it is refused, and the token never read (§2.3).
fn presented<'r>(
    headers: &'r HeaderMap,
    query: &Params,
    form: Option<&'r Params>,
) -> Result<Option<&'r str>, Refusal> {
    const TOKEN: &str = "access_token";
    if query.get(TOKEN).is_some() || query.is_repeated(TOKEN) {
        return Err(malformed("an access token does not belong in the address"));
    }
    let in_form = form.and_then(|form| form.get(TOKEN));
    let repeated = headers.get_all(header::AUTHORIZATION).count() > 1
        || form.is_some_and(|form| form.is_repeated(TOKEN));
    match (bearer(headers), in_form) {
        _ if repeated => Err(malformed("the access token is there twice")),
        (Some(_), Some(_)) => Err(malformed("the access token is there twice")),
        (in_header, in_form) => Ok(in_header.or(in_form)),
    }
}

fn malformed(description: &'static str) -> Refusal {
    Refusal::new(OAuthError::InvalidRequest, "check_presented_token", "RFC 6750 2", description)
}

/// The one bearer token of the headers; the scheme's name is compared without case (RFC 9110
/// §11.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut sent = headers.get_all(header::AUTHORIZATION);
    let (Some(value), None) = (sent.next(), sent.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn read(lines: &[&str], query: &str, form: Option<&str>) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        let parse = |text| Params::parse(text).unwrap();
        let (query, form) = (parse(query), form.map(parse));
        presented(&headers, &query, form.as_ref()).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn one_token_is_read() {
        for (lines, form) in [
            (&["Bearer abc"] as &[&str], None),
            (&["bearer  abc"], Some("a=b")),
            (&[], Some("access_token=abc")),
            (&["Basic abc"], Some("access_token=abc")),
        ] {
            assert_eq!(read(lines, "x=1", form).unwrap().as_deref(), Some("abc"), "{lines:?}");
        }
        for lines in [&[] as &[&str], &["Basic abc"], &["Bearer"], &["Bearer "]] {
            assert_eq!(read(lines, "", None).unwrap(), None, "{lines:?}");
        }
    }

    #[test]
    fn case_117_a_token_twice_or_in_the_address_is_refused() {
        for (lines, query, form) in [
            (&["Bearer a"] as &[&str], "", Some("access_token=a")),
            (&["Bearer a", "Bearer a"], "", None),
            (&[], "", Some("access_token=a&access_token=a")),
            (&[], "access_token=a", None),
            (&["Bearer a"], "access_token=a", None),
            (&["Bearer a"], "access_token=&access_token=a", None),
            (&[], "access_token=a", Some("access_token=a")),
        ] {
            let refusal = read(lines, query, form).unwrap_err();
            assert_eq!(refusal.error, OAuthError::InvalidRequest, "{lines:?} {query} {form:?}");
        }
    }
}
