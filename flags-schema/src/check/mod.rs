//! The checks of a document that was read. What one value alone can tell is found when it is read.

mod conditions;
mod context;
mod cycles;
mod damage;
mod dependencies;
mod environments;
mod experiment;
mod layers;
mod lifecycle;
mod names;
mod operands;
mod rollouts;
mod rules;
mod scope;
mod states;
mod users;
mod values;
mod variants;

use crate::{Diagnostic, Diagnostics, Document, Options};
use damage::Damage;
use scope::{DiagnosticSink, Layer, Scope};

/// Everything that is wrong with a document that was read, in the order of their positions.
///
/// The base file and every environment's changes are checked, each mistake is reported once. Takes
/// time linear in the document.
#[must_use]
pub fn check(document: &Document, options: &Options) -> Diagnostics {
    check_after(document, options, &[])
}

/// The same when reading found `problems`: what only follows from them is not reported again.
pub(crate) fn check_after(document: &Document, options: &Options, problems: &[Diagnostic]) -> Diagnostics {
    let damage = Damage::of(document, problems);
    let scope = Scope::new(document, &damage);
    let found = DiagnosticSink::default();
    check_names(&scope, &found);
    check_environments(&scope, &found);
    check_segments(&scope, &found);

    // Layers go by an attribute that contexts have, and their flags' ranges do not overlap.
    layers::layers(&scope, &found);
    check_flags(&scope, options, &found);
    check_dependencies(&scope, &found);

    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(found.into_vec().into_iter().filter(|diagnostic| !damage.explains(diagnostic)));
    diagnostics.sort();
    diagnostics
}

fn check_names(scope: &Scope<'_>, found: &DiagnosticSink) {
    // No two flags become one constant or environment variable, and none becomes one that is taken.
    names::constants(scope, found);

    // No two things become one type: a flag's variants, its values, an attribute's `values`.
    names::types(scope, found);

    // No two variants of a flag become one variant of its enum, and none becomes `Self`.
    names::variants(scope, found);

    // No two attributes become one method of the generated context, and none becomes one that it has.
    names::attributes(scope, found);

    // A segment is not called like a state, or no flag could name it.
    names::segments(scope, found);

    // The targeting key is a string, and any string.
    context::user(scope, found);
}

fn check_environments(scope: &Scope<'_>, found: &DiagnosticSink) {
    // At most one environment is the default one.
    environments::defaults(scope, found);

    // Environments that a flag names are declared.
    scope.document.flags.iter().for_each(|flag| environments::known(scope, flag, found));

    // Overlays change flags and segments that exist, and flags that are there in their environment.
    environments::overlays(scope, found);
}

fn check_segments(scope: &Scope<'_>, found: &DiagnosticSink) {
    let overlaid = scope.document.overlays.iter().flat_map(|overlay| &overlay.segments);
    for segment in scope.document.segments.iter().chain(overlaid) {
        // Conditions name segments and attributes that exist, and compare what can be compared.
        segment.when.iter().for_each(|when| conditions::conditions(scope, when, found));

        // Its rollout buckets by an attribute that contexts have, and its ramp moves.
        segment.rollout.iter().for_each(|rollout| rollouts::rollout(scope, rollout, false, found));

        // Who is excluded is not named as a member.
        users::excluded(segment, found);
    }
}

fn check_flags(scope: &Scope<'_>, options: &Options, found: &DiagnosticSink) {
    for flag in &scope.document.flags {
        let layers = scope::layers(scope, flag);
        let views = scope::views(scope, flag);

        for layer in &layers {
            check_layer(scope, layer, found);
        }
        for (view, patches) in &views {
            // A `gradual` flag has a rollout, its own or the default one.
            states::missing_rollout(scope.document, view, found);

            // Either every variant has a weight and they sum to 100, or none has.
            variants::weights(view, patches, found);

            // A flag neither requires what it excludes, nor two variants of one flag.
            dependencies::contradiction(view, found);
        }

        // A rollout has an effect in some environment.
        states::rollout_without_effect(views.iter().map(|(view, _)| view), found);

        // All values of a flag have one shape, those of overlays included.
        values::shapes(scope, flag, found);

        experiment::experiment(scope, flag, found);

        // A flag's layer exists, and its range holds somebody.
        layers::range(scope, flag, found);

        // A variant of weight 0 is served by something else.
        variants::never_served(flag, &layers, found);

        // A `fixed` flag is a plain on or off, the same for everybody and everywhere.
        lifecycle::fixed(flag, &layers, found);

        // A flag carries what `settings.require` demands.
        lifecycle::required(&scope.document.settings, flag, found);

        // A flag is not past its `expires`.
        lifecycle::expired(flag, options, found);
    }
}

/// A flag's answer, or what one environment changes of it.
fn check_layer(scope: &Scope<'_>, layer: &Layer<'_>, found: &DiagnosticSink) {
    // A state that is none of the format's names a segment.
    layer.state.iter().for_each(|state| conditions::state(scope, state, found));

    // Every variant that is served, named or weighted exists, and only flags with variants serve them.
    variants::served(scope, layer, found);

    // A typed value serves only literals of its type; nothing else has a `value` of its own.
    values::types(layer, found);

    // Flags that are required or excluded exist, with the variants asked of them.
    dependencies::known(scope, layer.requires, found);
    dependencies::known(scope, layer.excludes, found);

    // A flag that is required is on in some environment.
    dependencies::never_met(scope, layer, found);

    // Rollouts bucket by an attribute that exists, has one value, and that every context has; their ramps
    // move, and forwards in time.
    rollouts::rollouts(scope, layer, found);

    // Conditions name segments and attributes that exist, and compare what can be compared.
    let conditions = layer.rules.iter().filter_map(|rule| rule.when.as_ref());
    conditions.for_each(|when| conditions::conditions(scope, when, found));

    // Two rules of a flag do not share a name.
    rules::names(layer, found);

    // A rule ends after it starts.
    rules::windows(layer, found);

    // A rule's own rollout lets somebody in.
    rules::never_served(layer, found);

    // A rule stands before neither one that serves everybody nor one with the same condition.
    rules::unreachable(layer, found);
}

fn check_dependencies(scope: &Scope<'_>, found: &DiagnosticSink) {
    // No flag and no segment depends on itself, through whatever other flags and segments, in whatever environment.
    dependencies::no_cycles(scope, found);
}
