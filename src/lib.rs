//! Latchkey, an OAuth 2.1 and OpenID Connect identity provider.
//!
//! The rooms, bottom-up; an arrow means "may import", and nothing points upward
//! (`tests/architecture.rs` enforces it; ARCHITECTURE.md tells why).
//!
//! | room | may import | duty |
//! |---|---|---|
//! | [`kernel`] | | clock, randomness, ids, secrets |
//! | [`config`] | kernel | the validated configuration |
//! | [`domain`] | kernel | pure types and their transitions |
//! | [`crypto`] | domain | signing, sealing, password hashing |
//! | [`storage`] | domain | the only room that knows SQL |
//! | [`i18n`] | | message catalogues |
//! | [`outbound`] | | the one guarded HTTP client |
//! | [`mail`] | storage, crypto, i18n | what mail says, and how it gets there |
//! | [`federation`] | crypto, outbound | who somebody is at another provider |
//! | [`identity`] | mail, federation | what people do |
//! | [`protocol`] | identity | OAuth and OpenID Connect, without HTTP |
//! | [`jobs`] | protocol | what is done now and then by itself |
//! | [`observe`] | storage | logs |
//! | [`http`] | protocol, observe, i18n | the only room that knows actix-web |
//! | [`app`] | http, jobs | builds, mounts, runs |
//! | [`demo`] | app | what `latchkey dev` adds |
//! | [`cli`] | app, demo | the commands |

pub mod app;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod domain;
pub mod federation;
pub mod http;
pub mod i18n;
pub mod identity;
pub mod jobs;
pub mod kernel;
pub mod mail;
pub mod observe;
pub mod outbound;
pub mod protocol;
pub mod storage;
