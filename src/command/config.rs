//! The config file: contexts, which are brokers by name. A change keeps the comments and the order of the file.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Table};

use super::exit::Problem;
use crate::render::{Diagnostic, Excerpt};
use crate::transport::http::HttpUrl;
use crate::transport::parse_list;
use crate::words::mask_secrets_around;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The context that is used if none is named.
    pub current: Option<String>,
    #[serde(default)]
    pub context: BTreeMap<String, StoredContext>,
    /// The file's text, which a change starts from.
    #[serde(skip)]
    text: String,
}

/// A broker by name. It has no `insecure`, which must be given anew for each run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredContext {
    /// A URL, or a comma list of them.
    pub url: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub vhost: Option<String>,
    pub client_id: Option<String>,
    pub cafile: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub management: Option<HttpUrl>,
    /// Whether commands that consume messages ask first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
}

/// Why the config file cannot be read, parsed or changed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ConfigError {
    message: String,
    file: String,
    /// Counted from 1.
    line: u64,
    /// The line without its secrets, and the part of it that is wrong.
    excerpt: Option<(Vec<u8>, Range<usize>)>,
    hints: Vec<String>,
}

const EDIT_HINT: &str = "'stomp ctx edit' opens the file";

impl ConfigError {
    fn new(message: String, text: &str, at: usize) -> Self {
        let file = path().map_or_else(|_| "config.toml".to_owned(), |path| path.display().to_string());
        let before = &text.as_bytes()[..at.min(text.len())];
        let line = 1 + memchr::memchr_iter(b'\n', before).count() as u64;
        Self { message, file, line, excerpt: None, hints: vec![EDIT_HINT.to_owned()] }
    }

    /// The error for a message of the TOML parser, in the words of this program.
    fn from_toml(error: &toml_edit::de::Error, text: &str) -> Self {
        let said = error.message().trim_end();
        let mut config_error = Self::new(said.to_owned(), text, start(error.span()));
        if let Some(name) = quoted(said, "unknown field `") {
            config_error.message = format!("unknown key '{name}'");
            let known: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
            config_error.hints.insert(0, unknown_key_hint(name, &known));
        } else if let Some(name) = quoted(said, "missing field `") {
            config_error.message = format!("the key '{name}' is missing");
        }
        if let Some(at) = error.span() {
            config_error.excerpt = excerpt(text, at);
        }
        config_error
    }

    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(&self.message).at(&self.file, self.line);
        let diagnostic = diagnostic.hints(self.hints.iter().cloned());
        match &self.excerpt {
            Some((text, span)) => diagnostic.source(Excerpt::new(text.clone(), span.clone())),
            None => diagnostic,
        }
    }
}

fn start(span: Option<Range<usize>>) -> usize {
    span.map_or(0, |span| span.start)
}

/// The text between `beginning` and the next backtick.
fn quoted<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    text.strip_prefix(beginning)?.split('`').next()
}

/// The hint about a key that is not among `known`.
fn unknown_key_hint(name: &str, known: &[&str]) -> String {
    if matches!(name, "password" | "passcode") {
        return "a password stands in a file of its own (chmod 600), which password_file names".to_owned();
    }
    if name == "insecure" {
        return "certificates are always verified; --insecure is for one run".to_owned();
    }
    let nearest = known.iter().map(|key| (strsim::damerau_levenshtein(name, key), key));
    match nearest.filter(|(distance, _)| *distance <= 2).min() {
        Some((_, key)) => format!("did you mean '{key}'?"),
        None => format!("the keys here are {}", known.join(", ")),
    }
}

/// The line at `at`, unless it may hold a secret.
fn excerpt(text: &str, at: Range<usize>) -> Option<(Vec<u8>, Range<usize>)> {
    let start = text.get(..at.start)?.rfind('\n').map_or(0, |before| before + 1);
    let end = text[at.start..].find('\n').map_or(text.len(), |behind| at.start + behind);
    let line = text.get(start..end)?;
    let key = line.split('=').next().unwrap_or_default().trim().to_lowercase();
    if key.contains("pass") && key != "password_file" {
        return None;
    }
    Some(mask_secrets_around(line.as_bytes(), at.start - start..at.end.min(end) - start))
}

/// The folder of the config file and of other files of the user's.
pub(crate) fn folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;
    // XDG on macOS too: people look there for the files of command line programs.
    Some(etcetera::base_strategy::Xdg::new().ok()?.config_dir().join("stomp"))
}

pub(crate) fn path() -> Result<PathBuf> {
    let folder =
        folder().ok_or_else(|| Problem::usage("there is no home folder to keep the config file in"))?;
    Ok(folder.join("config.toml"))
}

