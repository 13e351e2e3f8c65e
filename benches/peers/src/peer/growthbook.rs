//! GrowthBook's engine: `check` on a borrowed instance. Its client copies the whole document first,
//! which is not counted here.

use super::{Peer, json_of};
use crate::support::document::{Condition, FIVE, Flag, PREMIUM, User, VARIANTS, Workload, id};
use growthbook_rust::dto::GrowthBookResponse;
use growthbook_rust::growthbook;
use growthbook_rust::model_public::{FeatureResult, GrowthBookAttribute, GrowthBookAttributeValue};
use serde_json::{Map, Value, json};

pub struct GrowthBook(growthbook::GrowthBook);

fn condition(conditions: &[Condition]) -> Value {
    let one = |(attribute, values): &Condition| match values {
        [value] => ((*attribute).to_owned(), json!(value)),
        values => ((*attribute).to_owned(), json!({ "$in": values })),
    };
    Value::Object(conditions.iter().map(one).collect())
}

fn feature(Flag { key, kind }: &Flag) -> Value {
    let rules = match kind {
        Workload::On => return json!({ "defaultValue": true }),
        Workload::Off => return json!({ "defaultValue": false }),
        Workload::Users(n) => {
            let ids: Vec<String> = (0..*n).map(id).collect();
            json!([{ "condition": { "id": { "$in": ids } }, "force": true }])
        }
        Workload::Attributes => json!([{ "condition": condition(PREMIUM), "force": true }]),
        Workload::Rollout => json!([{ "force": true, "coverage": 0.25, "hashAttribute": "id" }]),
        Workload::Variants => json!([{
            "key": key, "hashAttribute": "id", "hashVersion": 2,
            "variations": VARIANTS.iter().map(|(_, _, payload)| json_of(payload)).collect::<Vec<_>>(),
            "meta": VARIANTS.iter().map(|(name, ..)| json!({ "key": name })).collect::<Vec<_>>(),
            "weights": VARIANTS.iter().map(|(_, weight, _)| f64::from(*weight) / 100.0).collect::<Vec<_>>()
        }]),
        Workload::FiveRules => {
            let each = FIVE.iter().enumerate();
            each.map(|(i, five)| json!({ "condition": condition(five), "force": i + 1 == FIVE.len() }))
                .collect()
        }
    };
    let default = if *kind == Workload::Variants { json!({}) } else { json!(false) };
    json!({ "defaultValue": default, "rules": rules })
}

impl Peer for GrowthBook {
    const NAME: &'static str = "GrowthBook";
    type Context = Option<Vec<GrowthBookAttribute>>;
    type Variant = FeatureResult;

    fn document(flags: &[Flag]) -> Vec<u8> {
        let features: Map<_, _> = flags.iter().map(|flag| (flag.key.clone(), feature(flag))).collect();
        json!({ "features": features }).to_string().into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        let response: GrowthBookResponse = serde_json::from_slice(document).unwrap();
        Self(growthbook::GrowthBook {
            forced_variations: None,
            features: response.features.unwrap(),
            attributes: None,
            sticky_bucket_service: None,
            saved_groups: Default::default(),
        })
    }

    fn context(user: &User) -> Self::Context {
        let text = |text: &str| GrowthBookAttributeValue::String(text.to_owned());
        let attributes = [
            ("id", text(&user.id)),
            ("country", text(user.country)),
            ("plan", text(user.plan)),
            ("email", text(&user.email)),
            ("app_version", text(user.app_version)),
            ("age", GrowthBookAttributeValue::Int(user.age)),
        ];
        Some(
            attributes
                .into_iter()
                .map(|(name, value)| GrowthBookAttribute::new(name.to_owned(), value))
                .collect(),
        )
    }

    fn enabled(&self, key: &'static str, context: &Self::Context) -> bool {
        self.0.check(key, context).on
    }

    fn variant(&self, key: &'static str, context: &Self::Context) -> FeatureResult {
        self.0.check(key, context)
    }

    fn describe(variant: &FeatureResult) -> (String, Value) {
        (variant.experiment_result.as_ref().unwrap().key.clone(), variant.value.clone())
    }
}
