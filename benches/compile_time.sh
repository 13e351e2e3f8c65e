#!/usr/bin/env bash
# What `flags!` and `#[feature_flag]` add to a debug `cargo check`, for 100, 1,000 and 10,000 flags, with and
# without 1,000 uses of the attribute. Prints a table. Seconds of processor time, medians of five, over the
# same crate without flags; the parse is what reading and checking the file alone takes in the same profile.
# Each is measured after an edit elsewhere, with what the compiler kept from before, and from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/compile-time
uses=1000
repeats=${REPEATS:-5}

mkdir -p "$work"/{user,parse}/src
cat >"$work/Cargo.toml" <<TOML
[workspace]
resolver = "3"
members = ["user", "parse"]
TOML
cat >"$work/user/Cargo.toml" <<TOML
[package]
name = "user"
version = "0.0.0"
edition = "2024"
[dependencies]
flags-runtime = { path = "$root/flags-runtime" }
TOML
cat >"$work/parse/Cargo.toml" <<TOML
[package]
name = "parse"
version = "0.0.0"
edition = "2024"
[dependencies]
flags-schema = { path = "$root/flags-schema", features = ["yaml"] }
TOML
cat >"$work/parse/src/main.rs" <<'RUST'
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let source = flags_schema::SourceFile::new(path, text);
        let loaded = flags_schema::load(source, &mut |_| Err(String::new()), &Default::default());
        assert!(!loaded.diagnostics.has_errors());
    }
}
RUST

# Seconds of processor time of a command.
seconds() {
    local TIMEFORMAT='%U %S'
    { time "$@" >/dev/null 2>"$work/errors"; } 2>&1 | awk '{ print $1 + $2 }'
}

# The middle one of the lines.
middle() { sort -g | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }

# One `cargo check` of the user's crate after an edit.
check() {
    touch user/src/lib.rs
    seconds cargo check --quiet --offline -p user
}

# The same by a compiler that keeps nothing.
check_anew() { CARGO_INCREMENTAL=0 check; }

measure() { for _ in $(seq "$repeats"); do "$@"; done | middle; }

empty() { echo 'pub fn nothing() {}' >user/src/lib.rs; }

with_flags() {
    printf '#![allow(dead_code)]\nmod flags { flags_runtime::flags!("flags.yaml"); }\n' >user/src/lib.rs
}

# Every fifth flag has variants; the attribute is put on switches.
with_uses() {
    with_flags
    awk -v flags="$1" -v uses="$uses" 'BEGIN {
        print "use flags::Flags;\nuse flags_runtime::{Context, feature_flag};"
        for (use = 0; use < uses; use++) {
            flag = use % flags
            if (flag % 5 == 4) flag--
            printf "#[feature_flag(\"flag-%05d\")]\nfn use_%d(ctx: &Context) {}\n", flag, use
        }
    }' >>user/src/lib.rs
}

cd "$work"
echo '| flags | the parse, s | `flags!` adds, s | beyond the parse, s | with 1,000 uses, s | from nothing: beyond the parse, s | with 1,000 uses, s |'
echo '|---|---|---|---|---|---|---|'
for flags in 100 1000 10000; do
    (cd "$root" && cargo bench --quiet --bench ratios -- document "$flags") >user/flags.yaml
    empty
    cargo check --quiet -p user
    CARGO_INCREMENTAL=0 cargo check --quiet -p user
    cargo build --quiet -p parse
    base=$(measure check)
    base_anew=$(measure check_anew)
    parse=$(measure seconds target/debug/parse user/flags.yaml)
    with_flags
    plain=$(measure check)
    plain_anew=$(measure check_anew)
    with_uses "$flags"
    used=$(measure check)
    used_anew=$(measure check_anew)
    awk -v n="$flags" -v parse="$parse" -v base="$base" -v plain="$plain" -v used="$used" \
        -v base_anew="$base_anew" -v plain_anew="$plain_anew" -v used_anew="$used_anew" 'BEGIN {
        printf "| %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n",
            n, parse, plain - base, plain - base - parse, used - base,
            plain_anew - base_anew - parse, used_anew - base_anew
    }'
done