impl Config {
    /// Reads the file; without one, there are no contexts.
    pub(crate) fn read() -> Result<Self> {
        let path = path()?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::of(text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Problem::local(format!("cannot read {}", path.display()), error).into()),
        }
    }

    fn of(text: String) -> Result<Self, ConfigError> {
        let parsed = toml_edit::de::from_str::<Self>(&text);
        let config = parsed.map_err(|error| ConfigError::from_toml(&error, &text))?;
        Ok(Self { text, ..config })
    }

    /// Adds or changes a context; returns whether there was one of that name.
    pub(crate) fn put(name: &str, stored: &StoredContext) -> Result<bool> {
        let config = Self::read()?;
        write(&config.with(name, stored)?)?;
        Ok(config.context.contains_key(name))
    }

    /// The file's text with this context added or changed.
    fn with(&self, name: &str, stored: &StoredContext) -> Result<String> {
        let keys =
            toml_edit::ser::to_document(stored).map_err(|error| write_error(std::io::Error::other(error)))?;
        self.changed(|document| {
            let contexts = document.entry("context").or_insert_with(|| {
                let mut contexts = Table::new();
                contexts.set_implicit(true);
                Item::Table(contexts)
            });
            if let Some(context) = contexts.get_mut(name).and_then(Item::as_table_like_mut) {
                let old: Vec<String> = context.iter().map(|(key, _)| key.to_owned()).collect();
                for key in old.iter().filter(|key| !keys.contains_key(key)) {
                    context.remove(key);
                }
                for (key, value) in keys.iter() {
                    let decor = context.get(key).and_then(Item::as_value).map(|value| value.decor().clone());
                    let mut value = value.clone();
                    if let (Some(decor), Some(value)) = (decor, value.as_value_mut()) {
                        *value.decor_mut() = decor;
                    }
                    match context.get_mut(key) {
                        Some(old) => *old = value,
                        None => drop(context.insert(key, value)),
                    }
                }
            } else {
                contexts[name] = Item::Table(keys.as_table().clone());
            }
        })
    }

    pub(crate) fn remove(name: &str) -> Result<()> {
        let config = Self::read()?;
        if !config.context.contains_key(name) {
            return Err(config.no_context(name, ""));
        }
        let text = config.changed(|document| {
            if let Some(contexts) = document.get_mut("context").and_then(Item::as_table_like_mut) {
                contexts.remove(name);
            }
            if document.get("current").and_then(Item::as_str) == Some(name) {
                document.remove("current");
            }
        })?;
        write(&text)
    }

    /// Makes a context the current one, or none.
    pub(crate) fn set_current(name: Option<&str>) -> Result<()> {
        let config = Self::read()?;
        if name.is_some() {
            config.find(name)?;
        }
        let text = config.changed(|document| match name {
            Some(name) => document["current"] = toml_edit::value(name),
            None => drop(document.remove("current")),
        })?;
        write(&text)
    }

    /// Writes a commented example if there is no file.
    pub(crate) fn create() -> Result<()> {
        let text = "# Brokers by name, for 'stomp --context NAME'. For example:\n#\n\
            # [context.prod]\n# url = \"stomps://broker.example\"\n# user = \"me\"\n\
            # password_file = \"/home/me/.secret\"\n# production = true\n";
        if path()?.exists() { Ok(()) } else { write(text) }
    }

    /// The text of the file after `change`. Comments and layout stay.
    fn changed(&self, change: impl FnOnce(&mut DocumentMut)) -> Result<String> {
        let wrong = |error: toml_edit::TomlError| {
            ConfigError::new(error.to_string(), &self.text, start(error.span()))
        };
        let mut document = self.text.parse::<DocumentMut>().map_err(wrong)?;
        change(&mut document);
        Ok(document.to_string())
    }

    /// The context of that name, or the current one.
    pub(crate) fn find(&self, name: Option<&str>) -> Result<Option<(String, &StoredContext)>> {
        let Some(wanted) = name.or(self.current.as_deref()) else { return Ok(None) };
        if let Some(context) = self.context.get(wanted) {
            if let Err(error) = parse_list(&context.url) {
                return Err(self.wrong_url(wanted, &error.to_string()).into());
            }
            return Ok(Some((wanted.to_owned(), context)));
        }
        let current = if name.is_none() { ", which the config file names as the current one" } else { "" };
        Err(self.no_context(wanted, current))
    }

    fn no_context(&self, name: &str, why: &str) -> anyhow::Error {
        let known: Vec<&str> = self.context.keys().map(String::as_str).collect();
        let hint = if known.is_empty() {
            "'stomp ctx add NAME URL' adds one".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        Problem::usage_hint(format!("there is no context '{name}'{why}"), hint).into()
    }

    /// The error about a context's URL. The URL is not shown: it may hold a password that is not recognised as one.
    fn wrong_url(&self, name: &str, why: &str) -> ConfigError {
        let document = toml_edit::Document::parse(self.text.as_str()).ok();
        let span = document.and_then(|document| document.get("context")?.get(name)?.get("url")?.span());
        ConfigError::new(format!("the url of context '{name}': {why}"), &self.text, start(span))
    }
}

