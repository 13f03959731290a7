//! Foreign relying parties: the clients that other people wrote, used as their users use them.
//!
//! Each is given the issuer, its client id and its secret, and finds out the rest by discovery. What
//! else one needs is said at the head of its file; if it is more than a permission to speak plain
//! http to this machine, the fault is ours. No network beyond loopback is touched.
//!
//! # Adding a client
//!
//! 1. Write a relying party with it: a program that reads one JSON object a line and answers one a
//!    line, such as `tests/node/openid-client.mjs` or `tests/python/relying_party.py`. It finds
//!    `ISSUER`, `CLIENT_ID`, `CLIENT_SECRET` (absent: it has none), `REDIRECT_URI` and perhaps
//!    `CLIENT_AUTH` in its environment, and ends when its input does. What it does for each `do` is
//!    listed at [`program::Program`]. Put what a newcomer needs between `docs: begin` and
//!    `docs: end`, and the same text into `docs/relying-parties.md`.
//! 2. Have `./dev test` install it, at exact versions with hashes, beside the others.
//! 3. Add a file here that starts it, and list in `journeys!` what it can do.
//! 4. Take a guard out of the server (the nonce, `at_hash`, `iss`) and see that the client notices;
//!    one that validates nothing shows nothing.
//!
//! A client that is a web server of its own, like Apache, has tests of its own instead.

// Homebrew has no mod_auth_openidc, which ./dev test says; on every other system it is there.
#[cfg(not(target_os = "macos"))]
mod apache;
mod authlib;
mod documented;
mod journeys;
mod node;
mod openidconnect;
mod process;
mod program;
#[cfg(not(target_os = "macos"))]
mod web_server;
