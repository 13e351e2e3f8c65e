//! Other flag engines beside ours: `cargo run --release -- verify` proves that they answer the same
//! questions rightly, `-- table` times them in one run.

#![allow(clippy::cast_precision_loss, reason = "as in support")]

mod columns;
#[path = "../../support/ours.rs"]
mod ours;
mod peer;
#[path = "../../support/mod.rs"]
mod support;
mod table;
mod verify;

#[allow(dead_code)]
mod flags {
    flags_runtime::flags!("../flags.yaml");
}

use peer::{ConfigCat, Eppo, FeatureFlag, Featureflag, GrowthBook, LaunchDarkly, OpenFeature, Yggdrasil};

/// Does the same for each of them.
macro_rules! each {
    ($module:ident, $function:ident) => {{
        [
            $module::$function::<Yggdrasil>(),
            $module::$function::<LaunchDarkly>(),
            $module::$function::<FeatureFlag>(),
            $module::$function::<Featureflag>(),
            $module::$function::<Eppo>(),
            $module::$function::<GrowthBook>(),
            $module::$function::<ConfigCat>(),
            $module::$function::<OpenFeature>(),
        ]
    }};
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("verify") => verify(),
        Some("table") => {
            verify();
            table::print(each!(columns, of));
        }
        _ => eprintln!("usage: peers verify|table"),
    }
}

fn verify() {
    verify::ours();
    for name in each!(verify, peer) {
        eprintln!("{name}: the answers are right");
    }
}
