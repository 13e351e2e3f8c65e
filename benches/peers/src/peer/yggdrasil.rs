//! Unleash's engine: `EngineState` with a whole client-features document.

use super::{Peer, json_of};
use crate::support::document::{Condition, FIVE, Flag, PREMIUM, User, VARIANTS, Workload};
use serde_json::{Value, json};
use unleash_types::client_features::ClientFeatures;
use unleash_yggdrasil::state::EnrichedContext;
use unleash_yggdrasil::{Context, EngineState, UpdateMessage, VariantDef};

pub struct Yggdrasil(EngineState);

fn strategy(rule: &[Condition]) -> Value {
    let constraint =
        |(name, values): &Condition| json!({ "contextName": name, "operator": "IN", "values": values });
    json!({ "name": "default", "constraints": rule.iter().map(constraint).collect::<Vec<_>>() })
}

fn feature(Flag { key, kind }: &Flag) -> Value {
    let always = json!({ "name": "default" });
    let mut variants = Vec::new();
    let strategies = match kind {
        Workload::On | Workload::Off => vec![always],
        Workload::Users(n) => {
            let ids: Vec<String> = (0..*n).map(crate::support::document::id).collect();
            vec![json!({ "name": "userWithId", "parameters": { "userIds": ids.join(",") } })]
        }
        Workload::Attributes => vec![strategy(PREMIUM)],
        Workload::Rollout => vec![json!({
            "name": "flexibleRollout",
            "parameters": { "rollout": "25", "stickiness": "userId", "groupId": key }
        })],
        Workload::Variants => {
            variants = VARIANTS
                .iter()
                .map(|(name, weight, payload)| {
                    json!({
                        "name": name, "weight": weight * 10, "stickiness": "userId",
                        "payload": { "type": "json", "value": json_of(payload).to_string() }
                    })
                })
                .collect();
            vec![always]
        }
        // Its strategies are alternatives: there is no rule that serves off.
        Workload::FiveRules => FIVE.iter().map(|rule| strategy(rule)).collect(),
    };
    json!({
        "name": key, "type": "release", "project": "default", "enabled": *kind != Workload::Off,
        "strategies": strategies, "variants": variants
    })
}

impl Peer for Yggdrasil {
    const NAME: &'static str = "Unleash Yggdrasil";
    type Context = Context;
    type Variant = Option<VariantDef>;

    fn document(flags: &[Flag]) -> Vec<u8> {
        json!({ "version": 2, "features": flags.iter().map(feature).collect::<Vec<_>>() })
            .to_string()
            .into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        let features: ClientFeatures = serde_json::from_slice(document).unwrap();
        let state = EngineState::default();
        assert!(state.take_state(UpdateMessage::FullResponse(features)).is_none());
        Self(state)
    }

    fn context(user: &User) -> Context {
        let properties = [
            ("country", user.country.to_owned()),
            ("plan", user.plan.to_owned()),
            ("email", user.email.clone()),
            ("app_version", user.app_version.to_owned()),
            ("age", user.age.to_string()),
        ];
        Context {
            user_id: Some(user.id.clone()),
            session_id: None,
            environment: None,
            app_name: None,
            current_time: None,
            remote_address: None,
            properties: Some(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        }
    }

    fn enabled(&self, key: &'static str, context: &Context) -> bool {
        self.0.check_enabled(&EnrichedContext::from(context, key, None)).unwrap_or(false)
    }

    fn variant(&self, key: &'static str, context: &Context) -> Option<VariantDef> {
        self.0.check_variant(&EnrichedContext::from(context, key, None))
    }

    fn describe(variant: &Option<VariantDef>) -> (String, Value) {
        let variant = variant.as_ref().unwrap();
        (variant.name.clone(), serde_json::from_str(&variant.payload.as_ref().unwrap().value).unwrap())
    }

    fn all(&self, _keys: &[&'static str], context: &Context) -> usize {
        self.0.resolve_all(context, &None).unwrap().len()
    }
}
