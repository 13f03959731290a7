//! Which handler answers where.

use actix_web::web::{self, ServiceConfig, post};

use crate::http::middleware::cors::Sharing;
use crate::http::oauth::{
    authorize, discovery, introspection, jwks, logout, revocation, token, upstream_logout, userinfo,
};
use crate::http::ops::{files, health, pictures};
use crate::http::pages::account::{
    activity, addresses as own_addresses, apps, data, deactivation, details, devices, passkeys,
    password, picture as own_picture, profile, providers, region, security, sessions, username,
};
use crate::http::pages::addresses::{keep, restore};
use crate::http::pages::second_factor::set_up_passkey;
use crate::http::pages::view::LANGUAGE_PATH;
use crate::http::pages::{
    confirm_address, connect, consent, forgot_password, language, link, login, mailed_code,
    mailed_link, not_me, passkey, provider, provider_sign_out, register, register_confirm,
    register_passkey, second_factor, select_account, setup, sign_out,
};
use crate::http::routing::{get, page, shared};
use crate::http::{api, assets};
use crate::protocol::paths;

/// Mounts everything. A page is mounted as `page`, so that it is guarded.
pub(super) fn mount(config: &mut ServiceConfig) {
    config
        .configure(endpoints)
        .configure(flow_pages)
        .configure(passkey_pages)
        .configure(account_pages)
        .configure(personal_pages)
        .configure(mailed_pages)
        .configure(api::mount)
        // Behind the API, whose paths begin like those of providers.
        .configure(provider_pages)
        .service(web::resource("/health/live").route(get().to(health::live)))
        .service(web::resource("/health/ready").route(get().to(health::ready)))
        .service(web::resource("/api/health").route(get().to(health::api)))
        .service(web::resource(format!("{}{{name}}", assets::PREFIX)).route(get().to(files::asset)))
        .service(web::resource("/pictures/{file}").route(get().to(pictures::show)))
        .service(web::resource("/favicon.ico").route(get().to(files::favicon)));
}

fn endpoints(config: &mut ServiceConfig) {
    let metadata = |path| shared(path, Sharing::Public, "GET").route(get().to(discovery::metadata));
    config
        .service(metadata(paths::OPENID_CONFIGURATION))
        .service(metadata(paths::AUTHORIZATION_SERVER))
        .service(shared(paths::JWKS, Sharing::Public, "GET").route(get().to(jwks::jwks)))
        .service(shared(paths::TOKEN, Sharing::Registered, "POST").route(post().to(token::token)))
        .service(web::resource(paths::INTROSPECT).route(post().to(introspection::introspect)))
        .service(
            shared(paths::REVOKE, Sharing::Registered, "POST").route(post().to(revocation::revoke)),
        )
        .service(
            shared(paths::USERINFO, Sharing::Registered, "GET, POST")
                .route(get().to(userinfo::get))
                .route(post().to(userinfo::post)),
        )
        // Cross-site by design, so these are no guarded pages: what is posted to them reads no
        // cookie and changes nothing.
        .service(
            web::resource(paths::AUTHORIZE)
                .route(get().to(authorize::get))
                .route(post().to(authorize::post)),
        )
        .service(web::resource(paths::CONTINUE).route(get().to(authorize::go_on)))
        .service(
            web::resource(paths::LOGOUT)
                .route(get().to(logout::ask))
                .route(post().to(logout::post)),
        );
}

