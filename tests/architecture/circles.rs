//! Circles in a set of imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::Import;

/// The shortest circle through each import that is part of one, each once, as `a.rs -> b.rs -> a.rs`.
pub(crate) fn circles(imports: &BTreeSet<Import>) -> Vec<String> {
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in imports {
        targets.entry(from).or_default().push(to);
    }
    let mut found = BTreeSet::new();
    for (from, to) in imports {
        if let Some(mut circle) = shortest(&targets, to, from) {
            let first = (0..circle.len()).min_by_key(|&at| circle[at]).unwrap_or(0);
            circle.rotate_left(first);
            circle.push(circle[0]);
            found.insert(circle.join(" -> "));
        }
    }
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_by_key(|circle| circle.matches("->").count());
    found
}

/// The files on the shortest way from one file to another, both included.
fn shortest<'a>(targets: &BTreeMap<&'a str, Vec<&'a str>>, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut came_from = BTreeMap::from([(from, from)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(file) = waiting.pop_front() {
        if file == to {
            let mut way = vec![file];
            while way[way.len() - 1] != from {
                way.push(came_from[way[way.len() - 1]]);
            }
            way.reverse();
            return Some(way);
        }
        for &next in targets.get(file).into_iter().flatten() {
            came_from.entry(next).or_insert_with(|| {
                waiting.push_back(next);
                file
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(imports: &[(&str, &str)]) -> Vec<String> {
        circles(&imports.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect())
    }

    #[test]
    fn imports_that_point_downward_are_no_circle() {
        assert_eq!(found(&[("a", "b"), ("a", "c"), ("b", "c"), ("b", "d"), ("c", "d")]), [""; 0]);
    }

    #[test]
    fn each_circle_is_found_once_the_short_ones_first() {
        assert_eq!(
            found(&[("c", "a"), ("a", "b"), ("b", "c"), ("x", "y"), ("y", "x"), ("x", "a")]),
            ["x -> y -> x", "a -> b -> c -> a"]
        );
    }
}
