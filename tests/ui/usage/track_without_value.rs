//! An event of which a metric measures the value, without one, by name.
flags_runtime::flags!(inline = "
flags:
  checkout:
    state: on
    variants: [control, treatment]
    experiment:
      control: control
      events: [purchase, click]
      metrics: { revenue: { event: purchase, sum: value } }
");

fn main() {
    let ctx = flags_runtime::Context::new("ann");
    flags_runtime::track!(Flags::CHECKOUT, &ctx, "purchase", "currency" => "EUR");
}
