//! ConfigCat's client with a local file in place of its service. It takes the user by value, so that
//! a check includes a copy.

use super::{Peer, json_of, now};
use crate::support::document::{self, Condition, FIVE, Flag, PREMIUM, VARIANTS, Workload, id};
use configcat::{Client, EvaluationDetails, FileDataSource, OverrideBehavior, User};
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct ConfigCat(Client);

fn attribute(name: &str) -> &str {
    match name {
        "country" => "Country",
        "email" => "Email",
        name => name,
    }
}

fn conditions(all: &[Condition]) -> Value {
    all.iter().map(|(name, values)| json!({ "u": { "a": attribute(name), "c": 0, "l": values } })).collect()
}

fn setting(Flag { kind, .. }: &Flag) -> Value {
    let on = json!({ "v": { "b": true }, "i": "on" });
    let off = json!({ "v": { "b": false }, "i": "off" });
    let rule = |conditions: Value, served: &Value| json!({ "c": conditions, "s": served });
    let switch = |rules: Value| json!({ "t": 0, "v": { "b": false }, "i": "off", "r": rules });
    match kind {
        Workload::On => json!({ "t": 0, "v": { "b": true }, "i": "on" }),
        Workload::Off => json!({ "t": 0, "v": { "b": false }, "i": "off" }),
        Workload::Users(n) => {
            let ids: Vec<String> = (0..*n).map(id).collect();
            switch(json!([rule(json!([{ "u": { "a": "Identifier", "c": 0, "l": ids } }]), &on)]))
        }
        Workload::Attributes => switch(json!([rule(conditions(PREMIUM), &on)])),
        Workload::Rollout => json!({
            "t": 0, "v": { "b": false }, "i": "off",
            "p": [{ "p": 25, "v": { "b": true }, "i": "on" }, { "p": 75, "v": { "b": false }, "i": "off" }]
        }),
        Workload::Variants => {
            let text =
                |(name, _, payload): &(&str, u32, _)| (json_of(payload).to_string(), (*name).to_owned());
            let (value, name) = text(&VARIANTS[0]);
            let shares = VARIANTS.iter().map(|variant| {
                let (value, name) = text(variant);
                json!({ "p": variant.1, "v": { "s": value }, "i": name })
            });
            json!({ "t": 1, "v": { "s": value }, "i": name, "p": shares.collect::<Vec<_>>() })
        }
        Workload::FiveRules => {
            let last = FIVE.len() - 1;
            let each = FIVE.iter().enumerate();
            switch(each.map(|(i, five)| rule(conditions(five), if i == last { &on } else { &off })).collect())
        }
    }
}

impl Peer for ConfigCat {
    const NAME: &'static str = "ConfigCat";
    type Context = User;
    type Variant = EvaluationDetails<String>;

    fn document(flags: &[Flag]) -> Vec<u8> {
        let settings: Map<_, _> = flags.iter().map(|flag| (flag.key.clone(), setting(flag))).collect();
        json!({ "p": { "s": "salt" }, "f": settings }).to_string().into_bytes()
    }

    fn load(document: &[u8]) -> Self {
        static FILES: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("flags-peers-{}-{}.json", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, document).unwrap();
        let source = FileDataSource::new(path.to_str().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        let client =
            Client::builder("local").overrides(Box::new(source), OverrideBehavior::LocalOnly).build();
        Self(client.unwrap())
    }

    fn context(user: &document::User) -> User {
        User::new(&user.id)
            .country(user.country)
            .email(&user.email)
            .custom("plan", user.plan)
            .custom("app_version", user.app_version)
            .custom("age", user.age as f64)
    }

    fn enabled(&self, key: &'static str, context: &User) -> bool {
        now(self.0.get_value(key, false, Some(context.clone())))
    }

    fn variant(&self, key: &'static str, context: &User) -> EvaluationDetails<String> {
        now(self.0.get_value_details(key, String::new(), Some(context.clone())))
    }

    fn describe(variant: &EvaluationDetails<String>) -> (String, Value) {
        (variant.variation_id.clone().unwrap(), serde_json::from_str(&variant.value).unwrap())
    }

    fn all(&self, _keys: &[&'static str], context: &User) -> usize {
        now(self.0.get_all_values(Some(context.clone()))).len()
    }
}
