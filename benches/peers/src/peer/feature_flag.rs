//! The crate `feature-flag`: `FlagEvaluator::evaluate`. Its variants have no values: they are looked up
//! by their names, as its user would.

use super::{Peer, json_of};
use crate::support::document::{Condition, FIVE, Flag, PREMIUM, User, VARIANTS, Workload, id};
use ::feature_flag::{FlagEvaluator, FlagSet, Subject};
use serde_json::{Value, json};
use std::collections::HashMap;

pub struct FeatureFlag {
    evaluator: FlagEvaluator,
    values: HashMap<&'static str, String>,
}

fn all_of(conditions: &[Condition]) -> Value {
    let compare = |(attribute, values): &Condition| json!({ "kind": "compare", "attr": attribute, "op": "in", "value": values });
    json!({ "kind": "all_of", "matchers": conditions.iter().map(compare).collect::<Vec<_>>() })
}

fn flag(Flag { key, kind }: &Flag) -> Value {
    let always = json!({ "kind": "always" });
    let one = |variant: &str| json!({ "kind": "variant", "variant": variant });
    let split = |shares: Vec<(&str, u32)>| {
        let share = |(variant, weight)| json!({ "variant": variant, "weight": weight });
        json!({ "kind": "rollout", "variants": shares.into_iter().map(share).collect::<Vec<_>>() })
    };
    let rule =
        |name: String, when: Value, outcome: Value| json!({ "id": name, "when": when, "outcome": outcome });
    let single = |when: Value, outcome: Value| json!([rule("rule".to_owned(), when, outcome)]);
    let mut variants = json!(["off", "on"]);
    let mut default = "off";
    let rules = match kind {
        Workload::On | Workload::Off => single(always, one("on")),
        Workload::Users(n) => {
            let ids: Vec<String> = (0..*n).map(id).collect();
            single(json!({ "kind": "compare", "attr": "id", "op": "in", "value": ids }), one("on"))
        }
        Workload::Attributes => single(all_of(PREMIUM), one("on")),
        Workload::Rollout => single(always, split(vec![("on", 25), ("off", 75)])),
        Workload::Variants => {
            variants = VARIANTS.iter().map(|(name, ..)| json!(name)).collect();
            default = VARIANTS[0].0;
            single(always, split(VARIANTS.iter().map(|(name, weight, _)| (*name, *weight)).collect()))
        }
        Workload::FiveRules => {
            let last = FIVE.len() - 1;
            let each = FIVE.iter().enumerate();
            each.map(|(i, five)| {
                rule(format!("rule-{i}"), all_of(five), one(if i == last { "on" } else { "off" }))
            })
            .collect()
        }
    };
    json!({ "id": key, "enabled": *kind != Workload::Off, "variants": variants, "default_variant": default, "rules": rules })
}

impl Peer for FeatureFlag {
    const NAME: &'static str = "feature-flag";
    type Context = Subject;
    type Variant = (String, String);

    fn document(flags: &[Flag]) -> Vec<u8> {
        json!({ "version": "1", "flags": flags.iter().map(flag).collect::<Vec<_>>() })
            .to_string()
            .into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        let set = FlagSet::from_json(std::str::from_utf8(document).unwrap()).unwrap();
        let values =
            VARIANTS.iter().map(|(name, _, payload)| (*name, json_of(payload).to_string())).collect();
        Self { evaluator: FlagEvaluator::new(set), values }
    }

    fn context(user: &User) -> Subject {
        Subject::new(user.id.as_str())
            .with_attr("id", user.id.as_str())
            .with_attr("country", user.country)
            .with_attr("plan", user.plan)
            .with_attr("email", user.email.as_str())
            .with_attr("app_version", user.app_version)
            .with_attr("age", user.age)
    }

    fn enabled(&self, key: &'static str, context: &Subject) -> bool {
        self.evaluator.evaluate(key, context).unwrap().variant == "on"
    }

    fn variant(&self, key: &'static str, context: &Subject) -> (String, String) {
        let name = self.evaluator.evaluate(key, context).unwrap().variant;
        let value = self.values[name.as_str()].clone();
        (name, value)
    }

    fn describe((name, value): &(String, String)) -> (String, Value) {
        (name.clone(), serde_json::from_str(value).unwrap())
    }
}
