//! Sign-ins under way.

use chrono::{DateTime, Utc};
use diesel::dsl::case_when;
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError, hash, known_claims, names, read_proofs, stored_proofs, texts};
use crate::domain::arrival::Arrival;
use crate::domain::consent::Allowance;
use crate::domain::factor::Pending;
use crate::domain::flow::{Flow, Purpose};
use crate::kernel::ids::{FlowId, SessionId, UserId};
use crate::storage::schema::flows;

/// Sign-ins under way.
pub struct Flows<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = flows, check_for_backend(Pg))]
struct FlowRow {
    id: Uuid,
    browser_hash: Vec<u8>,
    client_id: Option<String>,
    request: Option<serde_json::Value>,
    session_id: Option<Uuid>,
    authenticated_at: Option<DateTime<Utc>>,
    consented_scopes: Option<Vec<String>>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    consented_claims: Option<Vec<String>>,
    return_to: Option<String>,
    user_id: Option<Uuid>,
    proofs: Option<serde_json::Value>,
    remember: Option<bool>,
    arrival: Option<serde_json::Value>,
    account_page: Option<String>,
}

impl FlowRow {
    fn new(flow: &Flow) -> Result<Self, StorageError> {
        let request = flow.request();
        let json = request.map(serde_json::to_value).transpose();
        Ok(Self {
            id: flow.id.0,
            browser_hash: flow.browser.as_bytes().to_vec(),
            client_id: request.map(|request| request.client_id.as_str().to_owned()),
            request: json
                .map_err(|_| StorageError::Other("the request is not storable".to_owned()))?,
            session_id: flow.session_id.map(|id| id.0),
            authenticated_at: flow.authenticated_at,
            consented_scopes: flow.consented.as_ref().map(|it| texts(&it.scopes)),
            created_at: flow.created_at,
            expires_at: flow.expires_at,
            finished_at: flow.finished_at,
            consented_claims: flow.consented.as_ref().map(|it| names(&it.claims)),
            return_to: match &flow.purpose {
                Purpose::Confirm { return_to } => Some(return_to.clone()),
                Purpose::Authorize(_) | Purpose::Account { .. } => None,
            },
            account_page: match &flow.purpose {
                Purpose::Account { page } => page.clone(),
                Purpose::Authorize(_) | Purpose::Confirm { .. } => None,
            },
            user_id: flow.pending.as_ref().map(|pending| pending.user.0),
            proofs: flow.pending.as_ref().map(|pending| stored_proofs(&pending.proofs)),
            remember: flow.pending.as_ref().map(|pending| pending.remember),
            arrival: flow.arrival.as_ref().map(stored_arrival).transpose()?,
        })
    }

