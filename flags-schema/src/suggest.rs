//! The nearest known name of a misspelt one.

/// Longer names are no slips of the pen, and comparing takes time in the product of both lengths.
const LONGEST: usize = 100;

/// The nearest of `known` to `name` by optimal string alignment, blind to case and separators.
///
/// `None` when nothing is near: more than a third of the longer name would have to change, or the
/// name is longer than 100 characters.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 4 * LONGEST {
        return None;
    }
    let wanted = fold(name);
    let length = wanted.chars().count();
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * LONGEST)
        .filter_map(|candidate| {
            let folded = fold(candidate);
            let other = folded.chars().count();
            let longer = length.max(other);
            let most = (longer / 3).max(1);
            if longer > LONGEST || length.abs_diff(other) > most {
                return None;
            }
            let distance = strsim::osa_distance(&wanted, &folded);
            (distance <= most).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
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
