//! The modules of OpenID's certification profiles, a test each, named as the suite names them
//! (`oidcc-max-age-1` is `oidcc_max_age_1`). They speak HTTP only, and check what the suite checks.
//! `docs/certification.md` has the table, and says how the real suite is run.

/// A test for each module, run with one response mode.
macro_rules! modules {
    ($mode:expr, $($module:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $module() {
                $crate::certification::modules::$module($mode).await;
            }
        )+
    };
}

/// Every module of the Basic OP plan, in its order.
macro_rules! basic_op {
    ($mode:expr) => {
        modules!(
            $mode,
            oidcc_server,
            oidcc_response_type_missing,
            oidcc_idtoken_signature,
            oidcc_idtoken_unsigned,
            oidcc_userinfo_get,
            oidcc_userinfo_post_header,
            oidcc_userinfo_post_body,
            oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
            oidcc_scope_profile,
            oidcc_scope_email,
            oidcc_scope_address,
            oidcc_scope_phone,
            oidcc_scope_all,
            oidcc_ensure_other_scope_order_succeeds,
            oidcc_alternate_happy_flow,
            oidcc_display_page,
            oidcc_display_popup,
            oidcc_prompt_login,
            oidcc_prompt_none_not_logged_in,
            oidcc_prompt_none_logged_in,
            oidcc_max_age_1,
            oidcc_max_age_10000,
            oidcc_ensure_request_with_unknown_parameter_succeeds,
            oidcc_id_token_hint,
            oidcc_login_hint,
            oidcc_ui_locales,
            oidcc_claims_locales,
            oidcc_ensure_request_with_acr_values_succeeds,
            oidcc_codereuse,
            oidcc_codereuse_30seconds,
            oidcc_ensure_registered_redirect_uri,
            oidcc_ensure_post_request_succeeds,
            oidcc_server_client_secret_post,
            oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
            oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
            oidcc_claims_essential,
            oidcc_ensure_request_object_with_redirect_uri,
            oidcc_refresh_token,
            oidcc_ensure_request_with_valid_pkce_succeeds,
        );
    };
}

mod basic;
mod config;
mod form_post;
mod logout;
mod modules;
mod suite;

/// Other registrations than [`suite::Suite`]'s would fail modules of the real suite.
#[test]
fn the_documented_registrations_are_the_tested_ones() {
    let text = include_str!("../../../docs/certification.md").replace("\\\n", " ");
    let commands: Vec<_> =
        text.lines().filter(|line| line.trim().starts_with("latchkey client add")).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        assert!(command.contains("--pkce optional"), "{command}");
    }
}

/// The table in `docs/certification.md` names each module with its test, and leaves none out.
#[test]
fn the_table_has_every_module() {
    let table = include_str!("../../../docs/certification.md");
    let mut listed: Vec<String> = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| oidcc-")) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (module, test) = (cells.next().unwrap(), cells.next().unwrap().trim_matches('`'));
        let module = module.split(' ').next().unwrap();
        assert_eq!(module.replace('-', "_"), test, "{row}");
        listed.push(test.to_owned());
    }
    let sources =
        [include_str!("modules.rs"), include_str!("config.rs"), include_str!("logout.rs")];
    let mut written: Vec<String> = sources
        .iter()
        .flat_map(|source| source.split("async fn oidcc_").skip(1))
        .map(|rest| format!("oidcc_{}", rest.split('(').next().unwrap()))
        .collect();
    listed.sort();
    written.sort();
    assert_eq!(listed, written);
    assert!(listed.len() >= 51, "{} modules", listed.len());
}
