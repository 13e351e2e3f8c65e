//! A value has the fields that the document gives it.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    button: { state: on, variants: { control: { color: blue }, treatment: { color: green } } }
"
);



fn main() {
    let look = Flags::BUTTON.value(&Context::anonymous());
    println!("{}", look.colour);
}
