//! The life of a flag: what it must carry, when it expires, and what may change it.

use super::scope::{DiagnosticSink, Layer};
use crate::{
    Code, Diagnostic, Environments, Flag, FlagState, Mutability, Options, Position, Settings, Spanned,
    Timestamp, Users,
};

/// A flag carries what `settings.require` demands.
pub(super) fn required(settings: &Settings, flag: &Flag, found: &DiagnosticSink) {
    for key in &settings.require {
        let missing = match key.as_str() {
            "description" => flag.description.as_ref().is_none_or(|text| text.trim().is_empty()),
            "owner" => flag.owner.as_ref().is_none_or(|text| text.trim().is_empty()),
            "tags" => flag.tags.is_empty(),
            "ticket" => flag.ticket.as_ref().is_none_or(|text| text.trim().is_empty()),
            "expires" => flag.expires.is_none(),
            "metadata" => flag.metadata.is_empty(),
            // One that is not written stands where the flag does.
            "kind" => flag.kind.position == flag.key.position,
            _ => false,
        };
        if missing {
            let message = format!("flag `{}` has no `{}`", flag.key.value, key.value);
            found.push(
                Diagnostic::new(Code::RequiredKey, flag.key.position, message)
                    .help(format!("add `{}` to the flag", key.value))
                    .related(key.position, "`settings` require it here"),
            );
        }
    }
}

impl Flag {
    /// Whether `expires` is a day before that of `now`; a flag lives through the day it names.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        self.expires.as_ref().is_some_and(|expires| now.0 >= expires.value.0.saturating_add(DAY))
    }
}

/// A flag is not past its `expires`.
pub(super) fn expired(flag: &Flag, options: &Options, found: &DiagnosticSink) {
    if let (Some(today), Some(expires)) = (options.today, &flag.expires)
        && flag.is_expired(today)
    {
        let message = format!("flag `{}` expired on {}", flag.key.value, expires.value.day());
        let help = "remove the flag and what is behind it, or give it a later `expires`";
        found.push(Diagnostic::new(Code::Expired, expires.position, message).help(help));
    }
}

/// A `fixed` flag is a plain on or off, the same for everybody and everywhere.
pub(super) fn fixed(flag: &Flag, layers: &[Layer<'_>], found: &DiagnosticSink) {
    if flag.mutability.value != Mutability::Fixed {
        return;
    }
    let key = &flag.key.value;
    let error = |position: Position, what: &str| {
        let message = format!("flag `{key}` is fixed, but has {what}");
        let help = "leave it a plain `state: on` or `state: off`, or remove `mutability: fixed`";
        found.push(
            Diagnostic::new(Code::FixedState, position, message)
                .help(help)
                .related(flag.mutability.position, "it is made fixed here"),
        );
    };
    if let Some(kind) = &flag.value_type {
        error(kind.position, "a type");
    }
    if let Some(variant) = flag.variants.first() {
        error(variant.name.position, "variants");
    }
    if let Some(experiment) = &flag.experiment {
        error(experiment.control.position, "an experiment");
    }
    match &flag.environments {
        Environments::Only(names) => {
            names.iter().take(1).for_each(|name| error(name.position, "environments"));
        }
        Environments::Each(each) => {
            each.iter().take(1).for_each(|(name, _)| error(name.position, "environments"));
        }
        Environments::All => {}
    }
    for layer in layers {
        for (position, what) in more_than_a_switch(layer) {
            error(position, what);
        }
    }
}

/// Whatever makes an answer more than on or off; in an overlay, any state but the fixed one.
fn more_than_a_switch(layer: &Layer<'_>) -> Vec<(Position, &'static str)> {
    let mut more = Vec::new();
    let base = &layer.flag.answer.state.value;
    if let Some(state) = layer.state {
        if !matches!(state.value, FlagState::On | FlagState::Off) {
            more.push((state.position, "a state that depends on the context"));
        } else if state.value != *base {
            more.push((state.position, "another state in an environment"));
        }
    }
    more.extend(layer.rollout.map(|rollout| (rollout.position, "a rollout")));
    more.extend(layer.users.and_then(first_user).map(|user| (user.position, "users")));
    more.extend(layer.rules.first().map(|rule| (rule.position, "rules")));
    more.extend(layer.requires.first().map(|other| (other.flag.position, "requirements")));
    more.extend(layer.excludes.first().map(|other| (other.flag.position, "exclusions")));
    more
}

fn first_user(users: &Users) -> Option<&Spanned<String>> {
    match users {
        Users::Nobody => None,
        Users::On(users) => users.first(),
        Users::Variants(lists) => lists.first().map(|(name, _)| name),
    }
}
