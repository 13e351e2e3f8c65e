//! What segments with a rollout, layers, conditions that ask for flags and values of any shape cost, beside a limit that
//! only compares buckets: `cargo bench --bench additions`; `-- quick` for fewer rounds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a bench stops where it is wrong"
)]

mod support;

mod flags {
    flags_runtime::flags!(
        inline = "
context: { plan: string }
segments: { pilot: { rollout: 25 }, germans: { when: { plan: premium }, rollout: 25 } }
layers: { checkout: { by: user } }
flags:
  plain: { state: gradual, rollout: 25 }
  member: pilot
  member_by_rule: { state: targeted, rules: [{ when: { segment: germans } }] }
  layered: { state: on, layer: { name: checkout, from: 0, to: 25 } }
  asks: { state: targeted, rules: [{ when: { flag: plain } }] }
  requires: { state: on, requires: [plain] }
  layout: { type: json, value: { columns: 3, widgets: [news] }, off: null, state: pilot }
"
    );
}

use flags::{Flags, FlagsContext};
use sha2::{Digest as _, Sha256};
use support::clock::pin;
use support::rounds::{Batch, Row, measure, round};

/// A quarter of all buckets.
const QUARTER: u128 = 1 << 62;

fn half(text: &str) -> u128 {
    u128::from_be_bytes(*Sha256::digest(text).first_chunk().unwrap())
}

/// A user as the limit knows him: the digest of his key, and whether his plan is `premium`.
struct Bare {
    digest: u128,
    premium: bool,
}

/// A salt made ready.
struct Stream(u128);

impl Stream {
    fn new(salt: &str) -> Self {
        Self(half(salt) | 1)
    }

    #[inline]
    fn holds(&self, user: &Bare) -> bool {
        user.digest.wrapping_mul(self.0) >> 64 < QUARTER
    }
}

fn main() {
    pin(0);
    let quick = std::env::args().any(|argument| argument == "quick");
    let (rounds, batch) = if quick { (41, 100_000.0) } else { (201, 200_000.0) };
    let names: Vec<String> = (0..64).map(|user| format!("user-{user}")).collect();
    let plan = |user: usize| if user.is_multiple_of(2) { "premium" } else { "free" };
    let bare: Vec<Bare> = (0..)
        .zip(&names)
        .map(|(i, name)| Bare { digest: half(name), premium: plan(i) == "premium" })
        .collect();
    let contexts: Vec<FlagsContext> =
        (0..).zip(&names).map(|(i, name)| Flags::context(name.as_str()).plan(plan(i))).collect();
    let [plain, pilot, germans, checkout] = ["plain", "pilot", "germans", "layer/checkout"].map(Stream::new);
    let cases: [Case<'_>; 7] = [
        ("a rollout of 25 %", Box::new(|user| plain.holds(user)), |context| Flags::PLAIN.enabled(context)),
        ("the state is a segment of 25 %", Box::new(|user| pilot.holds(user)), |context| {
            Flags::MEMBER.enabled(context)
        }),
        (
            "a rule asks for a segment of 25 % with a condition",
            Box::new(|user| user.premium && germans.holds(user)),
            |context| Flags::MEMBER_BY_RULE.enabled(context),
        ),
        ("a range of a layer", Box::new(|user| checkout.holds(user)), |context| {
            Flags::LAYERED.enabled(context)
        }),
        ("a rule asks for a flag", Box::new(|user| plain.holds(user)), |context| {
            Flags::ASKS.enabled(context)
        }),
        ("the flag requires it instead", Box::new(|user| plain.holds(user)), |context| {
            Flags::REQUIRES.enabled(context)
        }),
        ("a value of any shape, for that segment", Box::new(|user| pilot.holds(user)), |context| {
            !Flags::LAYOUT.get(context).is_null()
        }),
    ];
    for (name, limit, ask) in &cases {
        for (user, context) in bare.iter().zip(&contexts) {
            assert_eq!(limit(user), ask(context), "{name}");
        }
    }
    let rows = cases.iter().map(|(name, limit, ask)| {
        let columns: Vec<Option<Batch<'_>>> = vec![Some(round(&bare, limit)), Some(round(&contexts, ask))];
        Row { name, operations: 1.0, columns }
    });
    println!("| what decides | limit, ns | flags, ns | ratio |\n|---|---|---|---|");
    for measured in measure(rows.collect(), rounds, batch) {
        let (limit, ours) = (measured.nanoseconds[0], measured.nanoseconds[1]);
        println!("| {} | {limit:.1} | {ours:.1} | {:.2} |", measured.name, measured.ratios[1]);
    }
}

/// What decides, the least that gives the same answer, and how the flag is asked.
type Case<'a> = (&'static str, Limit<'a>, fn(&FlagsContext) -> bool);

/// The least that gives the same answer.
type Limit<'a> = Box<dyn Fn(&Bare) -> bool + 'a>;
