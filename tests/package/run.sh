#!/usr/bin/env bash
# Packs the crates as they would be published, looks at what is in them, and builds the program of flags-runtime's
# README from the packages alone: nothing of the workspace is within its reach.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }
fail() { say "failed: $*"; exit 1; }

crates=(flags-schema flags-macros flags-runtime flags-edit flags-cli)
here=$PWD
root=$(cd ../.. && pwd)
work=${CARGO_TARGET_DIR:-$here/target}
mkdir -p "$work"
work=$(cd "$work" && pwd)
version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
rm -rf "$work/package" "$work/unpacked" "$work/program"
mkdir -p "$work/unpacked" "$work/program/src"

say "== packing"
# Building them is what the program below does; `cargo package` would do it from scratch each time.
if ! (cd "$root" && cargo package --no-verify --allow-dirty --locked --target-dir "$work" "${crates[@]/#/--package=}") \
    >"$work/package.log" 2>&1; then
    cat "$work/package.log"
    fail "cargo package"
fi
for crate in "${crates[@]}"; do
    # Files of a package carry a date of long ago; as they are written now, cargo sees that they changed.
    tar -xzmf "$work/package/$crate-$version.crate" -C "$work/unpacked"
    for needed in README.md LICENSE-APACHE LICENSE-MIT; do
        [[ -s $work/unpacked/$crate-$version/$needed && ! -L $work/unpacked/$crate-$version/$needed ]] ||
            fail "$crate has no $needed"
    done
    stray=$(cd "$work/unpacked/$crate-$version" && find . -type f |
        grep -vE '^\./(src/.*\.(rs|snap)|README\.md|LICENSE-(APACHE|MIT)|Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json|flags\.schema\.json)$' || true)
    [[ -z $stray ]] || fail "$crate holds what nobody needs: $stray"
    say "   $crate: $(find "$work/unpacked/$crate-$version" -type f | wc -l) files," \
        "$(($(wc -c <"$work/package/$crate-$version.crate") / 1024)) KiB"
done

say "== the README's program, built from the packages"
readme="$work/unpacked/flags-runtime-$version/README.md"
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$readme" | sed '1d;$d'; }
block yaml >"$work/program/flags.yaml"
block rust >"$work/program/src/main.rs"
cat >"$work/program/Cargo.toml" <<MANIFEST
[package]
name = "program"
version = "0.0.0"
edition = "2024"

[dependencies]
flags-runtime = "$version"

[patch.crates-io]
flags-macros = { path = "../unpacked/flags-macros-$version" }
flags-runtime = { path = "../unpacked/flags-runtime-$version" }
flags-schema = { path = "../unpacked/flags-schema-$version" }

[workspace]
MANIFEST
# What is not ours, at the versions that the rest of the tests saw.
cp "$root/Cargo.lock" "$work/program/Cargo.lock"
(cd "$work/program" && cargo run --quiet --target-dir "$work") | diff -u "$here/expected.txt" - || fail "another answer"

say "== a misspelt flag does not compile there either"
sed -i.old 's/"export"/"exprot"/' "$work/program/src/main.rs"
if message=$(cd "$work/program" && cargo build --quiet --target-dir "$work" 2>&1); then fail "it compiled"; fi
grep -q 'did you mean `export`?' <<<"$message" || fail "no suggestion: $message"
say "== done"
