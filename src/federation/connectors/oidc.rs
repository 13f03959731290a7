//! Any provider that keeps to the specifications.

use super::super::connector::{Claims, OpenId, standard};
use super::super::error::FederationError;
use super::super::trip::UpstreamAnswer;
use crate::domain::provider::Provider;
use crate::domain::upstream::UpstreamPerson;

pub(in crate::federation) struct Oidc;

impl OpenId for Oidc {
    fn person(
        &self,
        _provider: &Provider,
        claims: Claims,
        _answer: &UpstreamAnswer,
    ) -> Result<UpstreamPerson, FederationError> {
        standard(claims)
    }
}
