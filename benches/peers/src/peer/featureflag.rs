//! The crate `featureflag`, a facade: over the simplest evaluator there can be, a map of switches. Its
//! evaluator is one for the whole program: the first document that is loaded.

use super::Peer;
use crate::support::document::{Flag, User, Workload};
use ::featureflag::{Context, Evaluator, Feature, try_set_global_default};
use serde_json::Value;
use std::collections::HashMap;

pub struct Featureflag;

struct Switches(HashMap<String, bool>);

impl Evaluator for Switches {
    fn is_enabled(&self, feature: &str, _context: &Context) -> Option<bool> {
        self.0.get(feature).copied()
    }
}

impl Peer for Featureflag {
    const NAME: &'static str = "featureflag";
    type Context = Context;
    type Variant = ();

    fn knows(kind: Workload) -> bool {
        matches!(kind, Workload::On | Workload::Off)
    }

    fn document(flags: &[Flag]) -> Vec<u8> {
        super::open_feature::switches(flags)
    }

    fn load(document: &[u8]) -> Self {
        let _ = try_set_global_default(Switches(serde_json::from_slice(document).unwrap()));
        Self
    }

    fn context(user: &User) -> Context {
        ::featureflag::context!(
            id = user.id.as_str(),
            country = user.country,
            plan = user.plan,
            email = user.email.as_str(),
            app_version = user.app_version,
            age = user.age
        )
    }

    fn enabled(&self, key: &'static str, context: &Context) -> bool {
        Feature::new(key, false).is_enabled_in(Some(context))
    }

    fn variant(&self, _key: &'static str, _context: &Context) {}

    fn describe((): &()) -> (String, Value) {
        unreachable!("it has no variants")
    }
}
