//! Every check that refuses, in words.

/// A check that can refuse a request.
#[derive(Debug)]
pub struct Check {
    /// Its name in reasons.
    pub name: &'static str,
    /// What it is about, as a sentence that continues "the check of …" without its beginning.
    pub about: &'static str,
    /// What to do about it, where nothing more can be told from what was compared.
    pub advice: &'static str,
}

/// Declares the checks: name, what it is about, what to do.
macro_rules! checks {
    ($($name:literal: $about:literal, $advice:literal;)*) => {
        /// Every check. A test looks for the names in the source.
        pub const CHECKS: &[Check] =
            &[$(Check { name: $name, about: $about, advice: $advice }),*];
    };
}

impl Check {
    /// The check of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        CHECKS.iter().find(|check| check.name == name)
    }
}

checks! {
    // Authorization requests.
    "load_client":
        "the client_id must name a registered client",
        "compare the client_id that the app is configured with to `latchkey client list`";
    "check_redirect_uri":
        "the redirect_uri must be one of the client's, byte for byte",
        "let the app send a registered address, or register the one that it sends";
    "check_nothing_repeated":
        "every parameter may be there once only",
        "let the app send the parameter once; look for it in the address and in the body, and in what \
         a library adds by itself";
    "check_length":
        "state and nonce may have 4096 bytes",
        "let the app keep its data and send a short random reference instead";
    "assign_response_mode":
        "the response_mode must be one that discovery lists",
        "leave response_mode out, or use query, fragment or form_post";
    "check_request_object":
        "requests are sent as plain parameters",
        "switch request objects (request, request_uri) off in the app's library";
    "check_response_type":
        "the response_type must be code",
        "switch the app to the authorization code flow with PKCE: implicit and hybrid flows are not \
         offered";
    "check_code_challenge":
        "PKCE with S256 protects the code",
        "switch PKCE on in the app's library: code_challenge with code_challenge_method=S256";
    "assign_scope":
        "the scope must be well-formed and within what the client is registered for",
        "let the app ask for registered scopes only, each apart by one space";
    "negotiate":
        "the request must hold together",
        "compare the request with what the specification asks for";
    "assign_prompt":
        "prompt must be one of the known values, and none stands alone",
        "correct prompt: none, or any of login, consent, select_account and create";
    "assign_max_age":
        "max_age must be a number of seconds",
        "correct max_age, or leave it out";
    "assign_id_token_hint":
        "the id_token_hint must be an ID token that this client got here",
        "let the app send the last ID token that it got here, or none; one of another environment or \
         of another client does not do";
    "assign_claims":
        "the claims parameter must be a small JSON object as OIDC Core 5.5 describes it",
        "correct the claims parameter, or ask by scopes instead";
    "check_acr":
        "an essential acr must be one that can be reached here",
        "let the app ask for values that discovery lists (acr_values_supported), or not insist on them";
    "check_resource":
        "the only resource is the issuer itself",
        "leave resource out; access tokens are for the issuer's own endpoints";
    "check_consent":
        "the person must allow the app",
        "nothing: the person said no; the app may ask again when the person wants it";
    "check_silent":
        "prompt=none allows no page",
        "let the app begin anew without prompt=none, so that the person can be asked; this is no fault \
         when it only wanted to know whether somebody is signed in";
    // Token requests.
    "find_grant":
        "the grant_type must be one that discovery lists",
        "use authorization_code, refresh_token or client_credentials; passwords are never taken here";
    "check_grant_allowed":
        "the client must be registered for the grant",
        "register the grant with `latchkey client update`; its --grant replaces the whole list";
    "check_parameters":
        "every required parameter must be there and not empty",
        "let the app send the parameter that the description names, in the body of the request";
    "check_confidential":
        "only a client with a secret may do this",
        "make it a confidential client (`latchkey client update … --confidential`), if it can keep a \
         secret";
    "find_code":
        "the code must be one that was issued here",
        "make sure that the app sends the code of this environment, decoded once and whole";
    "check_code_client":
        "a code belongs to the client that asked for it",
        "let the same client redeem the code that asked for it; otherwise somebody may be injecting \
         codes";
    "check_code_unused":
        "a code can be redeemed once",
        "let the app redeem each code once: look for a reload of its callback page, a retry, or two \
         workers. Where it does, somebody else may have the code; its tokens are revoked";
    "check_code_lifetime":
        "a code must be redeemed within its lifetime",
        "let the app redeem codes at once, and compare the machines' clocks; see \
         `latchkey settings get code_lifetime`";
    "check_code_redirect_uri":
        "the token request repeats the redirect_uri of the authorization request, byte for byte",
        "let the app send the very redirect_uri that it began with";
    "verify_pkce":
        "the code_verifier must fit the code_challenge",
        "make sure that the app keeps the verifier of the very request: two tabs, or a second worker, \
         often overwrite it";
    "redeem_code":
        "the code, its client and its redirect_uri must belong together",
        "let the app begin anew";
    "check_grant_honoured":
        "the authorization must still be honoured",
        "let the person sign in and allow the app again";
    "check_refresh_token":
        "the refresh token must be one that was issued here",
        "make sure that the app sends the refresh token of this environment, and not an access token";
    "check_refresh_client":
        "a refresh token belongs to the client that got it",
        "let the same client use the token that got it";
    "check_refresh_lifetime":
        "a refresh token must be used within its lifetime",
        "let the person sign in again; see the settings refresh_idle_lifetime and \
         refresh_absolute_lifetime, and the client's own";
    "check_refresh_unused":
        "a refresh token is used once, and its successor after that",
        "let the app store the new refresh token before it uses it, and refresh in one place only; \
         where it does, somebody else has a copy. The family is revoked, and the person signs in \
         again";
    "redeem_refresh_token":
        "the refresh token and its client must belong together",
        "let the person sign in again";
    "check_scope":
        "the scope must be within what was granted",
        "let the app ask for less, or ask the person for more by a new authorization request";
    // Client authentication.
    "read_client_authentication":
        "a client names itself, and proves itself by one of the methods that discovery lists",
        "let the app send client_id and secret by its registered method; both halves of a Basic \
         header are form-encoded before they are joined";
    "check_single_client_authentication":
        "a client proves itself by one method at a time",
        "let the app send its secret either in the Authorization header or in the body";
    "check_client_id_agrees":
        "the body must not name another client than the Authorization header",
        "leave client_id out of the body, or send the same";
    "find_client":
        "the client must be registered and enabled",
        "compare the client_id that the app is configured with to `latchkey client list`";
    "check_auth_method":
        "a client with a secret sends it, and one without sends none",
        "give a confidential client its secret; let a public one leave client_secret out";
    "check_client_secret":
        "the secret must be one of the client's that has not expired",
        "configure the app with the newest secret; `latchkey client rotate-secret` makes another, as a \
         lost one cannot be shown again";
    "check_guesses":
        "only so many wrong secrets of a client are looked at in a minute",
        "give the app its right secret, which is always taken; `latchkey client rotate-secret` makes \
         another";
    // Tokens that are presented.
    "present_access_token":
        "an access token comes as Bearer in the Authorization header",
        "let the app send `Authorization: Bearer` with its access token, once";
    "check_presented_token":
        "an access token comes once, in the Authorization header or in the form, never in the address",
        "let the app send `Authorization: Bearer` with its access token, once, and nothing beside it";
    "verify_access_token":
        "the access token must be ours, valid and not taken back",
        "let the app refresh its token, and use the access token here, not the ID token";
    "check_client":
        "a token is given back by the client that got it",
        "let the client revoke its own tokens only";
    // Signing out.
    "check_logout_hint":
        "an id_token_hint at a sign-out must be an ID token of ours, of the client that is named",
        "let the app send the ID token that it got here; without one the person is asked";
    "check_post_logout_redirect_uri":
        "after a sign-out only a registered address is gone to",
        "register the address with `latchkey client update … --post-logout-redirect-uri` (it replaces \
         the whole list), and let the app name itself by an id_token_hint";
    "check_logout_token":
        "a provider signs people out with a logout token that is in order",
        "see the reason; compare the issuer and the client_id with `latchkey provider show NAME`, and the \
         machines' clocks";
    "check_logout_token_once":
        "a logout token counts once",
        "nothing, where the provider repeated what was done; else somebody else has got hold of the token";
    // Requests of browsers.
    "check_host":
        "requests must be for the issuer's host",
        "let the proxy pass the Host header on unchanged, and compare the configured issuer";
    "check_origin":
        "a form must come from one of our own pages",
        "send the form from our own page; where people meet this, look whether the proxy changes Origin \
         or Sec-Fetch-Site, or a page embeds ours";
    "check_form":
        "a form must belong to the browser and the sign-in that it was shown for",
        "go back and open the page anew; cookies must be allowed";
    "check_cors_origin":
        "scripts may call from the origins of registered redirect URIs",
        "register a redirect URI of the page's origin for the client that calls";
    "check_browser":
        "a sign-in goes on in the browser that it began in",
        "begin again in one browser, with cookies allowed";
    "find_flow":
        "a sign-in must be finished within its time, and once",
        "begin again at the app; see `latchkey settings get flow_lifetime`";
    "check_provider":
        "whoever signs in at a provider brings an answer that is in order, in time, to the browser that was sent",
        "see the reason; `latchkey provider test NAME` looks at the settings";
    "find_link":
        "a link works once, for a while",
        "make another with `latchkey user set-password … --link`";
    "check_registration_open":
        "people may register only where that is open",
        "set registration.open in the configuration, and a server under [mail], or add the person with `latchkey user add`";
    "check_attempts":
        "only so many attempts are allowed in a while",
        "wait; see the settings max_failed_logins, max_logins_per_address and lockout. Where many people \
         share one address, check that the proxy is among http.trusted_proxies";
    "read_request":
        "a request must be readable and of a sensible size",
        "look at what is sent: forms are application/x-www-form-urlencoded in UTF-8, each field once";
    "find_page":
        "the address must be one that we answer at",
        "compare the address with the documentation and the discovery document";
    "check_method":
        "an address answers to some methods only",
        "use the method that the Allow header names";
    "work":
        "a fault of ours, and nobody's request",
        "look for the request's id in the log, and report it";
    // On the audit trail.
    "sign_in":
        "a person's password must be right",
        "nothing, unless the person asks: `latchkey user show` tells the account's state";
}
