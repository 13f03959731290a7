//! Letters that move to another master key.

use diesel::prelude::*;
use uuid::Uuid;

use super::{Mails, sealed};
use crate::domain::sealed::Sealed;
use crate::kernel::ids::MailId;
use crate::storage::error::StorageError;
use crate::storage::schema::mails;

impl Mails<'_> {
    /// Up to `limit` letters behind `after` that are sealed under another master key than this.
    pub fn sealed_otherwise(
        &mut self,
        key_id: &str,
        after: Option<MailId>,
        limit: u32,
    ) -> Result<Vec<(MailId, Sealed)>, StorageError> {
        type Row = (Uuid, Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);
        let rows: Vec<Row> = mails::table
            .filter(mails::seal_key_id.ne(key_id))
            .filter(mails::id.gt(after.map_or(Uuid::nil(), |id| id.0)))
            .order(mails::id)
            .limit(i64::from(limit))
            .select((mails::id, mails::sealed_letter, mails::seal_key_id, mails::seal_nonce))
            .load(self.0.reading())?;
        rows.into_iter()
            .map(|(id, letter, key_id, nonce)| {
                let (Some(letter), Some(key_id), Some(nonce)) = (letter, key_id, nonce) else {
                    return Err(StorageError::Corrupt("mails.sealed_letter"));
                };
                Ok((MailId(id), sealed(key_id, nonce, letter)?))
            })
            .collect()
    }

    /// Puts what a letter says, sealed anew, in the place of what was sealed under `before`. False: it
    /// was sent meanwhile, and there is nothing left of it.
    pub fn reseal(
        &mut self,
        id: MailId,
        before: &str,
        sealed: &Sealed,
    ) -> Result<bool, StorageError> {
        let letter = mails::table.find(id.0).filter(mails::seal_key_id.eq(before));
        let written = diesel::update(letter)
            .set((
                mails::sealed_letter.eq(Some(&sealed.ciphertext)),
                mails::seal_key_id.eq(Some(&sealed.key_id)),
                mails::seal_nonce.eq(Some(sealed.nonce.to_vec())),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }
}