    fn into_flow(self) -> Result<Flow, StorageError> {
        let purpose = match (self.request, self.return_to) {
            (None, None) => Purpose::Account { page: self.account_page },
            (None, Some(return_to)) => Purpose::Confirm { return_to },
            (Some(json), _) => Purpose::Authorize(
                serde_json::from_value(json).map_err(|_| StorageError::Corrupt("flows.request"))?,
            ),
        };
        let pending = match (self.user_id, self.proofs) {
            (Some(user), Some(json)) => Some(Pending {
                user: UserId(user),
                proofs: read_proofs(json, "flows.proofs")?,
                remember: self.remember.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Flow {
            id: FlowId(self.id),
            browser: hash(&self.browser_hash, "flows.browser_hash")?,
            purpose,
            session_id: self.session_id.map(SessionId),
            authenticated_at: self.authenticated_at,
            consented: self.consented_scopes.map(|scopes| Allowance {
                scopes: scopes.into_iter().collect(),
                claims: known_claims(&self.consented_claims.unwrap_or_default()),
            }),
            created_at: self.created_at,
            expires_at: self.expires_at,
            finished_at: self.finished_at,
            pending,
            arrival: self
                .arrival
                .map(Arrival::from_json)
                .transpose()
                .map_err(|_| StorageError::Corrupt("flows.arrival"))?,
        })
    }
}

fn stored_arrival(arrival: &Arrival) -> Result<serde_json::Value, StorageError> {
    arrival.to_json().map_err(|_| StorageError::Other("the arrival is not storable".to_owned()))
}

impl Flows<'_> {
    /// Begins a flow.
    pub fn insert(&mut self, flow: &Flow) -> Result<(), StorageError> {
        diesel::insert_into(flows::table).values(FlowRow::new(flow)?).execute(self.0.writing()?)?;
        Ok(())
    }

    /// A flow. Finished and expired ones are found too.
    pub fn find(&mut self, id: FlowId) -> Result<Option<Flow>, StorageError> {
        flows::table
            .find(id.0)
            .select(FlowRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(FlowRow::into_flow)
            .transpose()
    }

    /// [`Flows::find`], locked until the transaction ends.
    pub fn find_for_update(&mut self, id: FlowId) -> Result<Option<Flow>, StorageError> {
        flows::table
            .find(id.0)
            .select(FlowRow::as_select())
            .for_update()
            .first(self.0.writing()?)
            .optional()?
            .map(FlowRow::into_flow)
            .transpose()
    }

    /// The flow goes on with this session. `authenticated_at` is when this very flow asked for that
    /// session's credentials, if it did: `None` forgets an earlier proof, and a consent given in
    /// another session is forgotten too, and so is who has proved a part here.
    pub fn authenticated(
        &mut self,
        id: FlowId,
        session: SessionId,
        authenticated_at: Option<DateTime<Utc>>,
    ) -> Result<(), StorageError> {
        let same_session = flows::session_id.is_not_distinct_from(session.0);
        diesel::update(flows::table.find(id.0))
            .set((
                flows::consented_scopes.eq(case_when(same_session, flows::consented_scopes)),
                flows::consented_claims.eq(case_when(same_session, flows::consented_claims)),
                flows::session_id.eq(session.0),
                flows::authenticated_at.eq(authenticated_at),
                flows::user_id.eq(None::<Uuid>),
                flows::proofs.eq(None::<serde_json::Value>),
                flows::remember.eq(None::<bool>),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Somebody has proved a part of what is asked; `None` forgets who did.
    pub fn pending(&mut self, id: FlowId, pending: Option<&Pending>) -> Result<(), StorageError> {
        diesel::update(flows::table.find(id.0))
            .set((
                flows::user_id.eq(pending.map(|pending| pending.user.0)),
                flows::proofs.eq(pending.map(|pending| stored_proofs(&pending.proofs))),
                flows::remember.eq(pending.map(|pending| pending.remember)),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Somebody came back from a provider, and is to be connected with an account; `None`: nobody is.
    pub fn arrived(&mut self, id: FlowId, arrival: Option<&Arrival>) -> Result<(), StorageError> {
        let json = arrival.map(stored_arrival).transpose()?;
        diesel::update(flows::table.find(id.0))
            .set(flows::arrival.eq(json))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Nobody is to be confirmed any more: the flow is an ordinary sign-in to the account pages.
    pub fn forget_confirmation(&mut self, id: FlowId) -> Result<(), StorageError> {
        diesel::update(flows::table.find(id.0))
            .set(flows::return_to.eq(None::<String>))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// This was allowed on the consent page of this very flow.
    pub fn consented(&mut self, id: FlowId, allowed: &Allowance) -> Result<(), StorageError> {
        diesel::update(flows::table.find(id.0))
            .set((
                flows::consented_scopes.eq(texts(&allowed.scopes)),
                flows::consented_claims.eq(names(&allowed.claims)),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Ends the flow. False: it had ended already.
    pub fn finish(&mut self, id: FlowId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let open = flows::table.find(id.0).filter(flows::finished_at.is_null());
        let finished =
            diesel::update(open).set(flows::finished_at.eq(now)).execute(self.0.writing()?)?;
        Ok(finished > 0)
    }
}
