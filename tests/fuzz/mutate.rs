//! Changes the inputs of a corpus at random.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// The longest input that is made, in bytes.
const LONGEST: usize = 4096;

/// Makes inputs, the same ones for the same name, corpus and dictionary.
pub struct Mutator<'a> {
    rng: ChaCha8Rng,
    seeds: &'a [Vec<u8>],
    dictionary: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub fn new(name: &str, seeds: &'a [Vec<u8>], dictionary: &'a [Vec<u8>]) -> Self {
        let seed = name.bytes().fold(3, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte));
        Self { rng: ChaCha8Rng::seed_from_u64(seed), seeds, dictionary }
    }

    /// Less than `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.rng.next_u64() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.rng.next_u32().to_be_bytes()[0]
    }

    fn pick(&mut self, from: &'a [Vec<u8>]) -> &'a [u8] {
        let at = self.below(from.len());
        &from[at]
    }

    /// Something of the corpus with one to six changes, or now and then nothing but noise.
    pub fn next_input(&mut self) -> Vec<u8> {
        if self.below(32) == 0 {
            let length = self.below(64);
            return (0..length).map(|_| self.byte()).collect();
        }
        let mut input = self.pick(self.seeds).to_vec();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(8)).min(input.len());
        match self.below(10) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.byte(),
            2 => input.insert(at, self.byte()),
            3 if at < end => drop(input.drain(at..end)),
            4 if at < end => {
                let again = input[at..end].to_vec();
                input.splice(end..end, again);
            }
            5 => input.truncate(at),
            6 if at < end => input[at..end].make_ascii_uppercase(),
            7 => {
                let other = self.pick(self.seeds);
                let from = self.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            8 => {
                let word = self.pick(self.dictionary);
                input.splice(at..end.max(at), word.iter().copied());
            }
            _ => {
                let word = self.pick(self.dictionary);
                input.splice(at..at, word.iter().copied());
            }
        }
    }
}

/// Reads a dictionary in libFuzzer's form: a line is `"text"` with `\xff`, `\"` and `\\`, or a
/// remark.
pub fn dictionary(text: &str) -> Vec<Vec<u8>> {
    text.lines().filter(|line| line.starts_with('"')).map(word).collect()
}

fn word(line: &str) -> Vec<u8> {
    let inner = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
    let mut rest = inner.as_bytes();
    let mut word = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            word.push(*first);
        } else if let Some(hex) = after.strip_prefix(b"x") {
            word.push(u8::from_str_radix(str::from_utf8(&hex[..2]).unwrap(), 16).unwrap());
            rest = &hex[2..];
        } else {
            word.push(after[0]);
            rest = &after[1..];
        }
    }
    word
}
