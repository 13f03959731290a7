//! Everything that is kept about a person, as one document.

use diesel::prelude::*;
use diesel::sql_types::{Json, Uuid as SqlUuid};

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::kernel::ids::UserId;

/// Everything that is kept about a person.
pub struct Exports<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName)]
struct Document {
    #[diesel(sql_type = Json)]
    document: serde_json::Value,
}

/// Every column by its name, so that a new one is in it only once somebody has put it here: no hash,
/// no sealed value. Of what somebody else did to the account, it says that and when, and nothing
/// of them.
const DOCUMENT: &str = "SELECT json_build_object(
'account', json_build_object(
  'id', u.id, 'subject', u.subject, 'username', u.username, 'name', u.name, 'locale', u.locale,
  'zoneinfo', u.zoneinfo, 'details', coalesce(u.contact, '{}'::jsonb), 'status', u.status,
  'deactivated_at', CASE WHEN u.status = 'disabled'
    AND u.deactivated_at = u.credentials_changed_at THEN u.deactivated_at END,
  'created_at', u.created_at, 'updated_at', u.updated_at,
  'credentials_changed_at', u.credentials_changed_at, 'sign_in_disowned_at', u.disowned_at,
  'roles', (SELECT coalesce(json_agg(r.name ORDER BY r.name), '[]') FROM user_roles h
    JOIN roles r ON r.id = h.role_id WHERE h.user_id = u.id)),
'picture', (SELECT json_build_object('made_at', made_at, 'type', 'image/jpeg',
  'base64', translate(encode(large, 'base64'), E'\\n', '')) FROM pictures WHERE user_id = u.id),
'addresses', (SELECT coalesce(json_agg(json_build_object(
  'email', email, 'primary', is_primary, 'confirmed_at', verified_at, 'added_at', created_at)
  ORDER BY is_primary DESC, created_at), '[]') FROM addresses WHERE user_id = u.id),
'sign_in_accounts', (SELECT coalesce(json_agg(json_build_object(
  'issuer', issuer, 'subject', subject, 'email', email, 'email_verified', email_verified,
  'profile', profile, 'linked_at', created_at, 'told_at', synced_at) ORDER BY created_at), '[]')
  FROM federation_links WHERE user_id = u.id),
'sign_ins_elsewhere', (SELECT coalesce(json_agg(json_build_object(
  'issuer', issuer, 'signed_in_at', created_at, 'signed_out_at', ended_at) ORDER BY created_at), '[]')
  FROM upstream_sessions WHERE user_id = u.id),
'links', (SELECT coalesce(json_agg(json_build_object(
  'purpose', purpose, 'email', email, 'created_at', created_at, 'expires_at', expires_at,
  'used_at', consumed_at) ORDER BY created_at), '[]') FROM one_time_links WHERE user_id = u.id),
'factors', json_build_object(
  'password', (SELECT json_build_object('changed_at', changed_at) FROM password_credentials
    WHERE user_id = u.id),
  'authenticator_apps', (SELECT coalesce(json_agg(json_build_object(
    'name', name, 'added_at', created_at, 'confirmed_at', confirmed_at,
    'last_used_at', last_used_at) ORDER BY created_at), '[]') FROM authenticators
    WHERE user_id = u.id),
  'passkeys', (SELECT coalesce(json_agg(json_build_object(
    'name', name, 'kind', aaguid, 'added_at', created_at, 'last_used_at', last_used_at,
    'in_doubt_since', disowned_at)
    ORDER BY created_at), '[]') FROM passkeys WHERE user_id = u.id),
  'recovery_codes', (SELECT coalesce(json_agg(json_build_object(
    'made_at', created_at, 'used_at', used_at) ORDER BY created_at), '[]') FROM recovery_codes
    WHERE user_id = u.id)),
'sessions', (SELECT coalesce(json_agg(json_build_object(
  'began_at', created_at, 'signed_in_at', auth_time, 'signed_in_with', amr,
  'last_used_at', last_used_at, 'expires_at', expires_at, 'ended_at', ended_at,
  'end_reason', end_reason, 'stay_signed_in', remember, 'ip', ip, 'user_agent', user_agent)
  ORDER BY created_at DESC), '[]') FROM sessions WHERE user_id = u.id),
'browsers', (SELECT coalesce(json_agg(json_build_object(
  'user_agent', user_agent, 'known_since', created_at, 'last_used_at', last_used_at,
  'forgotten_at', expires_at, 'trusted_until', trusted_until, 'ip', ip) ORDER BY last_used_at DESC), '[]')
  FROM devices WHERE user_id = u.id),
'apps', (SELECT coalesce(json_agg(json_build_object(
  'app', c.client_id, 'name', k.name, 'scopes', c.scopes, 'claims', c.claims,
  'allowed_at', c.created_at, 'changed_at', c.updated_at) ORDER BY c.created_at), '[]')
  FROM consents c JOIN clients k ON k.id = c.client_id WHERE c.user_id = u.id),
'authorizations', (SELECT coalesce(json_agg(json_build_object(
  'app', client_id, 'scopes', scopes, 'given_at', created_at, 'expires_at', expires_at,
  'revoked_at', revoked_at, 'revoke_reason', revoke_reason) ORDER BY created_at DESC), '[]')
  FROM grants WHERE user_id = u.id),
'mails', (SELECT coalesce(json_agg(json_build_object(
  'to', recipient, 'kind', kind, 'language', language, 'written_at', created_at, 'state', state,
  'finished_at', finished_at) ORDER BY created_at DESC), '[]') FROM mails WHERE user_id = u.id),
'activity', (SELECT coalesce(json_agg(json_build_object(
  'at', e.at, 'action', e.action, 'by', CASE WHEN e.is_own THEN 'you' ELSE e.actor_kind END,
  'app', e.client_id, 'success', e.success, 'error', e.error_code,
  'ip', CASE WHEN e.is_told THEN e.ip END,
  'user_agent', CASE WHEN e.is_told THEN e.user_agent END,
  'details', CASE WHEN e.is_told THEN e.details END) ORDER BY e.at DESC, e.id DESC), '[]')
  FROM (SELECT a.*, a.actor_id IS NOT DISTINCT FROM u.id::text AS is_own,
    a.actor_id IS NOT DISTINCT FROM u.id::text OR a.actor_kind = 'anonymous' AS is_told
    FROM audit_events a WHERE a.actor_id = u.id::text OR a.target_id = u.id::text) e)
) AS document FROM users u WHERE u.id = $1";

impl Exports<'_> {
    /// The document of somebody; `None`: there is no such account.
    pub fn of(&mut self, user: UserId) -> Result<Option<serde_json::Value>, StorageError> {
        let found: Option<Document> =
            sql(DOCUMENT).bind::<SqlUuid, _>(user.0).get_result(self.0.reading()).optional()?;
        Ok(found.map(|found| found.document))
    }
}