fn flow_pages(config: &mut ServiceConfig) {
    config
        .service(page("/login").route(get().to(login::show)).route(post().to(login::submit)))
        .service(
            page("/register").route(get().to(register::show)).route(post().to(register::submit)),
        )
        .service(
            page("/register/confirm")
                .route(get().to(register_confirm::show))
                .route(post().to(register_confirm::submit)),
        )
        .service(
            page("/login/code")
                .route(get().to(mailed_code::show))
                .route(post().to(mailed_code::submit)),
        )
        .service(
            page("/second-factor/mailed-code")
                .route(get().to(mailed_code::show_second))
                .route(post().to(mailed_code::submit_second)),
        )
        .service(
            page("/sign-in-link")
                .route(get().to(mailed_link::show))
                .route(post().to(mailed_link::submit)),
        )
        .service(
            page("/confirm-address")
                .route(get().to(confirm_address::show))
                .route(post().to(confirm_address::submit)),
        )
        .service(
            page("/select-account")
                .route(get().to(select_account::show))
                .route(post().to(select_account::submit)),
        )
        .service(page("/consent").route(get().to(consent::show)).route(post().to(consent::submit)))
        .service(
            page("/second-factor/app")
                .route(get().to(second_factor::app::show))
                .route(post().to(second_factor::app::submit)),
        )
        .service(
            page("/second-factor/recovery-code")
                .route(get().to(second_factor::recovery_code::show))
                .route(post().to(second_factor::recovery_code::submit)),
        )
        .service(
            page("/second-factor/password")
                .route(get().to(second_factor::password::show))
                .route(post().to(second_factor::password::submit)),
        )
        .service(page("/second-factor/provider").route(get().to(second_factor::provider::show)))
        .service(
            page(second_factor::provider::START).route(get().to(second_factor::provider::start)),
        )
        .service(
            page("/second-factor/set-up")
                .route(get().to(second_factor::set_up::show))
                .route(post().to(second_factor::set_up::submit)),
        )
        .service(page("/set-password").route(get().to(link::show)).route(post().to(link::submit)))
        .service(
            page("/forgot-password")
                .route(get().to(forgot_password::show))
                .route(post().to(forgot_password::submit)),
        )
        .service(page("/forgot-password/sent").route(get().to(forgot_password::sent)))
        .service(page("/not-me").route(get().to(not_me::show)).route(post().to(not_me::submit)))
        .service(page("/not-me/done").route(get().to(not_me::done)))
        .service(page("/setup").route(get().to(setup::show)).route(post().to(setup::submit)))
        .service(
            page("/sign-out").route(get().to(sign_out::show)).route(post().to(sign_out::submit)),
        )
        .service(page("/signed-out").route(get().to(sign_out::done)))
        .service(page(LANGUAGE_PATH).route(get().to(language::choose)));
}

fn provider_pages(config: &mut ServiceConfig) {
    config
        .service(
            page(connect::PATH).route(get().to(connect::show)).route(post().to(connect::submit)),
        )
        .service(page(providers::PATH).route(get().to(providers::show)))
        .service(page("/account/providers/{provider}/connect").route(post().to(providers::connect)))
        .service(
            page("/account/providers/{id}/disconnect")
                .route(get().to(providers::ask))
                .route(post().to(providers::disconnect)),
        )
        // Cross-site by design, so these are no guarded pages: who is sent to a provider changes nothing,
        // and who comes back brings a state that was given to this browser.
        .service(
            web::resource(provider::CALLBACK)
                .route(get().to(provider::callback))
                .route(post().to(provider::posted)),
        )
        .service(web::resource(upstream_logout::PATH).route(post().to(upstream_logout::take)))
        .service(web::resource(provider_sign_out::RETURN).route(get().to(provider_sign_out::back)))
        .service(web::resource(provider::START).route(get().to(provider::start)));
}

fn passkey_pages(config: &mut ServiceConfig) {
    config
        .service(page(passkey::SIGN_IN_OPTIONS).route(post().to(passkey::sign_in_options)))
        .service(page(passkey::SIGN_IN).route(post().to(passkey::sign_in)))
        .service(page(passkey::SECOND_OPTIONS).route(post().to(passkey::second_options)))
        .service(
            page(passkey::SECOND).route(get().to(passkey::show)).route(post().to(passkey::submit)),
        )
        .service(page(register_passkey::OPTIONS).route(post().to(register_passkey::options)))
        .service(
            page(register_passkey::PATH)
                .route(get().to(register_passkey::show))
                .route(post().to(register_passkey::submit)),
        )
        .service(page(set_up_passkey::OPTIONS).route(post().to(set_up_passkey::options)))
        .service(page(set_up_passkey::PATH).route(post().to(set_up_passkey::submit)))
        .service(page(passkeys::PATH).route(get().to(passkeys::show)))
        .service(page(passkeys::ADD_OPTIONS).route(post().to(passkeys::options)))
        .service(
            page(passkeys::ADD).route(get().to(passkeys::add_page)).route(post().to(passkeys::add)),
        )
        .service(
            page("/account/security/passkeys/{id}/rename")
                .route(get().to(passkeys::rename_page))
                .route(post().to(passkeys::rename)),
        )
        .service(
            page("/account/security/passkeys/{id}/remove")
                .route(get().to(passkeys::remove_page))
                .route(post().to(passkeys::remove)),
        );
}

