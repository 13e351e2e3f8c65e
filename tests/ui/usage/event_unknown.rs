//! An event of an experiment, misspelt.
flags_runtime::flags!(inline = "
flags:
  new_feature:
    state: on
    variants: [control, variant_a]
    experiment: { control: control, events: [widget_view, widget_click] }
");

fn main() {
    let ctx = flags_runtime::Context::new("ann");
    Flags::NEW_FEATURE.track(&ctx, NewFeatureEvent::WidgetClik, ());
}
