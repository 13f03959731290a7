//! openid-client and oauth4webapi, for Node.js. Both refuse plain http until they are told
//! `allowInsecureRequests`; nothing else differs from what their users write.

use std::process::Command;

use super::process::Process;
use super::program::{Program, Settings};

fn start(script: &str, settings: &Settings) -> Program {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
    let mut command = Command::new("node");
    // Node.js 18 tries the first address of localhost only, and the tests' server has one.
    command.arg("--dns-result-order=ipv4first");
    command.arg(format!("{folder}/{script}")).current_dir(folder);
    Program::Process(Process::start(command, settings))
}

mod openid_client {
    use super::super::journeys::journeys;
    use super::super::program::{Program, Settings};

    fn start(settings: &Settings) -> Program {
        super::start("openid-client.mjs", settings)
    }

    journeys! { start =>
        signs_somebody_in,
        a_denial_arrives,
        a_wrong_secret_is_understood,
        an_answer_to_another_sign_in_is_refused,
        an_answer_of_another_issuer_is_refused,
        refreshes_as_long_as_it_may,
        signs_out_at_the_provider,
        asks_about_its_token,
        gives_its_token_back,
        gets_a_token_for_itself,
        proves_itself_in_the_header_and_in_the_body,
        does_without_a_secret,
        takes_the_answer_as_a_form,
    }
}

mod oauth4webapi {
    use super::super::journeys::journeys;
    use super::super::program::{Program, Settings};

    fn start(settings: &Settings) -> Program {
        super::start("oauth4webapi.mjs", settings)
    }

    journeys! { start =>
        signs_somebody_in,
        a_denial_arrives,
        a_wrong_secret_is_understood,
        an_answer_to_another_sign_in_is_refused,
        an_answer_of_another_issuer_is_refused,
        refreshes_as_long_as_it_may,
        signs_out_at_the_provider,
        asks_about_its_token,
        gives_its_token_back,
        gets_a_token_for_itself,
        proves_itself_in_the_header_and_in_the_body,
        does_without_a_secret,
        takes_the_answer_as_a_form,
    }
}
