//! OpenFeature's client, a facade: over the simplest provider there can be, a map of switches.

use super::{Peer, now};
use crate::support::document::{Flag, User, Workload};
use ::open_feature::provider::{FeatureProvider, ProviderMetadata, ResolutionDetails};
use ::open_feature::{
    Client, EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationResult, StructValue,
};
use serde_json::Value;
use std::collections::HashMap;

pub struct OpenFeature(Client);

struct Switches {
    metadata: ProviderMetadata,
    switches: HashMap<String, bool>,
}

/// Keys and whether they are on.
pub(super) fn switches(flags: &[Flag]) -> Vec<u8> {
    let switches: HashMap<&str, bool> =
        flags.iter().map(|flag| (flag.key.as_str(), flag.kind == Workload::On)).collect();
    serde_json::to_vec(&switches).unwrap()
}

fn error<T>(code: EvaluationErrorCode) -> EvaluationResult<T> {
    Err(EvaluationError { code, message: None })
}

#[async_trait::async_trait]
impl FeatureProvider for Switches {
    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        key: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        match self.switches.get(key) {
            Some(on) => Ok(ResolutionDetails::new(*on)),
            None => error(EvaluationErrorCode::FlagNotFound),
        }
    }

    async fn resolve_int_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        error(EvaluationErrorCode::TypeMismatch)
    }

    async fn resolve_float_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        error(EvaluationErrorCode::TypeMismatch)
    }

    async fn resolve_string_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        error(EvaluationErrorCode::TypeMismatch)
    }

    async fn resolve_struct_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        error(EvaluationErrorCode::TypeMismatch)
    }
}

impl Peer for OpenFeature {
    const NAME: &'static str = "open-feature in memory";
    type Context = EvaluationContext;
    type Variant = ();

    fn knows(kind: Workload) -> bool {
        matches!(kind, Workload::On | Workload::Off)
    }

    fn document(flags: &[Flag]) -> Vec<u8> {
        switches(flags)
    }

    fn load(document: &[u8]) -> Self {
        let switches = serde_json::from_slice(document).unwrap();
        let mut api = ::open_feature::OpenFeature::default();
        now(api.set_provider(Switches { metadata: ProviderMetadata::new("switches"), switches }));
        Self(api.create_client())
    }

    fn context(user: &User) -> EvaluationContext {
        EvaluationContext::default()
            .with_targeting_key(user.id.as_str())
            .with_custom_field("country", user.country)
            .with_custom_field("plan", user.plan)
            .with_custom_field("email", user.email.as_str())
            .with_custom_field("app_version", user.app_version)
            .with_custom_field("age", user.age)
    }

    fn enabled(&self, key: &'static str, context: &EvaluationContext) -> bool {
        now(self.0.get_bool_value(key, Some(context), None)).unwrap()
    }

    fn variant(&self, _key: &'static str, _context: &EvaluationContext) {}

    fn describe((): &()) -> (String, Value) {
        unreachable!("it has no variants")
    }
}