fn account_pages(config: &mut ServiceConfig) {
    config
        .service(page("/").route(get().to(profile::home)))
        .service(page("/account").route(get().to(profile::show)))
        .service(
            page("/account/details")
                .route(get().to(details::show))
                .route(post().to(details::submit)),
        )
        .service(page(security::PATH).route(get().to(security::show)))
        .service(
            page(password::PATH).route(get().to(password::show)).route(post().to(password::submit)),
        )
        .service(
            page("/account/security/apps/new")
                .route(get().to(security::apps::ask_name))
                .route(post().to(security::apps::add)),
        )
        .service(
            page("/account/security/apps/{id}/rename")
                .route(get().to(security::apps::ask_new_name))
                .route(post().to(security::apps::rename)),
        )
        .service(
            page("/account/security/apps/{id}/remove")
                .route(get().to(security::apps::ask))
                .route(post().to(security::apps::remove)),
        )
        .service(
            page("/account/security/recovery-codes")
                .route(get().to(security::recovery_codes::show))
                .route(post().to(security::recovery_codes::make)),
        )
        .service(
            page("/account/security/recovery-codes/download")
                .route(post().to(security::recovery_codes::download)),
        )
        .service(page("/account/security/browsers/distrust").route(post().to(security::distrust)))
        .service(page("/account/sessions").route(get().to(sessions::show)))
        .service(page("/account/sessions/end-others").route(post().to(sessions::end_others)))
        .service(page("/account/sessions/{id}/end").route(post().to(sessions::end)))
        .service(page("/account/apps").route(get().to(apps::show)))
        .service(
            page("/account/apps/{id}/remove")
                .route(get().to(apps::ask))
                .route(post().to(apps::remove)),
        );
}

fn personal_pages(config: &mut ServiceConfig) {
    config
        .service(page("/account/addresses").route(get().to(own_addresses::show)))
        .service(
            page("/account/addresses/add")
                .route(get().to(own_addresses::add))
                .route(post().to(own_addresses::submit)),
        )
        .service(
            page("/account/addresses/pending/{id}/drop")
                .route(post().to(own_addresses::drop_pending)),
        )
        .service(
            page("/account/addresses/{id}/primary").route(post().to(own_addresses::make_primary)),
        )
        .service(
            page("/account/addresses/{id}/remove")
                .route(get().to(own_addresses::ask))
                .route(post().to(own_addresses::remove)),
        )
        .service(
            page("/account/username")
                .route(get().to(username::show))
                .route(post().to(username::submit)),
        )
        .service(
            page("/account/region").route(get().to(region::show)).route(post().to(region::submit)),
        )
        .service(
            page("/account/picture")
                .route(get().to(own_picture::show))
                .route(post().to(own_picture::submit)),
        )
        .service(page("/account/picture/remove").route(post().to(own_picture::remove)))
        .service(page("/account/devices/forget-all").route(post().to(devices::forget_all)))
        .service(page("/account/devices/{id}/forget").route(post().to(devices::forget)))
        .service(page("/account/activity").route(get().to(activity::show)))
        .service(page("/account/data").route(get().to(data::show)))
        .service(page("/account/data/export").route(post().to(data::export)))
        .service(
            page("/account/data/delete").route(get().to(data::ask)).route(post().to(data::delete)),
        )
        .service(page("/deleted").route(get().to(data::deleted)))
        .service(
            page("/account/data/deactivate")
                .route(get().to(deactivation::ask))
                .route(post().to(deactivation::deactivate)),
        )
        .service(page("/deactivated").route(get().to(deactivation::done)));
}

fn mailed_pages(config: &mut ServiceConfig) {
    config
        .service(page("/keep-address").route(get().to(keep::show)).route(post().to(keep::submit)))
        .service(
            page("/restore-account")
                .route(get().to(restore::show))
                .route(post().to(restore::submit)),
        );
}
