//! Names that the queries need besides the schema's own.
#![allow(missing_docs, reason = "written by macros")]

use diesel::sql_types::{Array, Nullable, Text};

use crate::storage::schema::{addresses, refresh_tokens};

diesel::alias!(addresses as other_addresses: OtherAddresses);
diesel::alias!(refresh_tokens as successors: Successors);

diesel::define_sql_function! {
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

diesel::define_sql_function! {
    /// A row for each element.
    fn unnest(texts: Array<Text>) -> Text;
}

diesel::define_sql_function! {
    /// The server's clock; only the measurement of its difference asks for it.
    fn clock_timestamp() -> Timestamptz;
}
