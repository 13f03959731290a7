//! Firebase: `{"hash": …, "salt": …, "rounds": 8, "mem_cost": 14}`, the first two from an exported
//! account, the others from the project's hash parameters.

use serde_json::{Map, Value};

use super::{NotImported, base64, number, phc, text};
use crate::crypto::password::firebase::NAME;

pub(super) fn read(members: &Map<String, Value>) -> Result<String, NotImported> {
    if members.keys().any(|name| !["hash", "salt", "rounds", "mem_cost"].contains(&name.as_str())) {
        return Err(NotImported::Malformed);
    }
    let (salt, hash) = (base64(text(members, "salt")?)?, base64(text(members, "hash")?)?);
    let params = [("ln", number(members, "mem_cost")?), ("r", number(members, "rounds")?)];
    phc(NAME, None, &params, &salt, &hash)
}
