//! The only room that knows actix-web.

pub mod api;
pub mod assets;
pub mod encoding;
pub mod error;
pub mod extract;
pub mod middleware;
pub mod oauth;
pub mod ops;
pub mod pages;
pub mod rate_limit;
pub mod routing;
pub mod services;
pub mod site;
