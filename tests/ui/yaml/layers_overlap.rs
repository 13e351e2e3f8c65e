//! Two flags of one layer take the same part of it.
flags_runtime::flags!(inline = "
layers: { checkout: { by: user } }
flags:
  new-checkout: { state: on, layer: { name: checkout, from: 0, to: 40 } }
  one-page: { state: on, layer: { name: checkout, from: 30, to: 60 } }
");

fn main() {}
