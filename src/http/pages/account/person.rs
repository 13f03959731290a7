//! What pages call a person.

use crate::domain::address::Username;
use crate::domain::user::Profile;

/// The name to be called by.
pub(in crate::http) fn name(profile: &Profile) -> String {
    profile.user.display_name(profile.primary_address.as_ref()).to_owned()
}

/// The address or the username, which tell two people of one name apart.
pub(in crate::http) fn identifier(profile: &Profile) -> String {
    let address = profile.primary_address.as_ref().map(|address| address.email.as_typed());
    let username = profile.user.username.as_ref().map(Username::as_str);
    address.or(username).map_or_else(|| name(profile), str::to_owned)
}
