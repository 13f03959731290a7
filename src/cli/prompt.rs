//! Questions on a terminal.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use zeroize::Zeroizing;

use super::exit::{Exit, Failure};
use crate::kernel::secret::Secret;

/// How often two different passwords are forgiven.
const TRIES: usize = 3;

/// The longest line of standard input, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Asks for a new password twice, without showing it. Refused where nobody can answer.
pub fn new_password() -> Result<Secret<String>, Failure> {
    require_terminal("a password can only be typed on a terminal")?;
    ask_twice(|question| rpassword::prompt_password(question))
}

/// Asks a question that is answered by `y` or `yes`; anything else is no. Refused where nobody
/// can answer.
pub fn confirm(question: &str) -> Result<bool, Failure> {
    require_terminal("this must be confirmed on a terminal, or with --yes")?;
    let mut err = io::stderr().lock();
    write!(err, "{question} [y/N] ").and_then(|()| err.flush()).map_err(unreadable)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(unreadable)?;
    Ok(is_yes(&answer))
}

/// The password on standard input: everything up to the first line end.
pub fn password_from_stdin() -> Result<Secret<String>, Failure> {
    first_line(io::stdin().lock(), "password")
}

/// The secret on standard input: everything up to the first line end.
pub fn secret_from_stdin() -> Result<Secret<String>, Failure> {
    first_line(io::stdin().lock(), "secret")
}

/// Refuses unless both ends of the conversation are a terminal.
pub fn require_terminal(why: &str) -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, why))
}

fn ask_twice(mut ask: impl FnMut(&str) -> io::Result<String>) -> Result<Secret<String>, Failure> {
    for _ in 0..TRIES {
        let first = Secret::new(ask("New password: ").map_err(unreadable)?);
        let second = Secret::new(ask("Once more: ").map_err(unreadable)?);
        if first.expose() == second.expose() {
            return Ok(first);
        }
    }
    Err(Failure::new(Exit::Usage, "the two passwords were different each time"))
}

fn first_line(input: impl io::Read, what: &str) -> Result<Secret<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    input.take(LONGEST_LINE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.len() as u64 > LONGEST_LINE {
        return Err(Failure::new(Exit::Usage, format!("the {what} is longer than 4096 bytes")));
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok("") => Err(Failure::new(Exit::Usage, format!("there is no {what} on standard input"))),
        Ok(password) => Ok(Secret::from(password)),
        Err(_) => Err(Failure::new(Exit::Usage, format!("the {what} is not UTF-8 text"))),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn unreadable(error: io::Error) -> Failure {
    Failure::new(Exit::Failure, format!("the answer cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(list: &[&str]) -> Result<Secret<String>, Failure> {
        let mut list = list.iter();
        ask_twice(|_| list.next().map(|text| (*text).to_owned()).ok_or(io::ErrorKind::Other.into()))
    }

    #[test]
    fn a_new_password_is_typed_twice() {
        assert_eq!(answers(&["a", "a"]).unwrap().expose(), "a");
        assert_eq!(answers(&["a", "b", "c", "c"]).unwrap().expose(), "c");
        assert_eq!(answers(&["a", "b", "a", "b", "a", "b"]).unwrap_err().exit, Exit::Usage);
        assert_eq!(answers(&["a"]).unwrap_err().exit, Exit::Failure);
    }

    #[test]
    fn the_first_line_of_standard_input_is_the_password() {
        let read =
            |text: &[u8]| first_line(text, "password").map(|password| password.expose().clone());
        assert_eq!(read(b" a b \r\nrest").unwrap(), " a b ");
        assert_eq!(read(b"a").unwrap(), "a");
        assert!(read(b"\n").is_err());
        assert!(read(&[0xff]).is_err());
        assert!(read(&[b'a'; 4097]).is_err());
        assert_eq!(read(&[b'a'; 4096]).unwrap().len(), 4096);
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES "));
        assert!(!is_yes("\n") && !is_yes("no") && !is_yes("yep"));
    }
}
