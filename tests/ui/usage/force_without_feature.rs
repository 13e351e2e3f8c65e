//! Without the feature `test-util` nothing of it is there.

flags_runtime::flags!(inline = "flags: { new-ui: on }");

fn main() {
    let _guard = Flags::NEW_UI.force(false);
}
