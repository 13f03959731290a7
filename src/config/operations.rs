//! `[operations]`: where whoever watches this server finds its figures.

use std::net::SocketAddr;

use super::HttpConfig;
use super::http::parse_address;
use super::values::Values;

/// Where the operations listener is. It serves figures and details that are nobody else's business,
/// to everybody who can connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsConfig {
    /// The addresses to listen on; empty: there is no such listener, and nothing is counted.
    pub bind: Vec<SocketAddr>,
}

impl OperationsConfig {
    pub(super) fn read(values: &mut Values, http: &HttpConfig) -> Self {
        let parse = |text: &str| parse_address("operations.bind", text, "127.0.0.1:9464");
        let bind = values.list("operations.bind", parse, Vec::new());
        let allow_remote = values.switch("operations.allow_remote", false);
        if !allow_remote && bind.iter().any(|address| !address.ip().is_loopback()) {
            values.refuse(
                "operations.bind",
                "`operations.bind`: other machines can reach this address, and whoever does reads \
                 the figures without a password",
                "bind 127.0.0.1 or [::1], or where only your monitoring gets through to it, set \
                 allow_remote = true under [operations]",
            );
        }
        let is_shared = |address: &SocketAddr| {
            address.port() != 0 && http.bind.iter().any(|other| other.port() == address.port())
        };
        if bind.iter().any(is_shared) {
            values.refuse(
                "operations.bind",
                "`operations.bind` has the port of `http.bind`, which is for everybody",
                "choose another port, like 9464",
            );
        }
        Self { bind }
    }
}
