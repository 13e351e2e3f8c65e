//! Eppo's engine: `Evaluator::get_assignment`, which reads the configuration, the clock, and makes the
//! event of the assignment.

use super::{Peer, json_of};
use crate::support::document::{Condition, FIVE, Flag, PREMIUM, User, VARIANTS, Workload, id};
use eppo_core::configuration_store::ConfigurationStore;
use eppo_core::eval::{Evaluator, EvaluatorConfig};
use eppo_core::ufc::{Assignment, UniversalFlagConfig};
use eppo_core::{AttributeValue, Attributes, Configuration, SdkMetadata, Str};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub struct Eppo(Evaluator);

const SDK: SdkMetadata = SdkMetadata { name: "benches", version: "0" };

fn rule(conditions: &[Condition]) -> Value {
    let one = |(attribute, values): &Condition| json!({ "attribute": attribute, "operator": "ONE_OF", "value": values });
    json!({ "conditions": conditions.iter().map(one).collect::<Vec<_>>() })
}

/// Serves a variation to the shards from `start` to `end`, of 10,000; to everybody without them.
fn split(salt: &str, variation: &str, shards: Option<(u32, u32)>) -> Value {
    let ranges = |(start, end)| json!({ "salt": salt, "ranges": [{ "start": start, "end": end }] });
    json!({ "variationKey": variation, "shards": shards.map(ranges).into_iter().collect::<Vec<_>>() })
}

fn allocation(name: &str, rules: Vec<Value>, splits: Vec<Value>) -> Value {
    json!({ "key": name, "rules": rules, "splits": splits, "doLog": true })
}

fn flag(Flag { key, kind }: &Flag) -> Value {
    let all = |variation| vec![split(key, variation, None)];
    let off = || allocation("otherwise", vec![], all("off"));
    let mut variations =
        json!({ "on": { "key": "on", "value": true }, "off": { "key": "off", "value": false } });
    let mut kind_of_value = "BOOLEAN";
    let allocations = match kind {
        Workload::On | Workload::Off => vec![allocation("all", vec![], all("on"))],
        Workload::Users(n) => {
            let users = json!({ "attribute": "id", "operator": "ONE_OF", "value": (0..*n).map(id).collect::<Vec<_>>() });
            vec![allocation("users", vec![json!({ "conditions": [users] })], all("on")), off()]
        }
        Workload::Attributes => vec![allocation("premium", vec![rule(PREMIUM)], all("on")), off()],
        Workload::Rollout => {
            let splits = vec![split(key, "on", Some((0, 2500))), split(key, "off", Some((2500, 10_000)))];
            vec![allocation("rollout", vec![], splits)]
        }
        Workload::Variants => {
            kind_of_value = "JSON";
            let mut from = 0;
            let mut splits = Vec::new();
            let mut named = Map::new();
            for (name, weight, payload) in VARIANTS {
                let value = json!({ "name": name, "payload": json_of(payload) }).to_string();
                named.insert((*name).to_owned(), json!({ "key": name, "value": value }));
                splits.push(split(key, name, Some((from, from + weight * 100))));
                from += weight * 100;
            }
            variations = Value::Object(named);
            vec![allocation("split", vec![], splits)]
        }
        Workload::FiveRules => {
            let last = FIVE.len() - 1;
            let each = FIVE.iter().enumerate();
            let rules = each.map(|(i, five)| {
                allocation(&format!("rule-{i}"), vec![rule(five)], all(if i == last { "on" } else { "off" }))
            });
            rules.chain([off()]).collect()
        }
    };
    json!({
        "key": key, "enabled": *kind != Workload::Off, "variationType": kind_of_value, "variations": variations,
        "allocations": allocations, "totalShards": 10_000
    })
}

impl Peer for Eppo {
    const NAME: &'static str = "Eppo";
    type Context = (Str, Arc<Attributes>);
    type Variant = Option<Assignment>;

    fn document(flags: &[Flag]) -> Vec<u8> {
        let flags: Map<_, _> = flags.iter().map(|f| (f.key.clone(), flag(f))).collect();
        let environment = json!({ "name": "benches" });
        json!({ "createdAt": "2026-01-01T00:00:00Z", "format": "SERVER", "environment": environment, "flags": flags })
            .to_string()
            .into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        let config = UniversalFlagConfig::from_json(SDK, document.to_vec()).unwrap();
        let store = Arc::new(ConfigurationStore::new());
        store.set_configuration(Arc::new(Configuration::from_server_response(config, None)));
        Self(Evaluator::new(EvaluatorConfig { configuration_store: store, sdk_metadata: SDK }))
    }

    fn context(user: &User) -> Self::Context {
        let attributes = [
            ("country", AttributeValue::from(user.country)),
            ("plan", AttributeValue::from(user.plan)),
            ("email", AttributeValue::from(user.email.as_str())),
            ("app_version", AttributeValue::from(user.app_version)),
            ("age", AttributeValue::from(user.age as f64)),
        ];
        let attributes = attributes.into_iter().map(|(name, value)| (Str::from(name), value)).collect();
        (Str::from(user.id.as_str()), Arc::new(attributes))
    }

    fn enabled(&self, key: &'static str, (id, attributes): &Self::Context) -> bool {
        let assignment = self.0.get_assignment(key, id, attributes, None);
        assignment.ok().flatten().and_then(|assignment| assignment.value.as_boolean()).unwrap_or(false)
    }

    fn variant(&self, key: &'static str, (id, attributes): &Self::Context) -> Option<Assignment> {
        self.0.get_assignment(key, id, attributes, None).unwrap()
    }

    fn describe(variant: &Option<Assignment>) -> (String, Value) {
        let value = variant.as_ref().unwrap().value.as_json().unwrap();
        (value["name"].as_str().unwrap().to_owned(), value["payload"].clone())
    }
}
