//! `checklist.md` is true: each test that it names is there, on the side that it stands for, and no row is
//! without one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const CHECKLIST: &str = include_str!("checklist.md");

/// The sections, and how many rows each has.
const SECTIONS: [(&str, usize); 7] = [
    ("What differs by version", 18),
    ("Heart-beats", 7),
    ("The client", 9),
    ("The embedded broker", 13),
    ("What the clients of the last twenty years need", 15),
    ("Traps", 17),
    ("Limits", 9),
];

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Where there are tests of which name.
fn tests() -> BTreeMap<String, BTreeSet<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    let mut tests: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap().to_path_buf();
        // The cases there are made when the tests run: none of them has an attribute.
        let cases = path.starts_with("tests/integration");
        let mut is_test = false;
        for line in std::fs::read_to_string(&file).unwrap().lines().map(str::trim) {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, rest)) = line.split_once("fn ")
                && let Some((name, _)) = rest.split_once('(')
            {
                if is_test || cases {
                    tests.entry(name.to_owned()).or_default().insert(path.clone());
                }
                is_test = false;
            }
        }
    }
    tests
}

/// The rows of the checklist, by section: what is asked for, and the two sides.
fn rows() -> Vec<(&'static str, Vec<[&'static str; 3]>)> {
    let mut sections: Vec<(&str, Vec<[&str; 3]>)> = Vec::new();
    for line in CHECKLIST.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push((title, Vec::new()));
        } else if line.starts_with("| ") && !line.starts_with("| what |") {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let cells: [&str; 3] = cells.try_into().unwrap_or_else(|cells| panic!("three cells: {cells:?}"));
            sections.last_mut().unwrap().1.push(cells);
        }
    }
    sections
}

#[test]
fn each_row_of_the_checklist_names_tests_that_are_there_on_both_sides() {
    let tests = tests();
    for (section, rows) in rows() {
        for [what, client, broker] in rows {
            for (side, cell, is_broker) in [("client", client, false), ("embedded broker", broker, true)] {
                if let Some(why) = cell.strip_prefix("– ") {
                    assert!(why.len() > 5, "{section}: {what}: {side}: no reason");
                    continue;
                }
                let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
                assert!(!names.is_empty(), "{section}: {what}: no test on the side of the {side}");
                for name in names {
                    let places =
                        tests.get(name).unwrap_or_else(|| panic!("{section}: {what}: no test {name}"));
                    // What is not in the program itself has both sides.
                    let fits = |path: &PathBuf| {
                        !path.starts_with("src") || path.starts_with("src/broker") == is_broker
                    };
                    let shared = |path: &PathBuf| {
                        path.starts_with("src/transport") || path.starts_with("src/protocol")
                    };
                    assert!(
                        places.iter().any(|path| fits(path) || shared(path)),
                        "{section}: {what}: {name} is no test of the {side}, but in {places:?}"
                    );
                }
            }
            assert!(!(client.starts_with('–') && broker.starts_with('–')), "{section}: {what}: no side");
        }
    }
}

#[test]
fn no_row_of_the_checklist_is_left_out() {
    let rows = rows();
    let counts: Vec<(&str, usize)> = rows.iter().map(|(section, rows)| (*section, rows.len())).collect();
    assert_eq!(counts, SECTIONS);
    let (_, traps) = &rows[5];
    for (number, [what, ..]) in (1..).zip(traps) {
        assert!(what.starts_with(&format!("{number}. ")), "{what}");
    }
}

/// Heart-beats and time-outs hang on a clock that only goes forward.
#[test]
fn no_time_out_hangs_on_the_time_of_day() {
    let mut files = Vec::new();
    for room in ["protocol", "session", "client", "broker"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut files);
    }
    assert!(files.len() > 30);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("SystemTime") && !text.contains("jiff"), "{}", file.display());
    }
}
