//! Arguments of the subcommands that edit rules and segments.

use super::{EditOptions, Mode};
use clap::{ArgGroup, Args, Subcommand};

/// What to do with a flag's rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// Add a rule.
    Add(RuleAdd),
    /// Move a rule among the others of its flag.
    Move(RuleMove),
    /// Change what a rule says.
    Set(RuleSet),
    /// Remove a rule.
    Remove(RuleRemove),
}

/// What a rule says.
#[derive(Args, Debug)]
pub(crate) struct Says {
    /// Its name.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its condition: an expression, "plan == 'premium'", or a map, "{ plan: premium }".
    #[arg(long, value_name = "CONDITION")]
    pub(crate) when: Option<String>,
    /// Its percentage, or "{ percentage: 25, by: tenant }".
    #[arg(long, value_name = "PERCENT")]
    pub(crate) rollout: Option<String>,
    /// What it serves: a variant, on, off, a literal, or shares, "{ control: 20, treatment: 80 }".
    #[arg(long, value_name = "VALUE")]
    pub(crate) serve: Option<String>,
    /// Higher is asked first.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) priority: Option<String>,
    /// Not before this moment.
    #[arg(long, value_name = "TIME")]
    pub(crate) starts: Option<String>,
    /// Not from this moment on.
    #[arg(long, value_name = "TIME")]
    pub(crate) ends: Option<String>,
}

/// Where a rule stands among the others.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("order").multiple(false)))]
pub(crate) struct Order {
    /// Before all others.
    #[arg(long, group = "order")]
    pub(crate) first: bool,
    /// Behind all others.
    #[arg(long, group = "order")]
    pub(crate) last: bool,
    /// At this position, from 1.
    #[arg(long, value_name = "POSITION", group = "order")]
    pub(crate) at: Option<usize>,
    /// Before this rule.
    #[arg(long, value_name = "RULE", group = "order")]
    pub(crate) before: Option<String>,
    /// Behind this rule.
    #[arg(long, value_name = "RULE", group = "order")]
    pub(crate) after: Option<String>,
}

/// Arguments of `flags rule add`.
#[derive(Args, Debug)]
pub(crate) struct RuleAdd {
    /// The flag's key.
    pub(crate) flag: String,
    /// What it says.
    #[command(flatten)]
    pub(crate) says: Says,
    /// Where it stands; behind all others when nothing is said.
    #[command(flatten)]
    pub(crate) order: Order,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags rule move`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("where").args(["first", "last", "at", "before", "after"]).required(true)))]
pub(crate) struct RuleMove {
    /// The flag's key.
    pub(crate) flag: String,
    /// The rule: its name, or its position, from 1.
    pub(crate) rule: String,
    /// Where it goes.
    #[command(flatten)]
    pub(crate) order: Order,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags rule set`.
#[derive(Args, Debug)]
pub(crate) struct RuleSet {
    /// The flag's key.
    pub(crate) flag: String,
    /// The rule: its name, or its position, from 1.
    pub(crate) rule: String,
    /// What it says from now on.
    #[command(flatten)]
    pub(crate) says: Says,
    /// A key that it says no longer; may be repeated.
    #[arg(long, value_name = "KEY")]
    pub(crate) clear: Vec<String>,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags rule remove`.
#[derive(Args, Debug)]
pub(crate) struct RuleRemove {
    /// The flag's key.
    pub(crate) flag: String,
    /// The rule: its name, or its position, from 1.
    pub(crate) rule: String,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// What to do with segments.
#[derive(Debug, Subcommand)]
pub(crate) enum Segment {
    /// Add a segment.
    Add(SegmentAdd),
    /// Change who is in a segment.
    Set(SegmentSet),
    /// Rename a segment, wherever the file and its overlays name it.
    Rename(SegmentRename),
    /// Remove a segment, from the overlays too.
    Remove(SegmentRemove),
}

/// Arguments of `flags segment add`.
#[derive(Args, Debug)]
pub(crate) struct SegmentAdd {
    /// The new segment's name.
    pub(crate) name: String,
    /// A member, by targeting key; may be repeated.
    #[arg(short, long)]
    pub(crate) user: Vec<String>,
    /// The condition that makes members: an expression, or a map.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) when: Option<String>,
    /// The percentage that makes members, of those for whom the condition holds, or a rollout as a map.
    #[arg(long, value_name = "PERCENTAGE")]
    pub(crate) rollout: Option<String>,
    /// Who is never a member, by targeting key; may be repeated.
    #[arg(long, value_name = "USER")]
    pub(crate) exclude: Vec<String>,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags segment set`.
#[derive(Args, Debug)]
pub(crate) struct SegmentSet {
    /// The segment's name.
    pub(crate) name: String,
    /// A user who becomes a member; may be repeated.
    #[arg(long, value_name = "USER")]
    pub(crate) add_user: Vec<String>,
    /// A user who is named no longer; may be repeated.
    #[arg(long, value_name = "USER")]
    pub(crate) remove_user: Vec<String>,
    /// The condition that makes members: an expression, or a map.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) when: Option<String>,
    /// The percentage that makes members, of those for whom the condition holds, or a rollout as a map.
    #[arg(long, value_name = "PERCENTAGE")]
    pub(crate) rollout: Option<String>,
    /// A user who is never a member any more; may be repeated.
    #[arg(long, value_name = "USER")]
    pub(crate) exclude: Vec<String>,
    /// A user who is no longer excluded; may be repeated.
    #[arg(long, value_name = "USER")]
    pub(crate) include: Vec<String>,
    /// A key that it says no longer: `when`, `users`, `rollout` or `exclude`.
    #[arg(long, value_name = "KEY")]
    pub(crate) clear: Vec<String>,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags segment rename`.
#[derive(Args, Debug)]
pub(crate) struct SegmentRename {
    /// The segment's name.
    pub(crate) name: String,
    /// Its new name.
    pub(crate) to: String,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags segment remove`.
#[derive(Args, Debug)]
pub(crate) struct SegmentRemove {
    /// The segment's name.
    pub(crate) name: String,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}
