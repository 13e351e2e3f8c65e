//! LaunchDarkly's evaluator: `evaluate` on a flag borrowed from a map. Its SDK clones the flag out of a
//! locked store first, which is not counted here.

use super::{Peer, json_of};
use crate::support::document::{Condition, FIVE, Flag, PREMIUM, User, VARIANTS, Workload, id};
use launchdarkly_server_sdk_evaluation::{self as sdk, Context, ContextBuilder, FlagValue, Segment, Store};
use serde_json::{Value, json};
use std::collections::HashMap;

pub struct LaunchDarkly(HashMap<String, sdk::Flag>);

impl Store for LaunchDarkly {
    fn flag(&self, key: &str) -> Option<sdk::Flag> {
        self.0.get(key).cloned()
    }
    fn segment(&self, _key: &str) -> Option<Segment> {
        None
    }
}

fn rule(name: String, conditions: &[Condition], variation: usize) -> Value {
    let clause = |(attribute, values): &Condition| json!({ "contextKind": "user", "attribute": attribute, "op": "in", "values": values });
    let clauses: Vec<Value> = conditions.iter().map(clause).collect();
    json!({ "id": name, "variation": variation, "trackEvents": false, "clauses": clauses })
}

fn split(weights: impl Iterator<Item = u32>) -> Value {
    let share =
        |(variation, weight): (usize, u32)| json!({ "variation": variation, "weight": weight * 1000 });
    json!({ "rollout": { "variations": weights.enumerate().map(share).collect::<Vec<_>>() } })
}

fn flag(Flag { key, kind }: &Flag) -> Value {
    let served = |variation: usize| json!({ "variation": variation });
    let (mut targets, mut rules, mut variations) = (json!([]), json!([]), json!([false, true]));
    let otherwise = match kind {
        Workload::On | Workload::Off => served(1),
        Workload::Users(n) => {
            targets = json!([{ "values": (0..*n).map(id).collect::<Vec<_>>(), "variation": 1 }]);
            served(0)
        }
        Workload::Attributes => {
            rules = json!([rule("premium".to_owned(), PREMIUM, 1)]);
            served(0)
        }
        Workload::Rollout => split([75, 25].into_iter()),
        Workload::Variants => {
            let value =
                |(name, _, payload): &(&str, u32, _)| json!({ "name": name, "payload": json_of(payload) });
            variations = VARIANTS.iter().map(value).collect();
            split(VARIANTS.iter().map(|(_, weight, _)| *weight))
        }
        Workload::FiveRules => {
            let last = FIVE.len() - 1;
            let each = FIVE.iter().enumerate();
            rules = each.map(|(i, five)| rule(format!("rule-{i}"), five, usize::from(i == last))).collect();
            served(0)
        }
    };
    json!({
        "key": key, "version": 1, "on": *kind != Workload::Off, "targets": targets, "rules": rules,
        "prerequisites": [], "fallthrough": otherwise, "offVariation": 0, "variations": variations,
        "salt": key, "clientSide": false
    })
}

impl LaunchDarkly {
    fn evaluate<R>(&self, key: &str, context: &Context, read: impl FnOnce(Option<&FlagValue>) -> R) -> R {
        match self.0.get(key) {
            Some(flag) => read(sdk::evaluate(self, flag, context, None).value),
            None => read(None),
        }
    }
}

impl Peer for LaunchDarkly {
    const NAME: &'static str = "LaunchDarkly evaluator";
    type Context = Context;
    /// The SDK returns the JSON by value.
    type Variant = Option<Value>;

    fn document(flags: &[Flag]) -> Vec<u8> {
        let flags: serde_json::Map<_, _> = flags.iter().map(|f| (f.key.clone(), flag(f))).collect();
        Value::Object(flags).to_string().into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        Self(serde_json::from_slice(document).unwrap())
    }

    fn context(user: &User) -> Context {
        let mut builder = ContextBuilder::new(user.id.as_str());
        builder
            .set_string("country", user.country)
            .set_string("plan", user.plan)
            .set_string("email", user.email.as_str())
            .set_string("app_version", user.app_version)
            .set_float("age", user.age as f64);
        builder.build().unwrap()
    }

    fn enabled(&self, key: &'static str, context: &Context) -> bool {
        self.evaluate(key, context, |value| matches!(value, Some(FlagValue::Bool(true))))
    }

    fn variant(&self, key: &'static str, context: &Context) -> Option<Value> {
        self.evaluate(key, context, |value| value.and_then(FlagValue::as_json))
    }

    fn describe(variant: &Option<Value>) -> (String, Value) {
        let variant = variant.as_ref().unwrap();
        (variant["name"].as_str().unwrap().to_owned(), variant["payload"].clone())
    }
}
