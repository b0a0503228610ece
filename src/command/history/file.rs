//! The history file, which all shells of a user share: readable by its owner alone, appended to under a lock, without
//! older duplicates and secrets.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use rustix::fs::{FlockOperation, flock};

use crate::words::mask_secrets;

const MAX_ENTRIES: usize = 10_000;

pub(crate) struct HistoryFile {
    path: PathBuf,
    /// The file's length when it was last read.
    length: Option<u64>,
}

fn path() -> Option<PathBuf> {
    Some(etcetera::base_strategy::Xdg::new().ok()?.state_dir()?.join("stomp").join("history"))
}

/// A line as the file stores it; `None` if it is empty or begins with a blank, and so is not stored.
pub(crate) fn entry_of(line: &str) -> Option<String> {
    let line = line.trim_end();
    (!line.is_empty() && !line.starts_with([' ', '\t'])).then(|| mask_secrets(line).into_owned())
}

impl HistoryFile {
    /// The user's history file; `None` without a home folder.
    pub(crate) fn of_user() -> Option<Self> {
        path().map(Self::at)
    }

    fn at(path: PathBuf) -> Self {
        Self { path, length: None }
    }

    /// Whether the file does not exist yet.
    pub(crate) fn is_new(&self) -> bool {
        !self.path.exists()
    }

    /// All entries, the oldest first, if the file has changed since the last call.
    pub(crate) fn changed(&mut self) -> Option<Vec<String>> {
        let length = std::fs::metadata(&self.path).ok()?.len();
        if self.length == Some(length) {
            return None;
        }
        let mut text = Vec::new();
        File::open(&self.path).ok()?.read_to_end(&mut text).ok()?;
        self.length = Some(text.len() as u64);
        Some(entries(&String::from_utf8_lossy(&text)))
    }

    /// Appends what [`entry_of`] returned. Errors are ignored: the line runs anyway.
    pub(crate) fn append(&mut self, entry: &str) {
        if let Ok((before, after)) = append(&self.path, entry)
            && self.length == Some(before)
        {
            // No other shell wrote, so that there is nothing to read.
            self.length = Some(after);
        }
    }
}

/// The file has one entry per line; a line feed in an entry is `\n`.
fn encode(entry: &str) -> String {
    entry.replace('\\', "\\\\").replace('\n', "\\n")
}

fn decode(line: &str) -> String {
    let mut entry = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => entry.push('\n'),
                Some(other) => entry.push(other),
                None => entry.push('\\'),
            },
            other => entry.push(other),
        }
    }
    entry
}

/// The newest [`MAX_ENTRIES`] of the file, each without its older duplicates.
fn entries(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let newest_first = text.lines().rev().filter(|line| !line.is_empty() && seen.insert(*line));
    let mut entries: Vec<String> = newest_first.take(MAX_ENTRIES).map(decode).collect();
    entries.reverse();
    entries
}

/// Appends an entry and returns the file's length before and after.
fn append(path: &Path, entry: &str) -> std::io::Result<(u64, u64)> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    let before = file.metadata()?.len();
    file.write_all(format!("{}\n", encode(entry)).as_bytes())?;
    compact(&mut file)?;
    Ok((before, file.metadata()?.len()))
}

/// Rewrites a file that has grown long with the entries that are still read.
fn compact(file: &mut File) -> std::io::Result<()> {
    const LONG: u64 = 4 << 20;
    if file.metadata()?.len() < LONG {
        return Ok(());
    }
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let mut newest = entries(&String::from_utf8_lossy(&text));
    let mut bytes: usize = newest.iter().map(String::len).sum();
    while bytes > (LONG / 2) as usize && newest.len() > 1 {
        bytes -= newest.remove(0).len();
    }
    let lines: Vec<String> = newest.iter().map(|entry| encode(entry) + "\n").collect();
    file.set_len(0)?;
    file.write_all(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn what_is_kept_comes_back_without_older_duplicates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stomp").join("history");
        let mut history = HistoryFile::at(path.clone());
        assert_eq!(history.changed(), None);
        let mut typed = HistoryFile::at(path.clone());
        for line in ["status", "send /queue/a <<E\nx\\n\nE", "status", "subs", "status"] {
            typed.append(line);
        }
        assert_eq!(history.changed().unwrap(), ["send /queue/a <<E\nx\\n\nE", "subs", "status"]);
        assert_eq!(history.changed(), None);
        let mut other = HistoryFile::at(path.clone());
        other.append("from elsewhere");
        assert_eq!(history.changed().unwrap().last().unwrap(), "from elsewhere");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn secrets_and_lines_behind_a_space_are_left_out() {
        assert_eq!(entry_of(" send /queue/a secret"), None);
        assert_eq!(entry_of("  "), None);
        let line = entry_of("connect stomp://guest:hush@host").unwrap();
        assert!(!line.contains("hush") && line.contains("***"), "{line}");
    }

    #[test]
    fn a_long_file_becomes_short_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let long = "x".repeat(1 << 20);
        let mut history = HistoryFile::at(path.clone());
        for number in 0..5 {
            history.append(&format!("{number}{long}"));
        }
        let mut history = HistoryFile::at(path.clone());
        assert!(std::fs::metadata(&path).unwrap().len() < 4 << 20);
        assert!(history.changed().unwrap().last().unwrap().starts_with('4'));
    }
}
