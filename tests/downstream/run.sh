#!/usr/bin/env bash
# Builds and runs what users of flags would write, as they would: flags of one crate used in another,
# rebuilding when the flags change and only then, lints of the strict, fixed flags folded away.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }
fail() { say "failed: $*"; exit 1; }

# A copy, so that touching files touches nobody's checkout. The way to the crates is the one thing to mend.
# The lock file pins what is not ours; a dependency that our crates gain is added to the copy alone.
here=$PWD
copy=${CARGO_TARGET_DIR:-$here/target}/copy
mkdir -p "$copy"
copy=$(cd "$copy" && pwd)
for part in Cargo.toml Cargo.lock toggles shop fold; do
    rm -rf "${copy:?}/$part"
    cp -R "$part" "$copy/$part"
done
sed -i.old "s|\"../../flags-runtime\"|\"$here/../../flags-runtime\"|" "$copy/Cargo.toml"
export CARGO_TARGET_DIR="$copy/target"
unset FLAGS_ENVIRONMENT FLAGS_FILE
cd "$copy"

say "== the program answers as it should"
cargo build --quiet -p shop -p fold
cargo run --quiet -p shop | diff "$here/expected.txt" - || fail "another answer"

# Which of our packages a build compiles.
rebuilt() { cargo build --verbose -p shop -p fold 2>&1 | sed -n 's/^ *Dirty \([a-z]*\) .*/\1/p' | sort | xargs; }
expect() {
    local what=$1 wanted=$2 got
    got=$(rebuilt)
    [[ $got == "$wanted" ]] || fail "$what rebuilt '$got', not '$wanted'"
    say "   $what rebuilds '${got:-nothing}'"
}

say "== what is rebuilt, and when"
expect "touching nothing" ""
sleep 1
touch toggles/flags.yaml
expect "touching flags.yaml" "shop toggles"
expect "touching nothing" ""
sleep 1
sed -i.old 's/value: 5/value: 6/' toggles/flags.development.yaml
expect "changing an overlay" "shop toggles"
cargo run --quiet -p shop | grep -q '^nobody: 6$' || fail "the overlay's change is not in the program"
FLAGS_FILE=config/fixed.yaml expect "setting FLAGS_FILE" "fold"
expect "unsetting it" "fold"
sleep 1
sed -i.old 's|config/fixed.yaml|config/../config/fixed.yaml|' fold/Cargo.toml
expect "changing the metadata that names the file" "fold"

say "== a misspelt flag does not compile, in another crate neither"
sed -i.old 's/"community.forums"/"comunity.forums"/' shop/src/main.rs
if message=$(cargo check --quiet -p shop 2>&1); then fail "it compiled"; fi
grep -q 'did you mean `community.forums`?' <<<"$message" || fail "no suggestion: $message"
mv shop/src/main.rs.old shop/src/main.rs

say "== two checkouts build one library"
other="$copy-elsewhere"
rm -rf "$other"
mkdir "$other"
cp -R Cargo.toml Cargo.lock toggles shop fold "$other/"
for checkout in "$copy" "$other"; do
    (cd "$checkout" && RUSTC_BOOTSTRAP=1 cargo rustc --quiet -p toggles --profile=check -- -Zunpretty=expanded) \
        >"$checkout/expansion.rs"
done
grep -q "COMMUNITY_FORUMS" "$copy/expansion.rs" || fail "there is no expansion"
cmp "$copy/expansion.rs" "$other/expansion.rs" || fail "the expansions differ"
rm -rf "$other"

say "== lints of the strict"
cargo clippy --quiet -p toggles -p shop -p fold --all-targets

say "== the flags' documentation is documentation"
RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps -p toggles
cargo test --quiet --doc -p toggles >/dev/null

say "== fixed flags are not in the binary"
cargo build --quiet --release -p fold
binary=$CARGO_TARGET_DIR/release/fold
for marker in "branch that is fixed on" "function that is off for now"; do
    grep -qa "$marker" "$binary" || fail "'$marker' is missing"
done
for marker in "branch that is fixed off" "function that is fixed off"; do
    if grep -qa "$marker" "$binary"; then fail "'$marker' is in the binary"; fi
done
say "== done"
