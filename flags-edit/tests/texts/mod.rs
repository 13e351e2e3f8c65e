//! Documents in many ways of writing them, each with comments everywhere.

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
    "  fN:\n    state: on\n    variants: # cN\n      a: { weight: 50 }\n      b: { weight: 50, }\n",
];

/// Documents that begin with `head`, whose flags are written in those ways and in `more`.
pub(crate) fn text(head: &'static str, more: &'static [&'static str]) -> impl Strategy<Value = String> {
    let ways: Vec<&str> = WAYS.iter().chain(more).copied().collect();
    let drawn = proptest::collection::vec((any::<Index>(), any::<bool>()), 1..8);
    (drawn, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(move |(drawn, windows, mark, tail)| {
        let mut text = String::from(head);
        for (number, (way, apart)) in drawn.iter().enumerate() {
            text.push_str(&way.get(&ways).replace('N', &number.to_string()));
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
