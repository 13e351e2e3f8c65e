//! A metric of an event that the experiment does not declare.
flags_runtime::flags!(inline = "
flags:
  checkout:
    state: on
    variants: [control, treatment]
    experiment: { control: control, events: [purchase], metrics: { rate: { event: purchse } } }
");

fn main() {}
