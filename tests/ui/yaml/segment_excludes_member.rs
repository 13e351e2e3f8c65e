//! A segment excludes whom it names.
flags_runtime::flags!(inline = "
segments: { pilot: { users: [ann, eve], rollout: 10, exclude: [eve] } }
flags: { new-cart: pilot }
");

fn main() {}
