//! What each page shows: plain data and its template, no HTTP.
//!
//! A handler fills in a view and calls `render()` of [`askama::Template`]. Every view has a
//! [`Frame`] for what surrounds the page. Refusals are typed (`LoginError::WrongCredentials`) and
//! become sentences here, in the person's language. Paths are given by the handler.
//!
//! What the forms send: each has the hidden field `csrf`, the others are named as in the docs of
//! the view. The language menu is a GET of [`LANGUAGE_PATH`] with `lang` and `return_to`.

mod account;
mod activity;
mod addresses;
mod api;
mod consent;
mod data;
mod details;
mod enrolment;
mod error;
mod form_post;
mod frame;
mod login;
mod mailed;
mod new_account;
mod page;
mod passkeys;
mod password;
mod problem;
mod profile;
mod providers;
mod qr;
mod recovery;
mod removal;
mod second_factor;
mod security;
mod select_account;
mod sign_out;
mod wait;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use account::{
    AccountNav, AccountNotice, AccountSection, AppAccess, AppsView, DeviceView, RemoveAppView,
    SessionView, SessionsView,
};
pub use activity::{ActivityView, HappeningView, SENTENCES, sentence};
pub use addresses::{
    AddAddressError, AddAddressView, AddressRow, AddressesView, MailedAct, MailedActDoneView,
    MailedActView, PendingRow, RemoveAddressView,
};
pub use api::{ApiView, EndpointView, ShapeView};
pub use consent::{ConsentView, Lasts, ScopeView};
pub use data::{
    DataView, DeactivateView, DeactivatedView, DeleteAccountView, DeletedView, UsernameView,
    UsernameViewError,
};
pub use details::{DetailsView, listed};
pub use enrolment::{
    CodesView, ConfirmAppView, EnrolmentError, EnrolmentView, FirstCodesView, NewCodesView,
    SecretView,
};
pub use error::{DeadLink, ErrorKind, ErrorView};
pub use form_post::FormPostView;
pub use frame::{AppView, Branding, Frame, LANGUAGE_PATH, NextStep, Warning};
pub use login::{LoginError, LoginView};
pub use mailed::{
    CodePage, LinkPage, MailedAddressView, MailedCodeView, MailedError, MailedLinkView,
    MailedSendView, MatchingCodeView,
};
pub use new_account::{NewAccountError, RegisterPasskeyView, RegisterView, SetupView};
pub use page::Page;
pub use passkeys::{
    AddPasskeyView, PasskeyForm, PasskeyProblem, PasskeyRow, PasskeysPart, PasskeysView,
    RemovePasskeyView, RenamePasskeyView, SecondFactorPasskeyView,
};
pub use password::{PasswordError, PasswordSavedView, SetPasswordView};
pub use problem::{Problem, Problems};
pub use profile::{PictureView, PictureViewError, ProfileView, RegionView};
pub use providers::{
    ConnectView, ConnectedView, DisconnectView, NotIn, ProviderButton, ProvidersView,
};
pub use recovery::{Disowning, ForgotError, ForgotSentView, ForgotView, NotMeDoneView, NotMeView};
pub use second_factor::{
    AppCodeView, CodeError, OtherWay, RecoveryCodeView, SecondPasswordView, SecondProviderView,
    SecondStep, SetUpAppView, SetUpProblem, SetUpView,
};
pub use security::{
    ChangePasswordError, ChangePasswordView, FactorRow, NameError, NameView, Protection,
    RecoveryCodesView, RemoveFactorError, RemoveFactorView, SecurityView,
};
pub use select_account::{FinishedView, SelectAccountView};
pub use sign_out::{SignOutView, SignedOutView};
