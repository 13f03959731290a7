//! The authentication methods that somebody else says were used (RFC 8176 §2).

use serde::{Deserialize, Serialize};

/// The registered values of `amr` (RFC 8176 §2), in the order of their bits.
const REGISTERED: &[&str] = &[
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba",
    "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia",
];

/// A set of registered methods. What is not registered is not kept: nobody here could tell what it
/// means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<&'static str>")]
pub struct Methods(u32);

impl Methods {
    /// The registered ones of these.
    pub fn of<T: AsRef<str>>(values: &[T]) -> Self {
        let position = |value: &T| REGISTERED.iter().position(|it| *it == value.as_ref());
        Self(values.iter().filter_map(position).fold(0, |bits, at| bits | 1 << at))
    }

    /// Each of them, in the order of the registry.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        REGISTERED
            .iter()
            .enumerate()
            .filter(move |(at, _)| self.0 & 1 << at != 0)
            .map(|(_, it)| *it)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether several factors were proved, as far as it is said.
    pub fn tell_several_factors(self) -> bool {
        self.iter().any(|method| method == "mfa" || method == "mca")
    }
}

impl From<Vec<String>> for Methods {
    fn from(values: Vec<String>) -> Self {
        Self::of(&values)
    }
}

impl From<Methods> for Vec<&'static str> {
    fn from(methods: Methods) -> Self {
        methods.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_methods_are_kept_and_come_back() {
        let told = Methods::of(&["pwd", "mfa", "<script>", "PWD", "wia", "face"]);
        let json = serde_json::to_value(told).unwrap();
        assert_eq!(json, serde_json::json!(["face", "mfa", "pwd", "wia"]));
        assert_eq!(serde_json::from_value::<Methods>(json).unwrap(), told);
        assert!(told.tell_several_factors());
        assert!(!Methods::of(&["pwd", "otp"]).tell_several_factors());
        assert!(Methods::of(&["magic"]).is_empty());
    }
}
