//! Signing in with other providers.

use super::*;
use crate::domain::provider::ProviderKind;

const KINDS: [(ProviderKind, &str); 6] = [
    (ProviderKind::Google, "Google"),
    (ProviderKind::Microsoft, "Microsoft"),
    (ProviderKind::Apple, "Apple"),
    (ProviderKind::Github, "GitHub"),
    (ProviderKind::Facebook, "Facebook"),
    (ProviderKind::Oidc, "Example University of Applied Sciences"),
];

pub(super) fn buttons() -> Vec<ProviderButton> {
    let button = |(kind, label): (ProviderKind, &str)| ProviderButton {
        id: kind.as_str().to_owned(),
        kind,
        label: label.to_owned(),
        href: format!("/api/auth/{kind}?flow=0192"),
        was_used: kind == ProviderKind::Google,
    };
    KINDS.into_iter().map(button).collect()
}

pub(super) fn providers(locale: Locale) -> Vec<Sample> {
    let plain = login(frame(locale));
    let of = |key| locale.text_with(key, "provider", "Google");
    let not_in = |key| {
        let request_id = Some("01jd8x5r6m7w".to_owned());
        Some(NotIn { text: of(key), another: None, request_id, at: at(21, 7) })
    };
    let with = LoginView { providers: buttons(), ..plain.clone() };
    let connect = ConnectView {
        frame: frame(locale),
        app: Some(app()),
        action: "/connect?flow=0192".to_owned(),
        provider: "Google".to_owned(),
        person: Some("ada.lovelace@example.com".to_owned()),
        account: "ada@example.com".to_owned(),
        is_taken: false,
    };
    let second = SecondProviderView {
        frame: frame(locale),
        step: SecondStep { trust_days: None, ..super::second_factor::step() },
        providers: buttons().split_off(5),
        not_in: None,
    };
    let account = |notice| nav(AccountSection::Security, notice);
    let page = ProvidersView {
        frame: frame(locale),
        account: account(Some(AccountNotice::ProviderConnected)),
        connected: vec![ConnectedView {
            provider: "Google".to_owned(),
            person: Some("ada.lovelace@example.com".to_owned()),
            since: at(10, 8),
            last_used: at(17, 9),
            disconnect: "/account/providers/0192/disconnect".to_owned(),
        }],
        others: buttons().split_off(1),
        not_in: None,
    };
    let disconnect = DisconnectView {
        frame: frame(locale),
        account: account(None),
        action: "/account/providers/0192/disconnect".to_owned(),
        cancel: "/account/providers".to_owned(),
        provider: "Google".to_owned(),
        problem: None,
    };
    vec![
        sample("login-providers", with.clone()),
        sample("login-hinted", LoginView { hinted: buttons().pop(), ..plain }),
        sample("second-provider", second.clone()),
        sample(
            "second-provider-refused",
            SecondProviderView { not_in: not_in("provider-problem-other"), ..second },
        ),
        sample("login-arrival", LoginView { arrival: Some(of("provider-known")), ..with.clone() }),
        sample(
            "login-not-in",
            LoginView { not_in: not_in("provider-problem-unavailable"), ..with },
        ),
        sample("connect", connect.clone()),
        sample("connect-taken", ConnectView { person: None, is_taken: true, ..connect }),
        sample("providers", page.clone()),
        sample(
            "providers-not-connected",
            ProvidersView {
                account: account(None),
                not_in: not_in("connect-problem-not-admitted"),
                ..page.clone()
            },
        ),
        sample(
            "providers-none",
            ProvidersView {
                connected: vec![],
                account: account(Some(AccountNotice::ProviderDisconnected)),
                ..page
            },
        ),
        sample("disconnect", disconnect.clone()),
        sample(
            "disconnect-last",
            DisconnectView { problem: Some("error-factor-last"), ..disconnect },
        ),
    ]
}
