//! The value of `type: json` is no struct.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    layout: { type: json, value: { columns: 3 } }
"
);



fn main() {
    let columns: i64 = Flags::LAYOUT.get(&Context::anonymous()).columns;
}
