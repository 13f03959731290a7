//! The pages as a browser sees them: cookies, headers, forms.

mod details;
mod front_end;
mod guessing;
mod input;
mod interrupted;
mod new_passwords;
mod odd_bytes;
mod password;
mod sessions;
mod strangers;
