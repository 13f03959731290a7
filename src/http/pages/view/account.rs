//! The account pages: what surrounds them, sessions, apps with access.

use askama::Template;
use chrono::{DateTime, Utc};

use super::consent::ScopeView;
use super::frame::{AppView, Frame};
use super::page::Page;
use super::removal::Removal;

/// The navigation beside every account page.
#[derive(Clone, Debug)]
pub struct AccountNav {
    /// The page one is on.
    pub current: AccountSection,
    /// The path of the profile.
    pub profile: String,
    /// The path of what one signs in with.
    pub security: String,
    /// The path of the sessions.
    pub sessions: String,
    /// The path of the apps.
    pub apps: String,
    /// The path of what happened.
    pub activity: String,
    /// The path of what is kept.
    pub data: String,
    /// The path of the question whether to sign out.
    pub sign_out: String,
    /// Name or address of who is signed in.
    pub signed_in_as: String,
    /// What was just done.
    pub notice: Option<AccountNotice>,
}

/// A page of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountSection {
    /// Name, address, username.
    Profile,
    /// What one signs in with.
    Security,
    /// Where one is signed in.
    Sessions,
    /// Apps with access.
    Apps,
    /// What happened.
    Activity,
    /// What is kept, and the end of it.
    Data,
}

impl AccountSection {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Profile => "account-nav-profile",
            Self::Security => "account-nav-security",
            Self::Sessions => "account-nav-sessions",
            Self::Apps => "account-nav-apps",
            Self::Activity => "account-nav-activity",
            Self::Data => "account-nav-data",
        }
    }
}

impl AccountNav {
    /// Each entry: section and path.
    pub fn entries(&self) -> [(AccountSection, &str); 6] {
        [
            (AccountSection::Profile, &self.profile),
            (AccountSection::Security, &self.security),
            (AccountSection::Sessions, &self.sessions),
            (AccountSection::Apps, &self.apps),
            (AccountSection::Activity, &self.activity),
            (AccountSection::Data, &self.data),
        ]
    }
}

/// What was just done, said once at the top of the page it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountNotice {
    /// What the person tells about themselves was changed.
    DetailsSaved,
    /// The password was changed.
    PasswordSaved {
        /// All other sessions were ended as well.
        others_ended: bool,
    },
    /// An authenticator app was added.
    FactorAdded,
    /// A factor has another name.
    FactorRenamed,
    /// A factor was removed.
    FactorRemoved,
    /// No browser is trusted any more.
    BrowsersDistrusted,
    /// The username was changed.
    UsernameSaved,
    /// The picture was changed.
    PictureSaved,
    /// The picture was taken away.
    PictureRemoved,
    /// Language and time zone were changed.
    RegionSaved,
    /// A link was mailed to another address, or a notice to whoever has it.
    AddressAsked,
    /// Another address is the primary one.
    AddressPrimary,
    /// An address was removed, or one that waited dropped.
    AddressRemoved,
    /// A browser was forgotten.
    DeviceForgotten,
    /// All browsers were forgotten.
    DevicesForgotten,
    /// Another session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OtherSessionsEnded,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey got another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// An identity at a provider was connected.
    ProviderConnected,
    /// An identity at a provider was disconnected.
    ProviderDisconnected,
    /// An app's access was removed.
    AppRemoved {
        /// The app's name.
        app: String,
    },
}

impl AccountNotice {
    /// The sentence.
    pub fn text(&self, frame: &Frame) -> String {
        let locale = frame.locale;
        match self {
            Self::DetailsSaved => locale.text("notice-details-saved"),
            Self::PasswordSaved { others_ended: false } => locale.text("notice-password-saved"),
            Self::PasswordSaved { others_ended: true } => {
                locale.text("notice-password-saved-others")
            }
            Self::FactorAdded => locale.text("notice-factor-added"),
            Self::FactorRenamed => locale.text("notice-factor-renamed"),
            Self::FactorRemoved => locale.text("notice-factor-removed"),
            Self::BrowsersDistrusted => locale.text("notice-browsers-distrusted"),
            Self::UsernameSaved => locale.text("notice-username-saved"),
            Self::PictureSaved => locale.text("notice-picture-saved"),
            Self::PictureRemoved => locale.text("notice-picture-removed"),
            Self::RegionSaved => locale.text("notice-region-saved"),
            Self::AddressAsked => locale.text("notice-address-asked"),
            Self::AddressPrimary => locale.text("notice-address-primary"),
            Self::AddressRemoved => locale.text("notice-address-removed"),
            Self::DeviceForgotten => locale.text("notice-device-forgotten"),
            Self::DevicesForgotten => locale.text("notice-devices-forgotten"),
            Self::SessionEnded => locale.text("notice-session-ended"),
            Self::OtherSessionsEnded => locale.text("notice-others-ended"),
            Self::ProviderConnected => locale.text("notice-provider-connected"),
            Self::ProviderDisconnected => locale.text("notice-provider-disconnected"),
            Self::PasskeyAdded => locale.text("notice-passkey-added"),
            Self::PasskeyRenamed => locale.text("notice-passkey-renamed"),
            Self::PasskeyRemoved => locale.text("notice-passkey-removed"),
            Self::AppRemoved { app } => locale.text_with("notice-app-removed", "app", app),
        }
    }
}

