//! What holds of every sequence of edits, whatever the document: shared by the property test and the fuzz target.

use flags_edit::{
    Edit, Edited, NewFlag, RuleOrder, RuleText, Scope, SegmentChange, SegmentText, SourceSet, VariantWeight,
};
use flags_schema::{
    Document, Environments, Flag, FlagState, Options, Percent, Position, Rule, Spanned, Value, outline,
};

/// How many bytes draw one edit.
pub(crate) const DRAWN: usize = 4;

/// Applies the edits that bytes draw, one after the other, and panics where something does not hold.
///
/// A document with errors may only be refused. What an edit makes of one without must be without errors, say what was
/// asked, and leave everything else as it was: other flags, lines outside of what is edited, comments, JSON.
pub(crate) fn check(base: &str, overlay: &str, drawn: &[u8]) {
    let mut sources = SourceSet::new("flags.yaml", base).with_overlay("flags.staging.yaml", overlay);
    for (number, bytes) in drawn.chunks_exact(DRAWN).enumerate() {
        let loaded = sources.load(&Options::default());
        let edit = draw(&loaded.document, bytes, number);
        let result = edit.apply(&sources);
        if loaded.diagnostics.has_errors() {
            assert!(result.is_err(), "{edit:?} of a document with errors");
            return;
        }
        let Ok(edited) = result else { continue };
        holds(&edit, &sources, &loaded.document, &edited);
        sources = edited.sources;
    }
}

fn pick<'n>(names: &[&'n str], byte: u8) -> &'n str {
    // Now and then a name that is not there.
    if names.is_empty() || byte == 255 { "nobody" } else { names[usize::from(byte) % names.len()] }
}

/// The edit that bytes draw.
#[allow(clippy::too_many_lines, reason = "a table of edits")]
fn draw(document: &Document, bytes: &[u8], number: usize) -> Edit {
    let [kind, which, parameter, choice] = [bytes[0], bytes[1], bytes[2], bytes[3]];
    let flags: Vec<&str> = document.flags.iter().map(|flag| flag.key.as_str()).collect();
    let segments: Vec<&str> = document.segments.iter().map(|it| it.name.as_str()).collect();
    let environments: Vec<&str> = document.environments.iter().map(|it| it.name.as_str()).collect();
    let flag = pick(&flags, which).to_owned();
    let segment = pick(&segments, which).to_owned();
    let environment = || pick(&environments, choice).to_owned();
    let scope = match choice % 4 {
        0 => Scope::Unstated,
        1 | 2 => Scope::Everywhere,
        _ => Scope::Environment(environment()),
    };
    let position = usize::from(parameter % 5);
    let rule = match parameter % 5 {
        0 => "named".to_owned(),
        position => position.to_string(),
    };
    let order = match choice % 5 {
        0 => RuleOrder::First,
        1 => RuleOrder::Last,
        2 => RuleOrder::At(position),
        3 => RuleOrder::Before("1".to_owned()),
        _ => RuleOrder::After("1".to_owned()),
    };
    let when = match parameter % 3 {
        0 => format!("user == 'user {number}, it''s'"),
        1 => "{ any: [{ user: a }, { user: { startswith: \"b # c\" } }] }".to_owned(),
        _ => format!("segment('{}') && user != \"x\"", pick(&segments, parameter)),
    };
    let text = RuleText {
        name: (parameter % 2 == 0).then(|| format!("rule {number} # no comment")),
        when: Some(when.clone()),
        rollout: (parameter % 4 == 1).then(|| "{ percentage: 12.5, salt: 's, t' }".to_owned()),
        serve: (parameter % 4 == 2).then(|| "off".to_owned()),
        ..RuleText::default()
    };
    let user = format!("user: {number}");
    match kind % 19 {
        0 => Edit::Enable { flag, scope },
        1 => Edit::Disable { flag, scope },
        2 => {
            let percentage = Percent::from_thousandths(u32::from(parameter) * 390).unwrap_or_default();
            Edit::Rollout { flag, percentage, scope }
        }
        3 => {
            let value =
                ["growth", "a: b", "'it''s'", "\"# no\"", "{ x", "on", "12"][usize::from(parameter % 7)];
            Edit::Set { flag, path: "owner".to_owned(), value: value.to_owned(), scope: Scope::Unstated }
        }
        4 => {
            let definition = NewFlag {
                tags: if parameter % 2 == 0 { Vec::new() } else { vec!["x, y".to_owned()] },
                ..NewFlag::default()
            };
            Edit::Create { flag: format!("new-{number}"), definition }
        }
        5 => Edit::Delete { flag },
        6 => Edit::Rename { flag, to: format!("renamed.{number}") },
        7 => Edit::AddRule { flag, rule: text, order, scope },
        8 => {
            let clear = if choice % 2 == 0 { Vec::new() } else { vec!["name".to_owned()] };
            let change = if choice % 3 == 0 { RuleText::default() } else { RuleText { name: None, ..text } };
            Edit::SetRule { flag, rule, change, clear, scope }
        }
        9 => Edit::MoveRule { flag, rule, order, scope },
        10 => Edit::RemoveRule { flag, rule, scope },
        11 => {
            let definition = SegmentText {
                users: vec![user],
                when: (parameter % 2 == 0).then_some(when),
                rollout: (parameter % 3 == 0).then(|| "{ percentage: 12.5, by: user }".to_owned()),
                exclude: if parameter % 5 == 0 { vec!["nobody".to_owned()] } else { Vec::new() },
            };
            Edit::AddSegment { segment: format!("segment-{number}"), definition }
        }
        12 => {
            let change = SegmentChange {
                add: vec![user],
                when: (parameter % 3 == 0).then_some(when),
                rollout: (parameter % 4 == 1).then(|| "25".to_owned()),
                exclude: if parameter % 5 == 2 { vec!["somebody".to_owned()] } else { Vec::new() },
                clear: if parameter % 7 == 6 { vec!["when".to_owned()] } else { Vec::new() },
                ..SegmentChange::default()
            };
            Edit::SetSegment { segment, change, scope }
        }
        13 => Edit::RenameSegment { segment, to: format!("segment.{number}") },
        14 => Edit::RemoveSegment { segment },
        15 => Edit::Users { flag, add: vec![user], remove: Vec::new(), variant: None, scope },
        16 => {
            let variants = document.flags.iter().find(|it| *it.key == *flag).map(|it| it.variants.as_slice());
            let variants = variants.unwrap_or_default();
            let weights = variants.iter().enumerate().map(|(index, variant)| VariantWeight {
                variant: variant.name.value.clone(),
                weight: if index == 0 { Percent::HUNDRED } else { Percent::ZERO },
            });
            Edit::Weights { flag, weights: weights.collect(), scope }
        }
        17 => {
            let only = (parameter % 2 == 0).then(|| vec![environment()]);
            Edit::Environments { flag, only }
        }
        _ => {
            let edits = [
                Edit::Disable { flag: flag.clone(), scope },
                Edit::Enable { flag, scope: Scope::Everywhere },
            ];
            Edit::Several { edits: edits.to_vec() }
        }
    }
}

