//! The tools of the tests are tested too: a browser that ignores its options proves nothing.

mod agent;
mod browser;
mod relying_party;
mod site;
