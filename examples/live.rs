//! Answers that change while the program runs: edit flags.yaml by hand and watch.
//!
//! `cargo run --example live [FILE [SECONDS]]` prints a line a second, for an hour unless told
//! otherwise. Change `new-ui: off` to `new-ui: on` in the file and save it; then to `onn`.

use flags_runtime::Context;
use std::time::Duration;

#[allow(dead_code, reason = "flags.yaml is shared by all examples")]
mod flags {
    flags_runtime::flags!("flags.yaml");
}

use flags::Flags;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "flags.yaml".to_owned());
    let seconds = arguments.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(3600_u32);

    let engine = Flags::engine();
    let told = engine.subscribe(|change| {
        if !change.flags.is_empty() {
            println!("          changed: {}", change.flags.join(", "));
        }
    });
    let watch = engine.watch(&file);
    println!("watching {file}; ctrl-c ends");

    let ctx = Context::new("user-690");
    let mut refusals = 0;
    for second in 0..seconds {
        if second > 0 {
            std::thread::sleep(Duration::from_secs(1));
        }
        let status = engine.status();
        if status.refusals > refusals {
            refusals = status.refusals;
            if let Some(refused) = &status.last_refusal {
                println!("{refused}");
            }
        }
        let evaluation = Flags::NEW_UI.evaluate(&ctx);
        let answer = if *evaluation.value() { "on" } else { "off" };
        println!(
            "{second:>6} s  new-ui is {answer:<3}  {} by {}",
            evaluation.reason(),
            evaluation.provenance()
        );
    }
    drop((watch, told));
}