/// Where one is signed in. The form for all others sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/sessions.html")]
pub struct SessionsView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// This browser's first, then the last used.
    pub sessions: Vec<SessionView>,
    /// Where the form goes that ends all but this one.
    pub end_others: String,
    /// The browsers that the account knows, the last used first.
    pub devices: Vec<DeviceView>,
    /// Where the form goes that makes the account forget all of them.
    pub forget_all: String,
}

/// A browser that the account knows.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// Where the form goes that makes the account forget it; it sends nothing but `csrf`.
    pub forget: String,
    /// The one that looks.
    pub current: bool,
    /// Such as "Firefox".
    pub browser: Option<String>,
    /// Such as "Linux".
    pub system: Option<String>,
    /// Where that sign-in was.
    pub place: Option<String>,
    /// When somebody last signed in there.
    pub last_used_at: DateTime<Utc>,
    /// Until when no second factor is asked for there.
    pub trusted_until: Option<DateTime<Utc>>,
}

impl DeviceView {
    /// The browser in words.
    pub fn device(&self, frame: &Frame) -> String {
        described(self.browser.as_deref(), self.system.as_deref(), frame)
    }
}

impl SessionsView {
    /// Is there any session but this one?
    pub fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Where the form goes that ends it; it sends nothing but `csrf`.
    pub end: String,
    /// This browser's own. It has no button: one signs out of it by "Sign out".
    pub current: bool,
    /// Such as "Firefox".
    pub browser: Option<String>,
    /// Such as "Linux".
    pub system: Option<String>,
    /// Where it was last seen, as a place.
    pub place: Option<String>,
    /// The network address of that.
    pub address: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: DateTime<Utc>,
}

impl SessionView {
    /// The device in words.
    pub fn device(&self, frame: &Frame) -> String {
        described(self.browser.as_deref(), self.system.as_deref(), frame)
    }
}

fn described(browser: Option<&str>, system: Option<&str>, frame: &Frame) -> String {
    let locale = frame.locale;
    match (browser, system) {
        (Some(browser), Some(system)) => {
            locale.format("session-device", &[("browser", &browser), ("system", &system)])
        }
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => locale.text("session-unknown-device"),
    }
}

/// Apps with access.
#[derive(Clone, Debug, Template)]
#[template(path = "account/apps.html")]
pub struct AppsView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The last allowed first.
    pub apps: Vec<AppAccess>,
}

/// One app with access.
#[derive(Clone, Debug)]
pub struct AppAccess {
    /// The app.
    pub app: AppView,
    /// What it may do.
    pub scopes: Vec<ScopeView>,
    /// When that was allowed.
    pub granted_at: DateTime<Utc>,
    /// When it was last used, where that is known.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The path of the question whether to remove it.
    pub remove: String,
}

/// Asks before an app's access is removed. Its form sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/remove.html")]
pub struct RemoveAppView {
    /// What surrounds it.
    pub frame: Frame,
    /// The navigation.
    pub account: AccountNav,
    /// The app.
    pub app: AppView,
    /// Where the form goes.
    pub action: String,
    /// Where "Cancel" leads.
    pub cancel: String,
}

impl Page for SessionsView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-sessions")
    }
}

impl Page for AppsView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("account-nav-apps")
    }
}

impl Removal for RemoveAppView {
    const WHAT: &'static str = "app";

    fn lead(&self) -> String {
        self.frame.locale.text("app-remove-lead")
    }

    fn label(&self) -> String {
        self.frame.locale.text_with("app-remove-named", "app", &self.app.name)
    }
}

impl Page for RemoveAppView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text_with("app-remove-title", "app", &self.app.name)
    }
}
