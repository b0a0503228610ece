//! Imports point downward: no circle between the files of a folder of `src`, and none between folders.

#![allow(clippy::unwrap_used)] // a failure there is the test's

mod circles;
mod modules;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use circles::circles;
use modules::{Import, Modules};

/// The folders and files of `src`, from the ground up, and what each of them may import. Each entry
/// names only entries above it in this list, so that there can be no circle between folders.
const LAYERS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("session", &["protocol"]),
    ("transport", &[]),
    ("client", &["protocol", "session", "transport"]),
    // The broker and the client share the protocol and the transport, and do not know each other.
    ("broker", &["protocol", "transport"]),
    ("render", &["protocol", "transport"]),
    ("words", &["render"]),
    ("bench", &["protocol", "session", "client", "render"]),
    ("command", &["protocol", "session", "transport", "client", "broker", "render", "words", "bench"]),
    ("shell", &["protocol", "session", "transport", "client", "render", "words", "command"]),
    ("cli", &["transport", "client", "render", "command", "shell"]),
];

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let imports = imports();
    let mut report = String::new();
    for &(folder, _) in LAYERS {
        let within = imports.iter().filter(|(from, to)| layer(from) == folder && layer(to) == folder);
        let circles = circles(&within.cloned().collect());
        if !circles.is_empty() {
            report += &format!("circles in src/{folder}:\n  {}\n", circles.join("\n  "));
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn folders_import_only_what_their_layer_allows() {
    let wrong = upward(&imports());
    assert!(
        wrong.is_empty(),
        "imports between folders that LAYERS does not allow:\n  {}",
        wrong.join("\n  ")
    );
}

#[test]
fn every_folder_has_a_layer_and_no_layer_imports_one_above_it() {
    for (place, (layer, allowed)) in LAYERS.iter().enumerate() {
        for name in *allowed {
            assert!(LAYERS[..place].iter().any(|(below, _)| below == name), "{layer} stands below {name}");
        }
    }
    let layers: BTreeSet<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
    let files = files();
    let found: BTreeSet<&str> =
        files.iter().map(|(file, _)| layer(file)).filter(|&name| name != "lib" && name != "main").collect();
    assert_eq!(found, layers);
}

#[test]
fn an_import_that_points_upward_is_found() {
    let import = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let imports = [import("client/task.rs", "session/state.rs"), import("render/hex.rs", "command/exit.rs")];
    assert_eq!(upward(&imports.into()), ["render/hex.rs -> command/exit.rs"]);
}

/// The imports between folders that [`LAYERS`] does not allow.
fn upward(imports: &BTreeSet<Import>) -> Vec<String> {
    let allowed = |from: &str, to: &str| {
        from == to || LAYERS.iter().any(|(layer, below)| *layer == from && below.contains(&to))
    };
    let wrong = imports.iter().filter(|(from, to)| !allowed(layer(from), layer(to)));
    wrong.map(|(from, to)| format!("{from} -> {to}")).collect()
}

/// The first part of a path below `src`: `render` of `render/hex.rs`, `cli` of `cli.rs`.
fn layer(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn imports() -> BTreeSet<Import> {
    Modules::new(&files()).unwrap().imports()
}

/// Every source file of the library, its path below `src` and its text.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((below, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}
