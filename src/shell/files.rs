//! Completes file names.

use std::path::Path;

/// The largest number of entries of a folder that are read, so that Tab answers soon.
const ENTRIES: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The folder as it was typed, and the name. Ends with `/` for a folder.
    pub(super) path: String,
    pub(super) name: String,
}

impl Found {
    pub(super) fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }
}

/// The files whose paths begin with `typed`, sorted. Hidden files only after a dot, and no names with control characters.
pub(super) fn begin_like(typed: &str) -> Vec<Found> {
    let (folder, begin) = typed.rfind('/').map_or(("", typed), |slash| typed.split_at(slash + 1));
    let read = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    // A folder that cannot be read has nothing to offer.
    let Ok(entries) = std::fs::read_dir(read) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.take(ENTRIES).flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let hidden = name.starts_with('.') && !begin.starts_with('.');
        if hidden || !name.starts_with(begin) || name.contains(char::is_control) {
            continue;
        }
        // Follows links.
        let slash = if entry.path().is_dir() { "/" } else { "" };
        found.push(Found { path: format!("{folder}{name}{slash}"), name: format!("{name}{slash}") });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn files_and_folders_are_told_apart_and_hidden_ones_are_hidden() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["body.json", "my body", ".hidden", "bad\x1b[2J"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("bodies")).unwrap();
        let base = format!("{}/", folder.path().display());
        let names = |typed: &str| {
            let found = begin_like(&format!("{base}{typed}"));
            found.into_iter().map(|file| file.name).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["bodies/", "body.json", "my body"]);
        assert_eq!(names("bod"), ["bodies/", "body.json"]);
        assert_eq!(names("."), [".hidden"]);
        assert_eq!(names("none/"), Vec::<String>::new());
        assert_eq!(begin_like(&format!("{base}my"))[0].path, format!("{base}my body"));
        assert!(begin_like(&format!("{base}bodi"))[0].is_folder());
    }
}
