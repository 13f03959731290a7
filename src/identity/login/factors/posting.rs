//! A code is written down and mailed, in one transaction. Where there is nobody to mail it to, the same
//! statements are made and nothing is sent.

use chrono::TimeDelta;

use crate::crypto::seal::MasterKey;
use crate::domain::address::EmailAddress;
use crate::domain::credential::mailed_code::{Code, CodePurpose, LIFETIME, MailedCode};
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::login::Step;
use crate::kernel::ids::{FlowId, MailedCodeId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Message, Occasion, Writing};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// What is stored of a code: a hash that nobody can try codes against who has the database alone.
pub(in crate::identity::login) fn hash_of(
    master: &MasterKey,
    id: MailedCodeId,
    code: &Code,
) -> TokenHash {
    let data = [id.0.as_bytes().as_slice(), code.digits().expose().as_bytes()].concat();
    master.keyed_hash("mailed code", &data).into()
}

/// A code that is to be mailed.
pub(in crate::identity::login) struct Draft<'a> {
    pub(in crate::identity::login) purpose: CodePurpose,
    pub(in crate::identity::login) flow: FlowId,
    pub(in crate::identity::login) email: &'a EmailAddress,
    /// Whom it signs in.
    pub(in crate::identity::login) user: Option<UserId>,
    /// Whether any code is right.
    pub(in crate::identity::login) works: bool,
    /// Whether a link goes with it.
    pub(in crate::identity::login) link: bool,
}

/// What the mail tells.
pub(in crate::identity::login) struct Drafted {
    pub(in crate::identity::login) code: Code,
    pub(in crate::identity::login) token: Secret<String>,
}

/// Who gets a letter.
pub(in crate::identity::login) struct Post<'a> {
    pub(in crate::identity::login) to: &'a EmailAddress,
    /// Whose address it is.
    pub(in crate::identity::login) profile: Option<&'a Profile>,
    /// Whether it is sent.
    pub(in crate::identity::login) sent: bool,
    /// The language of who asks.
    pub(in crate::identity::login) locale: Locale,
    /// How long it is worth sending.
    pub(in crate::identity::login) lifetime: TimeDelta,
}

impl Draft<'_> {
    /// Writes the code down. It takes the place of all others of the flow.
    pub(in crate::identity::login) fn write(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        master: &MasterKey,
    ) -> Result<Drafted, StorageError> {
        let (env, now) = (&step.env, step.now());
        let id = MailedCodeId::new(env);
        let drafted =
            Drafted { code: Code::from_random(env.random_bytes()), token: env.random_token("") };
        let (right, link) = (hash_of(master, id, &drafted.code), drafted.link());
        // No digits have a random hash, and no secret has one.
        let none = || TokenHash::from(env.random_bytes::<32>());
        let row = MailedCode {
            id,
            purpose: self.purpose,
            flow: self.flow,
            user: self.user,
            email: self.email.clone(),
            code: if self.works { right } else { none() },
            link: self.link.then(|| if self.works { link } else { none() }),
            misses: 0,
            created_at: now,
            expires_at: now + LIFETIME,
            consumed_at: None,
        };
        tx.mailed_codes().kill_for_flow(self.flow, now)?;
        tx.mailed_codes().insert(&row)?;
        Ok(drafted)
    }
}

impl Drafted {
    fn link(&self) -> TokenHash {
        TokenHash::of(self.token.expose())
    }
}

impl Step {
    /// When and where this is asked for.
    pub(in crate::identity::login) fn occasion(&self) -> Occasion {
        Occasion::new(self.now(), self.ctx.ip.as_deref(), self.ctx.user_agent.as_deref())
    }
}

impl Identity {
    /// Writes a letter down, as the last thing of its transaction.
    pub(in crate::identity::login) fn post(
        &self,
        tx: &mut Tx<'_>,
        message: &Message,
        post: &Post<'_>,
    ) -> Result<(), StorageError> {
        let own = post.profile.and_then(|profile| profile.user.locale.as_deref());
        let is_confirmed =
            post.profile.and_then(|it| it.primary_address.as_ref()).is_some_and(|address| {
                address.verified_at.is_some() && address.email.canonical() == post.to.canonical()
            });
        let name = post.profile.and_then(|profile| profile.user.name.as_deref());
        let options = &self.0.options;
        let writing = Writing {
            issuer: &options.issuer,
            brand: &options.brand,
            locale: own.and_then(Locale::from_tag).unwrap_or(post.locale),
            person: name.filter(|_| is_confirmed),
            help: options.help.as_deref(),
        };
        let letter = message.letter(&writing, post.to);
        let (user, expires_at) =
            (post.profile.map(|profile| profile.user.id), self.env().now() + post.lifetime);
        // Nobody is to notice whether there was room for it.
        let _ = self.outbox().enqueue_unseen(tx, &letter, expires_at, user, post.sent)?;
        Ok(())
    }
}
