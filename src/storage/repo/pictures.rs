//! People's pictures.

use chrono::{DateTime, Utc};
use diesel::dsl::{self, exists};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::picture::{Picture, PictureName, Size};
use crate::kernel::ids::UserId;
use crate::storage::schema::{pictures, users};

/// People's pictures.
pub struct Pictures<'t>(pub(in crate::storage) Handle<'t>);

impl Pictures<'_> {
    /// Gives somebody a picture in the place of the one before: two statements.
    pub fn set(
        &mut self,
        user: UserId,
        name: &PictureName,
        picture: &Picture,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let values = (
            pictures::name.eq(name.as_str()),
            pictures::small.eq(&picture.small),
            pictures::large.eq(&picture.large),
            pictures::made_at.eq(now),
        );
        let pg = self.0.writing()?;
        diesel::insert_into(pictures::table)
            .values((pictures::user_id.eq(user.0), values))
            .on_conflict(pictures::user_id)
            .do_update()
            .set(values)
            .execute(pg)?;
        diesel::update(users::table.find(user.0))
            .set((users::picture.eq(name.as_str()), users::updated_at.eq(now)))
            .execute(pg)?;
        Ok(())
    }

    /// Takes somebody's picture away: two statements. False: there is none.
    pub fn remove(&mut self, user: UserId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let pg = self.0.writing()?;
        let removed = diesel::delete(pictures::table.find(user.0)).execute(pg)? > 0;
        if removed {
            diesel::update(users::table.find(user.0))
                .set((users::picture.eq(None::<&str>), users::updated_at.eq(now)))
                .execute(pg)?;
        }
        Ok(removed)
    }

    /// The bytes of a picture. That of an account that is closed is not there.
    pub fn find(
        &mut self,
        name: &PictureName,
        size: Size,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let open = shown().filter(pictures::name.eq(name.as_str()));
        let pg = self.0.reading();
        let found = match size {
            Size::Small => open.select(pictures::small).first(pg),
            Size::Large => open.select(pictures::large).first(pg),
        };
        Ok(found.optional()?)
    }

    /// Whether [`Pictures::find`] would find it.
    pub fn is_there(&mut self, name: &PictureName) -> Result<bool, StorageError> {
        let open = shown().filter(pictures::name.eq(name.as_str()));
        let open = open.select(pictures::user_id);
        Ok(diesel::select(exists(open)).get_result(self.0.reading())?)
    }
}

/// The pictures of accounts that are open.
#[dsl::auto_type]
fn shown() -> _ {
    pictures::table.inner_join(users::table).filter(users::status.eq("active"))
}
