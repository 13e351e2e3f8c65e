#!/usr/bin/env bash
# Flags on wasm32-unknown-unknown: what they answer under node without and with the browser's clock, and what they add to
# a module. Needs the target and wasm-bindgen-test-runner in the version that the lock file has of wasm-bindgen.
set -euo pipefail
cd "$(dirname "$0")"

target=wasm32-unknown-unknown
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner

for features in "" js; do
    printf '== under node%s\n' "${features:+ with the feature $features}"
    cargo test --locked --test answers --target $target --features "$features"
done

module=${CARGO_TARGET_DIR:-target}/$target/release/flags_wasm.wasm
size() {
    cargo build --quiet --locked --release --target $target "$@"
    wc -c <"$module"
}
without=$(size --no-default-features)
with=$(size)
printf '== a module with flags has %d kB, one without %d kB\n' $((with / 1000)) $((without / 1000))

# The module asks nothing of who loads it, and answers.
node -e '
    const fs = require("fs");
    const module = new WebAssembly.Module(fs.readFileSync(process.argv[1]));
    const imports = WebAssembly.Module.imports(module);
    if (imports.length > 0) throw new Error(`it imports ${JSON.stringify(imports)}`);
    const { answers } = new WebAssembly.Instance(module).exports;
    const all = Array.from({ length: 1000 }, (_, user) => answers(user));
    // page-size 100, the switch, and for some the rollout and the treatment.
    if (Math.min(...all) !== 101 || Math.max(...all) !== 103) throw new Error(`it answers ${new Set(all)}`);
' "$module"
