//! Sequences of edits on generated documents keep what `invariant` says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

mod invariant;

use proptest::prelude::*;
use proptest::sample::Index;

/// Flags in many ways of writing them; `N` is a number of its own.
const WAYS: &[&str] = &[
    "  fN: on # cN\n",
    "  fN:   off\n",
    "  \"fN\": { state: gradual, rollout: 25 } # cN\n",
    "  fN: {state: gradual, # cN\n    rollout: {percentage: 5, salt: \"x # y\"}, tags: ['a,b']} # dN\n",
    "  # cN\n  fN:\n    state: gradual # dN\n    rollout: 25 # eN\n",
    "  fN:\n    rollout:\n      # cN\n      from: 0 # dN\n      start: 2026-01-01\n      end: 2026-02-01\n    # eN\n    state: gradual\n",
    "  'fN':\n    state: targeted\n    users:\n    - user-1 # cN\n    # dN\n    - user-2\n\n",
    "  fN:\n    state: beta\n    description: |\n      text\n      # no comment\n",
    "  fN:\n    description: >-\n      text # no comment\n\n      more\n    # cN\n    state: off\n\n  # dN\n\n",
    "  fN: # cN\n    state: on\n    rules: # dN\n      # eN\n      - when: { plan: x } # gN\n        serve: off\n      # hN\n      - name: named\n        when: \"segment('beta')\" # iN\n        rollout: 5\n\n      - rollout: { percentage: 50 } # jN\n        serve: off # kN\n    # lN\n",
    "  fN:\n    rules:\n    - name: named # cN\n      when:\n        segment: beta # dN\n        plan: [x]\n      serve: off\n    state: targeted\n",
    "  fN:\n    state: on\n    rules: [{ when: { segment: beta } }, { name: named, when: { plan: y } } ] # cN\n",
    "  fN:\n    state: on\n    variants: # cN\n      a: { weight: 50 }\n      b: { weight: 50, }\n",
    "  fN:\n    state: on\n    variants: [a, b] # cN\n    environments: [staging] # dN\n",
    "  fN:\n    state: on\n    environments: # cN\n      staging: { state: off } # dN\n      production:\n        rules: # eN\n          - when: { plan: z }\n",
    "  fN: { state: off, requires: [f0] } # cN\n",
];

/// What an overlay says of the first flag.
const OVERLAYS: &[&str] = &[
    "",
    "# nothing yet\n",
    "flags: {} # c\n",
    "flags:\n  f0: on # c\n",
    "segments: # c\n  beta: { users: [v] } # d\n# e\nflags:\n  f0: { state: off } # f\n",
    "flags:\n  # c\n  f0:\n    state: gradual # d\n    rollout: { percentage: 50, salt: s } # e",
];

fn text() -> impl Strategy<Value = String> {
    let ways = proptest::collection::vec((any::<Index>(), any::<bool>()), 1..7);
    (ways, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(ways, windows, mark, tail)| {
        let mut text = String::from(
            "# top\nenvironments: { staging: { overlay: flags.staging.yaml }, production: { default: true } }\nsegments: # seg\n  beta: { users: [u] } # bet\n  other: \"plan == 'x' && !segment('beta')\" # oth\n\nflags: # start\n",
        );
        for (number, (way, apart)) in ways.iter().enumerate() {
            text.push_str(&way.get(WAYS).replace('N', &number.to_string()));
            if *apart {
                text.push('\n');
            }
        }
        if tail {
            text.push_str("# end\nversion: 1\n");
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        if mark {
            text.insert(0, '\u{feff}');
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn sequences_of_edits_keep_everything_else(
        text in text(),
        overlay in any::<Index>(),
        drawn in proptest::collection::vec(any::<u8>(), 4..40),
    ) {
        let overlay: &&str = overlay.get(OVERLAYS);
        invariant::check(&text, overlay, &drawn);
    }
}
