//! Combinations: all of them while they are few, else so many that every pair occurs.

/// Up to so many combinations every one is tried.
const ALL_UP_TO: usize = 16;

/// Combinations of that many values each, as indices.
pub(super) fn combinations(sizes: &[usize]) -> Vec<Vec<usize>> {
    let all = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    match all {
        Some(all) if all <= ALL_UP_TO || sizes.len() < 2 => every(sizes),
        _ => pairs(sizes),
    }
}

fn every(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![Vec::new()], |rows, size| {
        let longer = rows.iter().flat_map(|row| (0..*size).map(|value| [row.as_slice(), &[value]].concat()));
        longer.collect()
    })
}

/// A value of one column and a value of a later one.
type Pair = ((usize, usize), (usize, usize));

/// Rows in which every pair of values of any two columns occurs: each starts with a pair that is still
/// missing, and takes at every other column the value that adds the most, or has the most to add.
fn pairs(sizes: &[usize]) -> Vec<Vec<usize>> {
    let columns = || sizes.iter().copied().enumerate();
    let mut missing: Vec<Pair> = Vec::new();
    for (first, values) in columns() {
        for (second, others) in columns().skip(first + 1) {
            let both = (0..values).flat_map(|value| (0..others).map(move |other| (value, other)));
            missing.extend(both.map(|(value, other)| ((first, value), (second, other))));
        }
    }
    let mut rows = Vec::new();
    while let Some((first, second)) = missing.first().copied() {
        let mut row: Vec<(usize, usize)> = vec![first, second];
        for (column, size) in columns().filter(|(column, _)| *column != first.0 && *column != second.0) {
            let added = |value: usize| {
                let new = |other: &(usize, usize)| {
                    let (one, other) = (*other, (column, value));
                    missing.contains(&(one.min(other), one.max(other)))
                };
                row.iter().filter(|other| new(other)).count()
            };
            let left = |value| {
                missing.iter().filter(|(one, other)| [one, other].contains(&&(column, value))).count()
            };
            // The first of the best: what is tried does not change from run to run.
            let best = (0..size).rev().max_by_key(|value| (added(*value), left(*value))).unwrap_or_default();
            row.push((column, best));
        }
        row.sort_unstable();
        missing.retain(|(one, other)| !(row.contains(one) && row.contains(other)));
        rows.push(row.into_iter().map(|(_, value)| value).collect());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::combinations;

    #[test]
    fn few_are_all_tried() {
        assert_eq!(combinations(&[2, 2]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
        assert_eq!(combinations(&[16]).len(), 16);
        assert_eq!(combinations(&[2, 2, 2, 2]).len(), 16);
        assert_eq!(combinations(&[]), [Vec::<usize>::new()]);
    }

    #[test]
    fn of_many_every_pair_is_tried() {
        for (sizes, at_most) in
            [(vec![2; 5], 8), (vec![2; 20], 16), (vec![5, 4], 20), (vec![3, 2, 4, 2, 3], 20), (vec![17], 17)]
        {
            let rows = combinations(&sizes);
            for (first, values) in sizes.iter().enumerate() {
                for (second, others) in sizes.iter().enumerate().skip(first + 1) {
                    for (value, other) in (0..*values).flat_map(|v| (0..*others).map(move |o| (v, o))) {
                        let found = rows.iter().any(|row| row[first] == value && row[second] == other);
                        assert!(found, "{sizes:?}: {value} at {first} with {other} at {second}");
                    }
                }
            }
            assert!(rows.iter().all(|row| row.len() == sizes.len()));
            assert!(rows.len() <= at_most, "{sizes:?}: {}", rows.len());
        }
    }
}
