//! What `latchkey dev` says when it serves.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::exit::Failure;
use crate::config::{Config, DatabaseTarget};
use crate::demo::data;
use crate::demo::mailbox::viewer;
use crate::demo::upstream::{ADA, NAME};
use crate::kernel::printable::Printable;

/// The second Latchkey, as it is shown.
pub(super) struct Shown {
    pub(super) issuer: String,
    /// Of [`ADA`]; `None`: somebody has changed it.
    pub(super) password: Option<String>,
}

/// Says where everything is; `app` is the demo app's address.
pub(super) fn show(
    context: &Context,
    config: &Config,
    app: &str,
    password: Option<&str>,
    upstream: Option<&Shown>,
) -> Result<(), Failure> {
    let value = serde_json::json!({
        "issuer": config.issuer.as_str(),
        "demo_app": app,
        "mail": config.issuer.join(viewer::PATH),
        "email": data::EMAIL,
        "password": password,
        "data_dir": config.data_dir,
        "upstream": upstream.map(|it| serde_json::json!({
            "name": NAME,
            "issuer": it.issuer,
            "mail": format!("{}{}", it.issuer, viewer::PATH),
            "email": ADA.email,
            "password": it.password,
        })),
    });
    context.output.show(&value, || banner(config, app, password, upstream))
}

fn banner(config: &Config, app: &str, password: Option<&str>, upstream: Option<&Shown>) -> String {
    let secret = |password: Option<&str>| password.unwrap_or("the one you have set").to_owned();
    let mut lines = vec![
        ("Start here", format!("{app}   the demo app: press \"Sign in\"")),
        ("Latchkey", config.issuer.to_string()),
        ("Mail", config.issuer.join(viewer::PATH)),
        ("Sign in as", data::EMAIL.to_owned()),
        ("Password", secret(password)),
    ];
    if let Some(upstream) = upstream {
        lines.extend([
            ("", String::new()),
            ("Or with", format!("{NAME}, a second Latchkey on {}", upstream.issuer)),
            ("as", ADA.email.to_owned()),
            ("Password", secret(upstream.password.as_deref())),
        ]);
    }
    let line = |(name, value): &(&str, String)| {
        let line = format!("  {name:<12}{value}");
        format!("{}\n", line.trim_end())
    };
    let lines: String = lines.iter().map(line).collect();
    let kept = kept(config);
    format!("\n  Latchkey is running.\n\n{lines}\n  {}. Ctrl-C stops it.\n\n", Printable(&kept))
}

/// Where the data is. For root the database may be elsewhere, where Postgres's user can reach it.
fn kept(config: &Config) -> String {
    let directory = shorten(&config.data_dir);
    match &config.database.target {
        DatabaseTarget::External(_) => format!("The data is in your database and in {directory}"),
        DatabaseTarget::Private(path) => match path.read_link() {
            Ok(place) => {
                format!("The data is kept in {directory}, which links to {}", place.display())
            }
            Err(_) => format!("The data is kept in {directory}"),
        },
    }
}

/// The path as it is shorter to read.
fn shorten(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
