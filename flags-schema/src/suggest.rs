//! The nearest known name of a misspelt one.

/// The nearest of `known` to `name` by optimal string alignment, blind to case and separators.
///
/// `None` when nothing is near: more than a third of the longer name would have to change.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(name);
    known
        .into_iter()
        .map(|candidate| {
            let folded = fold(candidate);
            let longer = wanted.chars().count().max(folded.chars().count());
            (strsim::osa_distance(&wanted, &folded), longer, candidate)
        })
        .filter(|(distance, longer, _)| *distance <= (longer / 3).max(1))
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, candidate)| candidate)
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '.' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_nearest_name() {
        let known = ["community.forums", "community.signals", "new-dashboard"];
        for (name, expected) in [
            ("comunity.forums", Some("community.forums")),
            ("COMMUNITY_FORUMS", Some("community.forums")),
            ("newDashboard", Some("new-dashboard")),
            ("dashbord-new", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
