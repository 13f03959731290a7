//! An Apache of the test's own: its configuration, its process, its port.

use std::ffi::OsStr;
use std::path::Path;

use tempfile::TempDir;

use crate::support::flow::Client;
use crate::support::foreign::{self, Foreign};

const TEMPLATE: &str = include_str!("../../apache/httpd.conf");

/// Debian's and Ubuntu's program and its modules, then Fedora's.
const PLACES: &[(&str, &str)] = &[
    ("/usr/sbin/apache2", "/usr/lib/apache2/modules"),
    ("/usr/sbin/httpd", "/usr/lib64/httpd/modules"),
];

/// The port of a site, and its address.
pub(super) struct Port {
    port: foreign::Port,
    /// The address of the site there.
    pub(super) site: String,
}

impl Port {
    pub(super) fn reserve() -> Self {
        let port = foreign::Port::reserve();
        let site = format!("http://{}", port.address());
        Self { port, site }
    }
}

/// A server that runs until it is dropped.
pub(super) struct Apache {
    process: Foreign,
    directory: TempDir,
    port: Port,
}

impl Apache {
    /// Starts it with pages that only people who signed in may see; `more` are further directives.
    pub(super) fn start(port: Port, issuer: &str, client: &Client, more: &str) -> Self {
        let (program, modules) = installed();
        let directory = foreign::directory();
        let root = directory.path();
        for page in ["private/page", "administrators/page", "signed-out"] {
            let path = root.join("pages").join(page);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, page).unwrap();
        }
        let values = [
            ("@ROOT@", root.to_str().unwrap()),
            ("@MODULES@", modules),
            ("@PORT@", &port.port.number.to_string()),
            ("@SITE@", &port.site),
            ("@ISSUER@", issuer),
            ("@CLIENT_ID@", &client.id),
            ("@CLIENT_SECRET@", client.secret.as_deref().unwrap()),
            ("@PASSPHRASE@", "a passphrase of this test"),
            ("@MORE@", more),
        ];
        let configuration = values
            .iter()
            .fold(TEMPLATE.to_owned(), |text, (name, value)| text.replace(name, value));
        let file = root.join("httpd.conf");
        std::fs::write(&file, configuration).unwrap();
        let arguments =
            [OsStr::new("-D"), OsStr::new("FOREGROUND"), OsStr::new("-f"), file.as_ref()];
        let process = Foreign::start(program, &arguments, root, port.port.address());
        Self { process, directory, port }
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.port.site)
    }

    /// What it has complained about.
    pub(super) fn log(&self) -> String {
        let errors = std::fs::read_to_string(self.directory.path().join("error.log"));
        self.process.log() + &errors.unwrap_or_default()
    }
}

fn installed() -> (&'static str, &'static str) {
    let found = PLACES.iter().find(|(program, modules)| {
        Path::new(program).exists() && Path::new(modules).join("mod_auth_openidc.so").exists()
    });
    *found.expect("Apache with mod_auth_openidc is installed by ./dev test")
}
