//! The ways to prove who one is, a file each. A password has its own beside this folder, because its
//! hash takes so long.
