//! A passkey as the second factor that is set up before one is let in.

use actix_web::HttpResponse;

use super::set_up::{begin_page, signed_in};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::flow;
use crate::http::pages::passkey::{answered, question};
use crate::http::pages::view::SetUpProblem;
use crate::identity::login::{FlowError, Next, SetUp};
use crate::identity::passkeys::NewPasskey;

/// Where the form goes.
pub const PATH: &str = "/second-factor/set-up/passkey";
/// Where the script of its page asks for a challenge.
pub const OPTIONS: &str = "/second-factor/set-up/passkey/options";

/// `POST /second-factor/set-up/passkey/options`.
pub async fn options(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    match visit.services.identity.ask_for_set_up_passkey(at).await {
        Ok(asked) => Ok(question(asked)),
        Err(FlowError::WrongPasskey(_)) => Err(Failure::bad_request("nobody is to set one up")),
        Err(error) => flow::refused(&visit, error),
    }
}

/// `POST /second-factor/set-up/passkey`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    let (ceremony, credential) = answered(&form)?;
    let fallback_name = visit.frame(None).locale.text("passkey");
    let new = NewPasskey { ceremony, credential, fallback_name };
    match visit.services.identity.set_passkey_up(at, new, &visit.context).await {
        Ok(SetUp::Done((advanced, codes))) => signed_in(&visit, advanced, &codes),
        Ok(SetUp::Elsewhere(advanced)) if advanced.next == Next::SetUp => {
            begin_page(&visit, Some(SetUpProblem::Passkey)).await
        }
        Ok(SetUp::Elsewhere(advanced)) => flow::go_on(&visit, *advanced),
        Err(FlowError::WrongPasskey(_)) => begin_page(&visit, Some(SetUpProblem::Passkey)).await,
        Err(error) => flow::refused(&visit, error),
    }
}
