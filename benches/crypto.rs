//! What the cryptography costs: the floor under everything else.

#![allow(missing_docs, reason = "criterion_group! makes a public function")]
#![allow(clippy::expect_used, reason = "a benchmark ends when it cannot be set up")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey::crypto::jose::{PublicKey, RSA_BITS, Signer, generate_rsa, typ, verify};
use latchkey::crypto::password::{Params, PasswordHasher};
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;
use serde_json::{Value, json};

fn signatures(c: &mut Criterion) {
    let (private, public) = generate_rsa(RSA_BITS).expect("OpenSSL makes a key");
    let kid = public["kid"].as_str().expect("a key has an id").to_owned();
    let signer = Signer::from_der(&kid, &private).expect("the key is good");
    let key = PublicKey::from_jwk(&public).expect("the key is good");
    let claims =
        json!({ "iss": "https://id.example", "sub": "abc", "exp": 1, "iat": 1, "scope": "openid" });
    let token = signer.sign(typ::ACCESS_TOKEN, &claims).expect("it signs");
    c.bench_function("RS256 signature of an access token", |b| {
        b.iter(|| signer.sign(typ::ACCESS_TOKEN, black_box(&claims)));
    });
    c.bench_function("verification of an access token", |b| {
        b.iter(|| verify::<Value>(black_box(&token), typ::ACCESS_TOKEN, |_| Some(key.clone())));
    });
}

fn passwords(c: &mut Criterion) {
    let env = Env::system();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let hasher = PasswordHasher::new(Params::default(), 1, 1).expect("the parameters are good");
    let password = || Secret::from("correct horse battery staple");
    let phc = runtime.block_on(hasher.hash(&env, password())).expect("it hashes");
    let mut group = c.benchmark_group("password");
    group.sample_size(20);
    group.bench_function("argon2id verification, default parameters", |b| {
        b.iter(|| runtime.block_on(hasher.verify(password(), Some(phc.clone()))));
    });
}

criterion_group!(benches, signatures, passwords);
criterion_main!(benches);
