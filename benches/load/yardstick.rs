//! What the cryptography alone costs: OpenSSL and argon2 without a line of ours around them.

use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};

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
    /// Signatures with ES256 that are checked, as those of passkeys are.
    Verification,
}

/// Something that a key of P-256 has signed.
struct Signed {
    key: PKey<Private>,
    signature: Vec<u8>,
}

impl Signed {
    fn prepare() -> Outcome<Self> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
        let signature =
            Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(&[b'x'; MESSAGE])?;
        Ok(Self { key, signature })
    }

    fn verify(&self) -> Outcome<()> {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.key)?;
        let is_good = verifier.verify_oneshot(&self.signature, &[b'x'; MESSAGE])?;
        if is_good { Ok(()) } else { Err("a signature of ours is not good".into()) }
    }
}

/// All of them, ready to be measured.
pub struct Yardsticks {
    key: PKey<Private>,
    signed: Signed,
    argon2: Argon2<'static>,
}

impl Yardsticks {
    /// Makes keys.
    pub fn prepare() -> Outcome<Self> {
        let key = PKey::from_rsa(Rsa::generate(2048)?)?;
        let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self { key, signed: Signed::prepare()?, argon2 })
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
            Yardstick::Verification => self.signed.verify(),
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
