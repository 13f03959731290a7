//! What the cryptography alone costs: OpenSSL and argon2 without a line of ours around them.

use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;

use crate::Outcome;
use crate::process::{cores, thread_nanoseconds};

/// As long as an access token is.
const MESSAGE: usize = 600;

/// What a measurement is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yardstick {
    /// RS256 signatures with a key of 2048 bits.
    Signature,
    /// argon2id with the default parameters (19 MiB, two passes, one lane), in memory that is reused.
    Argon2,
}

/// Both, ready to be measured.
pub struct Yardsticks {
    key: PKey<Private>,
    argon2: Argon2<'static>,
}

impl Yardsticks {
    /// Makes a key.
    pub fn prepare() -> Outcome<Self> {
        let key = PKey::from_rsa(Rsa::generate(2048)?)?;
        let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
        Ok(Self { key, argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params) })
    }

    /// How many there are per CPU-second while every core is at it, as it is while a server is
    /// under load.
    pub fn measure(&self, yardstick: Yardstick, duration: Duration) -> Outcome<f64> {
        thread::scope(|scope| {
            let threads: Vec<_> =
                (0..cores()).map(|_| scope.spawn(|| self.rate(yardstick, duration))).collect();
            let mut total = 0.0;
            for thread in threads {
                total += thread.join().map_err(|_| "a yardstick panicked")??;
            }
            Ok(total / cores() as f64)
        })
    }

    fn rate(&self, yardstick: Yardstick, duration: Duration) -> Outcome<f64> {
        let mut memory = vec![Block::new(); self.argon2.params().block_count()];
        let mut once = || match yardstick {
            Yardstick::Signature => self.sign(),
            Yardstick::Argon2 => self.hash(&mut memory),
        };
        once()?;
        let (began, deadline) = (thread_nanoseconds()?, Instant::now() + duration);
        let mut count = 0_u32;
        while Instant::now() < deadline {
            once()?;
            count += 1;
        }
        Ok(f64::from(count) * 1e9 / (thread_nanoseconds()? - began) as f64)
    }

    fn sign(&self) -> Outcome<()> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        let signature = signer.sign_oneshot_to_vec(&[b'x'; MESSAGE])?;
        if signature.len() == 256 { Ok(()) } else { Err("a short signature".into()) }
    }

    fn hash(&self, memory: &mut [Block]) -> Outcome<()> {
        let mut hash = [0; 32];
        self.argon2
            .hash_password_into_with_memory(b"correct horse", &[1; 16], &mut hash, memory)
            .map_err(|error| error.to_string().into())
    }
}
