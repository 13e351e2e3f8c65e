//! A typed value has its type.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    page_size: { type: integer, value: 20 }
"
);



fn main() {
    let size: String = Flags::PAGE_SIZE.get(&Context::anonymous());
}