fn write_error(error: std::io::Error) -> anyhow::Error {
    let path = path().map_or_else(|_| "config.toml".to_owned(), |path| path.display().to_string());
    Problem::local(format!("cannot write {path}"), error).into()
}

/// Replaces the file in one step, readable by its owner alone, which is what `tempfile` creates.
fn write(text: &str) -> Result<()> {
    let path = path()?;
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(write_error)?;
    // A symbolic link stays one; the file behind it is replaced.
    let path = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let folder = path.parent().unwrap_or(&path);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(write_error)?;
    file.write_all(text.as_bytes()).map_err(write_error)?;
    file.persist(&path).map_err(|error| write_error(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;
    use crate::render::Paint;

    fn complaint(text: &str) -> String {
        let error = Config::of(text.to_owned()).unwrap_err();
        let shown = error.diagnostic().render(Paint::PLAIN);
        shown[shown.find("config.toml").unwrap()..].to_owned()
    }

    #[test]
    fn the_file_never_switches_verification_off() {
        let shown = complaint("[context.a]\nurl = \"stomps://a\"\ninsecure = true\n");
        assert!(shown.starts_with("config.toml:3: error: unknown key 'insecure'\n"), "{shown}");
        assert!(shown.contains("--insecure is for one run"), "{shown}");
    }

    #[test]
    fn a_wrong_key_is_named_by_its_line_and_the_right_one() {
        let shown = complaint("# brokers\n[context.a]\nurl = \"stomp://a\"\nprodution = true\n");
        let expected = "config.toml:4: error: unknown key 'prodution'\n  prodution = true\n  ^^^^^^^^^\n\
            hint: did you mean 'production'?\nhint: 'stomp ctx edit' opens the file\n";
        assert_eq!(shown, expected);
        let shown = complaint("[context.a]\nuser = \"x\"\n");
        assert!(shown.starts_with("config.toml:1: error: the key 'url' is missing\n"), "{shown}");
        let shown = complaint("[context.a\n");
        assert!(shown.starts_with("config.toml:1: error: "), "{shown}");
    }

    #[test]
    fn a_password_that_stands_in_the_file_is_not_shown() {
        for line in
            ["password = \"cAnArY\"", "password = cAnArY", "PassWord = 'cAnArY", "passcode = cAnArY x"]
        {
            let shown = complaint(&format!("[context.a]\n{line}\n"));
            assert!(!shown.contains("cAnArY"), "{shown}");
        }
    }

    #[test]
    fn a_wrong_url_is_named_by_its_line_when_it_is_used() {
        let text = "[context.a]\nurl = \"stomp://a\"\n[context.b]\nurl = \"b c\"\n";
        let config = Config::of(text.to_owned()).unwrap();
        assert!(config.find(Some("a")).unwrap().is_some());
        let error = config.find(Some("b")).unwrap_err();
        let shown = error.downcast_ref::<ConfigError>().unwrap().diagnostic().render(Paint::PLAIN);
        assert!(shown.contains("config.toml:4: error: the url of context 'b': column 2"), "{shown}");
        assert!(config.find(Some("c")).unwrap_err().to_string().contains("no context 'c'"));
    }

    #[test]
    fn what_else_stands_in_the_file_stays() {
        let text =
            "current = \"a\"\n# prod\n[context.a]\n# where\nurl = \"stomp://a\" # here\nuser = \"x\"\n";
        let config = Config::of(text.to_owned()).unwrap();
        let stored =
            |url: &str| StoredContext { url: url.into(), production: true, ..StoredContext::default() };
        let changed = config.with("a", &stored("stomp://b")).unwrap();
        let expected =
            "current = \"a\"\n# prod\n[context.a]\n# where\nurl = \"stomp://b\" # here\nproduction = true\n";
        assert_eq!(changed, expected);
        let added = Config::of(changed).unwrap().with("c", &stored("stomp://c")).unwrap();
        assert_eq!(added, format!("{expected}\n[context.c]\nurl = \"stomp://c\"\nproduction = true\n"));
        let read = Config::of(added).unwrap();
        assert!(read.find(None).unwrap().unwrap().1.production);
        assert_eq!(read.context.len(), 2);
    }

    #[test]
    fn a_context_knows_its_management() {
        let text = "[context.a]\nurl = \"stomp://a\"\n";
        let url: HttpUrl = "http://a:1/rabbit".parse().unwrap();
        let stored = StoredContext {
            url: "stomp://a".into(),
            management: Some(url.clone()),
            ..StoredContext::default()
        };
        let changed = Config::of(text.to_owned()).unwrap().with("a", &stored).unwrap();
        let read = Config::of(changed).unwrap();
        assert_eq!(read.context["a"].management.clone(), Some(url));
        let shown = complaint("[context.a]\nurl = \"stomp://a\"\nmanagement = \"a\"\n");
        assert!(
            shown.starts_with("config.toml:3: error: ") && shown.contains("http://host:15672"),
            "{shown}"
        );
    }
}