fn holds(edit: &Edit, sources: &SourceSet, before: &Document, edited: &Edited) {
    let told = || format!("{edit:?}\n{sources:#?}\n----\n{:#?}", edited.sources);
    let loaded = edited.sources.load(&Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}\n{}", loaded.diagnostics, told());
    let after = &loaded.document;
    assert!(edited.files.is_empty() == (edited.sources == *sources), "{}", told());
    let again = serde_json::from_str::<Edit>(&serde_json::to_string(edit).unwrap()).unwrap();
    assert_eq!(again, *edit);
    says(edit, before, after, &told);
    for (old, new) in sources.iter().zip(edited.sources.iter()) {
        let is_json =
            |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok_and(|it| it.is_object());
        assert!(!is_json(&old.text) || is_json(&new.text), "{}", told());
        keeps(edit, &old.text, &new.text, &told);
    }
}

/// What was asked is so, and other flags are what they were.
fn says(edit: &Edit, before: &Document, after: &Document, told: &dyn Fn() -> String) {
    let in_each = |scope: &Scope, flag: &str, state: FlagState| {
        if *scope == Scope::Unstated && state == FlagState::On {
            return; // accepted where no environment says otherwise
        }
        for environment in &after.environments {
            let name = environment.name.as_str();
            if scope.environment().is_some_and(|it| it != name) {
                continue;
            }
            let effective = after.effective(Some(name));
            let flag = effective.flags.iter().find(|it| *it.key == *flag).unwrap();
            let is_there = match &flag.environments {
                Environments::Only(names) => names.iter().any(|it| *it.value == *name),
                Environments::All | Environments::Each(_) => true,
            };
            let is_off = flag.answer.state.value == FlagState::Off || !is_there;
            let holds =
                if state == FlagState::Off { is_off } else { is_there && flag.answer.state.value == state };
            assert!(holds, "in {name}: {}", told());
        }
    };
    match edit {
        Edit::Enable { flag, scope } => in_each(scope, flag, FlagState::On),
        Edit::Disable { flag, scope } => in_each(scope, flag, FlagState::Off),
        Edit::Rollout { flag, scope: scope @ Scope::Everywhere, .. } => {
            in_each(scope, flag, FlagState::Gradual);
        }
        Edit::AddRule { flag, scope: Scope::Unstated | Scope::Everywhere, .. } => {
            let count = |document: &Document| {
                document.flags.iter().find(|it| *it.key == **flag).unwrap().answer.rules.len()
            };
            assert_eq!(count(after), count(before) + 1, "{}", told());
        }
        Edit::Create { .. } => {
            let all = |document: &Document| {
                document.flags.iter().cloned().map(without_positions).collect::<Vec<_>>()
            };
            assert!(all(after).starts_with(&all(before)), "{}", told());
        }
        Edit::Rename { .. } | Edit::RenameSegment { .. } => {
            assert_eq!(after.flags.len(), before.flags.len(), "{}", told());
        }
        _ => {}
    }
    let about = match edit {
        Edit::Create { .. } | Edit::Rename { .. } | Edit::RenameSegment { .. } => return,
        _ => edit.flag(),
    };
    let others = |document: &Document| -> Vec<Flag> {
        let flags = document.flags.iter().filter(|flag| Some(flag.key.as_str()) != about);
        flags.cloned().map(without_positions).collect()
    };
    assert!(others(before) == others(after), "another flag changes: {}", told());
    assert!(before.settings == after.settings, "{}", told());
}

