//! Randomness as an argument.

/// A cryptographically secure source of random bytes.
pub trait Rng: Send + Sync + 'static {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    /// Ends the process when the operating system has no randomness to give: going on with
    /// guessable secrets would be worse than stopping.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            eprintln!("latchkey: the operating system gives no random bytes: {error}");
            std::process::abort();
        }
    }
}
