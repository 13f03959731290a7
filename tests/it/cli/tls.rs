//! Case 323: who shows another one's certificate, or one that has ended, is refused and told nothing.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::time::{Duration, Instant};

use diesel::{RunQueryDsl as _, sql_query};
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::X509;
use serde_json::{Value, json};

use super::installation::{Ended, Installation};
use super::servers::free_port;
use super::starts::serve;
use crate::support::certificates::Certificate;
use crate::support::postgres::Postgres;

const HOST: &str = "db.example.test";

/// Lets the server show this certificate from now on.
fn show(postgres: &Postgres, name: &str, certificate: &Certificate) {
    let owner = fs::metadata(postgres.data()).unwrap();
    for (kind, setting, content) in [
        ("crt", "ssl_cert_file", certificate.pem()),
        ("key", "ssl_key_file", certificate.key_pem()),
    ] {
        let file = postgres.data().join(format!("{name}.{kind}"));
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        postgres.execute(&format!("ALTER SYSTEM SET {setting} = '{name}.{kind}'"));
    }
    postgres.execute("ALTER SYSTEM SET ssl = on");
    postgres.execute("SELECT pg_reload_conf()");
    let deadline = Instant::now() + Duration::from_secs(60);
    // A new connection has what the server has read.
    let shown = format!("SELECT 1 WHERE current_setting('ssl_cert_file') = '{name}.crt'");
    while sql_query(&shown).execute(&mut postgres.raw()).unwrap() == 0 {
        assert!(Instant::now() < deadline, "the server does not read its configuration");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn case_323_a_database_without_a_good_certificate_is_refused() {
    let postgres = Postgres::start();
    let installation = Installation::ready();
    let authority = Certificate::self_signed("An authority");
    let file = installation.path().join("authority.pem");
    fs::write(&file, authority.pem()).unwrap();
    let file = file.to_str().unwrap().replace(' ', "%20");
    let url = postgres.url().replace("127.0.0.1", HOST)
        + &format!("?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={file}");
    let migrate = || {
        let mut command = installation.command(&["migrate"]);
        Ended::from(command.env("DATABASE_URL", &url).output().unwrap())
    };
    let refused = |words: &str| {
        migrate().refused(4, &[words]);
        let ended = Ended::from(serve(&installation, &url, free_port()).output().unwrap());
        let ended = ended.refused(4, &[words]);
        assert!(!ended.err.contains("waiting for the database"), "{}", ended.err);
    };
    refused("server does not support SSL");
    show(&postgres, "own", &Certificate::self_signed(HOST));
    refused("certificate verify failed");
    show(&postgres, "ended", &authority.sign_ended(HOST));
    refused("certificate verify failed");
    show(&postgres, "elsewhere", &authority.sign("other.example.test"));
    refused("does not match host name");
    // Nothing was done on any of these connections; on a good one it is.
    show(&postgres, "good", &authority.sign(HOST));
    migrate().ok();
}

/// Answers whoever takes its certificate as the provider of this address; its port.
fn answer(certificate: &Certificate) -> u16 {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_certificate(&X509::from_pem(&certificate.pem()).unwrap()).unwrap();
    let key = PKey::private_key_from_pem(&certificate.key_pem()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (connection, _) = listener.accept().unwrap();
        // Who does not take the certificate hangs up.
        let Ok(mut connection) = acceptor.accept(connection) else { return };
        let _ = connection.read(&mut [0; 4096]).unwrap();
        let body = json!({ "issuer": format!("https://localhost:{port}") }).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        connection.write_all((head + &body).as_bytes()).unwrap();
    });
    port
}

#[test]
fn case_323_doctor_takes_no_other_certificate_for_the_issuers() {
    let installation = Installation::migrated();
    let authority = Certificate::self_signed("An authority");
    fs::write(installation.path().join("authority.pem"), authority.pem()).unwrap();
    for (certificate, level, words) in [
        (Certificate::self_signed("localhost"), "warn", "certificate verify failed"),
        (authority.sign_ended("localhost"), "warn", "certificate verify failed"),
        (authority.sign("other.example.test"), "warn", "certificate verify failed"),
        (authority.sign("localhost"), "ok", "with a valid certificate"),
    ] {
        let mut command = installation.command(&["doctor", "--json"]);
        command
            .env("LATCHKEY_ISSUER", format!("https://localhost:{}", answer(&certificate)))
            .env("SSL_CERT_FILE", installation.path().join("authority.pem"));
        let ended = Ended::from(command.output().unwrap());
        let report: Value = serde_json::from_str(&ended.out).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let issuer = findings.iter().find(|it| it["check"] == "issuer").unwrap();
        assert_eq!(issuer["level"], level, "{issuer}");
        assert!(issuer["message"].as_str().unwrap().contains(words), "{issuer}");
    }
}

/// The remedies are for the operator; whoever signs in reads that the provider does not answer.
#[test]
fn case_f38_a_provider_without_a_good_certificate_is_not_believed_and_said_so() {
    let installation = Installation::ready();
    installation.write("secret", "s3cret\n");
    let authority = Certificate::self_signed("An authority");
    fs::write(installation.path().join("authority.pem"), authority.pem()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = installation.command(arguments);
        command.env("SSL_CERT_FILE", installation.path().join("authority.pem"));
        Ended::from(command.output().unwrap())
    };
    let add = ["provider", "add", "oidc", "--slug", "acme", "--label", "ACME", "--client-id", "c"];
    for certificate in [
        Certificate::self_signed("127.0.0.1"),
        authority.sign_ended("127.0.0.1"),
        authority.sign("other.example.test"),
    ] {
        let issuer = format!("https://127.0.0.1:{}", answer(&certificate));
        let settings = ["--issuer", &issuer, "--client-secret-file", "secret"];
        let added = run(&[&add[..], &settings].concat()).ok();
        assert!(
            added.out.contains("not checked") && added.out.contains("certificate"),
            "{}",
            added.out
        );
        run(&["provider", "remove", "acme", "--yes"]).ok();
    }
    // With a good one it is heard, and found to be no provider.
    let issuer = format!("https://127.0.0.1:{}", answer(&authority.sign("127.0.0.1")));
    let settings = ["--issuer", &issuer, "--client-secret-file", "secret"];
    run(&[&add[..], &settings].concat()).refused(3, &["metadata"]);
}