/// A flag whose rules do not say where they stand: other values are compared without.
fn without_positions(mut flag: Flag) -> Flag {
    let clear = |rules: &mut Vec<Rule>| rules.iter_mut().for_each(|rule| rule.position = Position::default());
    clear(&mut flag.answer.rules);
    if let Environments::Each(patches) = &mut flag.environments {
        patches
            .iter_mut()
            .filter_map(|(_, patch)| patch.rules.as_mut())
            .for_each(|rules| clear(&mut rules.value));
    }
    flag
}

/// Lines outside of what is edited stay, and so do comments.
fn keeps(edit: &Edit, before: &str, after: &str, told: &dyn Fn() -> String) {
    if before == after {
        return;
    }
    let (section, name) = match edit {
        Edit::AddSegment { segment, .. }
        | Edit::SetSegment { segment, .. }
        | Edit::RemoveSegment { segment } => ("segments", segment.as_str()),
        // They are about several positions; comments stay all the same.
        Edit::Rename { .. } | Edit::RenameSegment { .. } => ("", ""),
        _ => ("flags", edit.flag().unwrap_or_default()),
    };
    let removes = matches!(edit, Edit::Delete { .. } | Edit::RemoveSegment { .. } | Edit::RemoveRule { .. });
    let lines = |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old, new) = (lines(before), lines(after));
    let tree = outline(before).unwrap();
    let region = region(&tree, section, name, old.len());
    for comment in comments(before) {
        let is_inside = region.as_ref().is_some_and(|(from, to)| (*from..*to).contains(&comment.line));
        // Comments of what is taken away may go with it.
        let clears =
            matches!(edit, Edit::SetRule { .. } | Edit::SetSegment { .. } | Edit::Environments { .. });
        if !(is_inside && (removes || clears)) {
            assert!(after.contains(&comment.text), "`{}` is gone: {}", comment.text, told());
        }
    }
    let Some((from, to)) = region else { return };
    if removes || section.is_empty() {
        return;
    }
    let (head, tail) = (&old[..from], &old[to..]);
    assert!(new.starts_with(head), "a line above changes: {}", told());
    assert!(new.ends_with(tail), "a line below changes: {}", told());
}

/// The lines, from 0, of an entry of a section; `None` when it is not there.
fn region(tree: &Spanned<Value>, section: &str, name: &str, lines: usize) -> Option<(usize, usize)> {
    let Value::Map(sections) = &tree.value else { return None };
    let line = |key: &Spanned<String>| key.position.line as usize - 1;
    let index = sections.iter().position(|(key, _)| *key.value == *section)?;
    let section_end = sections.get(index + 1).map_or(lines, |(key, _)| line(key));
    let Value::Map(entries) = &sections[index].1.value else { return None };
    let index = entries.iter().position(|(key, _)| *key.value == *name)?;
    let from = line(&entries[index].0);
    let to = entries.get(index + 1).map_or(section_end, |(key, _)| line(key));
    // Several may stand on one line.
    Some((from, to.max(from + 1).min(lines)))
}

struct Comment {
    line: usize,
    text: String,
}

/// The comments of a text: what can be taken away up to the end of its line, and the text reads the same.
fn comments(text: &str) -> Vec<Comment> {
    let tree = outline(text);
    let candidates =
        text.match_indices('#').filter(|(at, _)| text[..*at].ends_with([' ', '\n', '\t']) || *at == 0);
    let mut found: Vec<Comment> = Vec::new();
    let mut end = 0;
    for (at, _) in candidates.take(200) {
        if at < end {
            continue; // within the comment before
        }
        let length = text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
        let without = format!("{}{}", &text[..at], &text[at + length..]);
        if outline(&without) == tree && outline(&format!("{}#{}", &text[..at], &text[at..])) == tree {
            end = at + length;
            let line = text[..at].matches('\n').count();
            found.push(Comment { line, text: text[at..end].trim_end().to_owned() });
        }
    }
    found
}
