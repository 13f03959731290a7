//! The picture of a person.
//!
//! What is sent is decoded and drawn anew, so that nothing of the file is kept but what is to be seen:
//! no place where it was taken, no second file behind the first one.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;

use super::rate_limit::{Budgets, TooMany};
use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::picture::{Picture, PictureName, Size};
use crate::domain::rate_limit::{AttemptKind, Limit, Standing};
use crate::domain::session::SignedIn;
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

mod redraw;
mod webp;

pub use redraw::BadPicture;

/// How many pictures somebody may send: each costs about as much as a sign-in with a password.
const CHANGES: Limit = Limit { attempts: 20, window: TimeDelta::hours(1) };

/// How long somebody waits until another picture is drawn.
const PATIENCE: Duration = Duration::from_secs(3);

/// A picture that is counted and did not come yet; good for one.
#[derive(Debug)]
pub struct ExpectedPicture {
    of: UserId,
}

/// Why the picture stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// What was sent is no picture that is taken.
    #[error(transparent)]
    Bad(#[from] BadPicture),
    /// Too many pictures within the hour.
    #[error("too many pictures until {retry_at}")]
    TooMany {
        /// When the next one is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// Others are being drawn, and there is room for no more.
    #[error("other pictures are being drawn")]
    Busy,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Draws one picture at a time: the largest that are taken, of the most wasteful kind, take up to 450 MB while
/// they are drawn.
#[derive(Clone, Debug)]
pub(super) struct Studio(Arc<Semaphore>);

impl Default for Studio {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Studio {
    /// Draws a picture anew, on a thread that may take its time.
    async fn redraw(&self, file: Vec<u8>) -> Result<Picture, PictureError> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        // The place belongs to the work, and not to whoever may hang up meanwhile.
        let Ok(Ok(place)) = place else { return Err(PictureError::Busy) };
        let drawn = tokio::task::spawn_blocking(move || {
            let drawn = redraw::redraw(&file);
            drop(place);
            drawn
        });
        // A decoder that panics has met something that is no picture.
        Ok(drawn.await.unwrap_or(Err(BadPicture::Broken))?)
    }
}

impl Identity {
    /// Counts a picture that who is signed in is about to send, before any of it is received. What comes
    /// then is counted, whatever it is.
    pub async fn expect_picture(&self, who: &SignedIn) -> Result<ExpectedPicture, PictureError> {
        let (settings, now, user) = (self.settings(), self.env().now(), who.session.user_id);
        let budgets = Budgets::own_act(self.master(), AttemptKind::PictureChange, user, CHANGES);
        let taken = self.change(move |tx| budgets.take(tx, &settings, now)).await?;
        let refused = |TooMany { retry_at, standing }| PictureError::TooMany { retry_at, standing };
        taken.map_err(refused)?;
        Ok(ExpectedPicture { of: user })
    }

    /// Gives who is signed in the picture in this file, which is the one that was expected.
    pub async fn set_picture(
        &self,
        who: &SignedIn,
        expected: ExpectedPicture,
        file: Vec<u8>,
        ctx: &RequestContext,
    ) -> Result<(), PictureError> {
        if expected.of != who.session.user_id {
            return Err(PictureError::NotSignedIn);
        }
        let picture = self.0.studio.redraw(file).await?;
        self.change_picture(who, Action::PictureChanged, Some(picture), ctx).await
    }

    /// Takes the picture of who is signed in away. Without one nothing happens.
    pub async fn remove_picture(
        &self,
        who: &SignedIn,
        ctx: &RequestContext,
    ) -> Result<(), PictureError> {
        self.change_picture(who, Action::PictureRemoved, None, ctx).await
    }

    async fn change_picture(
        &self,
        who: &SignedIn,
        action: Action,
        picture: Option<Picture>,
        ctx: &RequestContext,
    ) -> Result<(), PictureError> {
        let (identity, ctx, who) = (self.clone(), ctx.clone(), who.clone());
        self.db()
            .write(move |tx| {
                let found = identity.lock_signed_in(tx, &who)?;
                let user = found.ok_or(Stop::Refused(PictureError::NotSignedIn))?.user.id;
                let now = identity.env().now();
                match &picture {
                    Some(picture) => {
                        let name = identity.env().random_token("");
                        let name = PictureName::parse(name.expose());
                        let name = name.ok_or_else(|| {
                            StorageError::Other("a new name of a picture is none".to_owned())
                        })?;
                        tx.pictures().set(user, &name, picture, now)?;
                    }
                    None if !tx.pictures().remove(user, now)? => return Ok(()),
                    None => {}
                }
                let event = AuditEvent::new(action, Actor::User(user)).target("user", user);
                let event = event.session(who.session.id);
                Ok(record(tx, identity.env(), &ctx, &event)?)
            })
            .await?
    }

    /// Whether there is a picture of this name that may be seen. Reads nothing of it.
    pub async fn has_picture(&self, name: PictureName) -> Result<bool, StorageError> {
        self.db().load(move |tx| tx.pictures().is_there(&name)).await
    }

    /// The bytes of a picture, as JPEG. Whoever was told its name may see it.
    pub async fn picture(
        &self,
        name: PictureName,
        size: Size,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        self.db().load(move |tx| tx.pictures().find(&name, size)).await
    }
}
