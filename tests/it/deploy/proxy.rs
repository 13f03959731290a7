//! nginx and Caddy with the shipped files.

use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;

use super::nodes::HOST;
use crate::support::certificates::Certificate;
use crate::support::foreign::{self, Foreign, Port, program, shipped};

/// Which proxy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Nginx,
    Caddy,
}

/// A proxy that runs until it is dropped.
pub(super) struct Proxy {
    process: Foreign,
    directory: TempDir,
    pub(super) http: Port,
    pub(super) https: Port,
    /// Its certificate, as PEM.
    pub(super) authority: Vec<u8>,
}

impl Proxy {
    /// Starts it before two nodes.
    pub(super) fn start(kind: Kind, nodes: [SocketAddr; 2]) -> Self {
        let directory = foreign::directory();
        let root = directory.path();
        let certificate = Certificate::self_signed(HOST);
        std::fs::write(root.join("fullchain.pem"), certificate.pem()).unwrap();
        std::fs::write(root.join("privkey.pem"), certificate.key_pem()).unwrap();
        let (http, https) = (Port::reserve(), Port::reserve());
        let process = match kind {
            Kind::Nginx => nginx(root, nodes, &http, &https),
            Kind::Caddy => caddy(root, nodes, &http, &https),
        };
        Self { process, directory, http, https, authority: certificate.pem() }
    }

    /// The lines of the access log, nginx's.
    pub(super) fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.directory.path().join("latchkey.log"));
        log.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// What it has complained about.
    pub(super) fn log(&self) -> String {
        self.process.log()
    }
}

/// What stands around the shipped file where it is installed.
const NGINX: &str = "
daemon off;
worker_processes 2;
pid ROOT/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
    client_body_temp_path ROOT/bodies;
    proxy_temp_path ROOT/answers;
    fastcgi_temp_path ROOT/fastcgi;
    uwsgi_temp_path ROOT/uwsgi;
    scgi_temp_path ROOT/scgi;
    # As in Debian's nginx.conf.
    gzip on;
    include ROOT/latchkey.conf;
}
";

fn nginx(root: &Path, nodes: [SocketAddr; 2], http: &Port, https: &Port) -> Foreign {
    let place = root.to_str().unwrap();
    let replaced = [
        ("10.0.0.11:8080", nodes[0].to_string()),
        ("10.0.0.12:8080", nodes[1].to_string()),
        ("listen 80", format!("listen {}", http.address())),
        ("listen 443", format!("listen {}", https.address())),
        // Not every machine has version 6.
        ("listen [::]:", "# listen [::]:".to_owned()),
        ("/etc/ssl/latchkey", place.to_owned()),
        ("/var/log/nginx", place.to_owned()),
    ];
    let file = shipped("nginx/latchkey.conf", &replaced.each_ref().map(|(a, b)| (*a, b.as_str())));
    std::fs::write(root.join("latchkey.conf"), file).unwrap();
    std::fs::write(root.join("nginx.conf"), NGINX.replace("ROOT", place)).unwrap();
    let file = root.join("nginx.conf");
    let program = program(&["/usr/sbin/nginx", "/usr/bin/nginx"]);
    Foreign::start(program, &["-e", "stderr", "-c", file.to_str().unwrap()], root, https.address())
}

fn caddy(root: &Path, nodes: [SocketAddr; 2], http: &Port, https: &Port) -> Foreign {
    let place = root.to_str().unwrap();
    let (plain, secure) = (http.number, https.number);
    let replaced = [
        ("10.0.0.11:8080", nodes[0].to_string()),
        ("10.0.0.12:8080", nodes[1].to_string()),
        // The two ports, and no second way in for whoever steers a Caddy.
        (
            "{\n\tservers {",
            format!(
                "{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {secure}\n\
                 \tdefault_bind 127.0.0.1\n\tservers {{"
            ),
        ),
        (":443 {", format!(":{secure} {{")),
        // A certificate that is there already.
        (
            "\nid.example.com {",
            format!("\nid.example.com {{\n\ttls {place}/fullchain.pem {place}/privkey.pem"),
        ),
    ];
    let file = shipped("caddy/Caddyfile", &replaced.each_ref().map(|(a, b)| (*a, b.as_str())));
    std::fs::write(root.join("Caddyfile"), file).unwrap();
    let file = root.join("Caddyfile");
    let arguments = ["run", "--adapter", "caddyfile", "--config", file.to_str().unwrap()];
    let program = program(&["/usr/bin/caddy", "/usr/local/bin/caddy"]);
    Foreign::start(program, &arguments, root, https.address())
}
