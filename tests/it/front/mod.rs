//! The front door: what is asked of a server before anybody knows who asks.

mod addresses;
mod bytes;
mod compression;
mod connections;
mod faults;
mod floods;
mod forgery;
mod headers;
mod mail_viewer;
mod scripts;
mod smuggling;
mod world;
