//! `GET` and `POST /oauth2/userinfo` (OIDC Core §5.3).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};

use super::{body_params, json, refusal};
use crate::http::error::Failure;
use crate::http::extract::form::FormBody;
use crate::http::services::Services;

/// `GET`: the token is in the Authorization header (RFC 6750 §2.1), never in the query, which ends
/// up in logs and histories.
pub async fn get(
    services: web::Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    answer(&services, bearer(request.headers())).await
}

/// `POST`: the token is in the header or in the form (RFC 6750 §2.2), but not in both.
pub async fn post(
    services: web::Data<Services>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let in_header = bearer(request.headers());
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return answer(&services, in_header).await;
    }
    let FormBody(form) = FormBody::from_request(&request, &mut body.into_inner()).await?;
    let params = body_params(&form)?;
    match (in_header, params.get("access_token")) {
        (Some(_), Some(_)) => Err(Failure::bad_request("the token is there twice")),
        (in_header, in_form) => answer(&services, in_header.or(in_form)).await,
    }
}

async fn answer(services: &Services, token: Option<&str>) -> Result<HttpResponse, Failure> {
    let Some(token) = token else { return Ok(refusal::unauthenticated()) };
    match services.provider.userinfo(token).await {
        Ok(claims) => Ok(json(StatusCode::OK, &claims)),
        Err(error) => refusal::split(error).map(|refusal| refusal::bearer(&refusal)),
    }
}

/// The one bearer token of the headers; the scheme's name is compared without case (RFC 9110
/// §11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
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

    #[test]
    fn one_bearer_token_is_read() {
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc"]).as_deref(), Some("abc"));
        for lines in
            [&[] as &[&str], &["Basic abc"], &["Bearer"], &["Bearer "], &["Bearer a", "Bearer a"]]
        {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }
}
