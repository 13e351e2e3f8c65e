//! What a flag engine must do to be asked, and the engines that do.

mod configcat;
mod eppo;
mod feature_flag;
mod featureflag;
mod growthbook;
mod launchdarkly;
mod open_feature;
mod yggdrasil;

pub use configcat::ConfigCat;
pub use eppo::Eppo;
pub use feature_flag::FeatureFlag;
pub use featureflag::Featureflag;
pub use growthbook::GrowthBook;
pub use launchdarkly::LaunchDarkly;
pub use open_feature::OpenFeature;
pub use yggdrasil::Yggdrasil;

use crate::support::document::{Flag, Payload, User, Workload};
use serde_json::{Value, json};

pub trait Peer: Sized + 'static {
    const NAME: &'static str;
    type Context: Send + Sync + 'static;
    /// What it returns for a variant.
    type Variant;

    /// Whether it has such flags at all.
    fn knows(_kind: Workload) -> bool {
        true
    }
    /// Writes the flags in its own format.
    fn document(flags: &[Flag]) -> Vec<u8>;
    fn load(document: &[u8]) -> Self;
    fn context(user: &User) -> Self::Context;
    fn enabled(&self, key: &'static str, context: &Self::Context) -> bool;
    fn variant(&self, key: &'static str, context: &Self::Context) -> Self::Variant;
    /// The variant's name and value, to compare.
    fn describe(variant: &Self::Variant) -> (String, Value);
    /// Evaluates all flags; how many there were.
    fn all(&self, keys: &[&'static str], context: &Self::Context) -> usize {
        for key in keys {
            std::hint::black_box(self.enabled(key, context));
        }
        keys.len()
    }
}

/// A variant's value as JSON.
pub fn json_of(Payload { color, columns, cta }: &Payload) -> Value {
    json!({ "color": color, "columns": columns, "cta": cta })
}

/// The result of a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => panic!("the future waits"),
    }
}
