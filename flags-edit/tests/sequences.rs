//! Sequences of edits on generated documents keep what `invariant` says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

mod invariant;
mod texts;

use proptest::prelude::*;
use proptest::sample::Index;

/// The ways that need what the head declares, or that only here are edited.
const WAYS: &[&str] = &[
    "  fN: # cN\n    state: on\n    rules: # dN\n      # eN\n      - when: { plan: x } # gN\n        serve: off\n      # hN\n      - name: named\n        when: \"segment('beta')\" # iN\n        rollout: 5\n\n      - rollout: { percentage: 50 } # jN\n        serve: off # kN\n    # lN\n",
    "  fN:\n    rules:\n    - name: named # cN\n      when:\n        segment: beta # dN\n        plan: [x]\n      serve: off\n    state: targeted\n",
    "  fN:\n    state: on\n    rules: [{ when: { segment: beta } }, { name: named, when: { plan: y } } ] # cN\n",
    "  fN:\n    state: on\n    variants: [a, b] # cN\n    environments: [staging] # dN\n",
    "  fN:\n    state: on\n    environments: # cN\n      staging: { state: off } # dN\n      production:\n        rules: # eN\n          - when: { plan: z }\n",
    "  fN: { state: off, requires: [f0] } # cN\n",
];

const HEAD: &str = "# top\nenvironments: { staging: { overlay: flags.staging.yaml }, production: { default: true } }\nsegments: # seg\n  beta: { users: [u] } # bet\n  other: \"plan == 'x' && !segment('beta')\" # oth\n\nflags: # start\n";

/// What an overlay says of the first flag.
const OVERLAYS: &[&str] = &[
    "",
    "# nothing yet\n",
    "flags: {} # c\n",
    "flags:\n  f0: on # c\n",
    "segments: # c\n  beta: { users: [v] } # d\n# e\nflags:\n  f0: { state: off } # f\n",
    "flags:\n  # c\n  f0:\n    state: gradual # d\n    rollout: { percentage: 50, salt: s } # e",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn sequences_of_edits_keep_everything_else(
        text in texts::text(HEAD, WAYS),
        overlay in any::<Index>(),
        drawn in proptest::collection::vec(any::<u8>(), 4..40),
    ) {
        let overlay: &&str = overlay.get(OVERLAYS);
        invariant::check(&text, overlay, &drawn);
    }
}
