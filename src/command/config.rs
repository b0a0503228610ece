//! The config file: contexts, which are brokers by name.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::connection::ConnectionArgs;
use super::exit::Problem;

/// What the config file holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The context that counts where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Brokers by name.
    #[serde(default)]
    pub context: BTreeMap<String, StoredContext>,
}

/// A broker by name. There is no `insecure` here: that is said anew for each run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredContext {
    /// Its URL, or a comma list of them.
    pub url: String,
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The virtual host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// The client-id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Certificates to trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cafile: Option<PathBuf>,
    /// The client's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<PathBuf>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Whether commands that take messages off queues ask first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
}

/// The folder of the config file and of what stands beside it.
pub fn folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;
    // XDG on macOS too: that is where people look for a command line's files.
    Some(etcetera::base_strategy::Xdg::new().ok()?.config_dir().join("stomp"))
}

/// The config file's path.
pub fn path() -> Result<PathBuf> {
    let folder =
        folder().ok_or_else(|| Problem::usage("there is no home folder to keep the config file in"))?;
    Ok(folder.join("config.toml"))
}

impl Config {
    /// Reads the file; where there is none, there is nothing in it.
    pub fn read() -> Result<Self> {
        let path = path()?;
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Problem::local(format!("cannot read {}", path.display()), error).into()),
        };
        let wrong = |error: toml::de::Error| {
            Problem::usage_hint(format!("{}: {error}", path.display()), "'stomp ctx edit' opens it")
        };
        Ok(toml::from_str(&text).map_err(wrong)?)
    }

    /// Writes the file, readable by nobody else, in one step.
    pub fn write(&self) -> Result<()> {
        let path = path()?;
        let failed = |error| Problem::local(format!("cannot write {}", path.display()), error);
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let text = toml::to_string(self).map_err(|error| failed(std::io::Error::other(error)))?;
        // A temporary file of this crate is readable by its owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The context of that name, or the current one.
    pub fn find(&self, name: Option<&str>) -> Result<Option<(String, &StoredContext)>> {
        let Some(wanted) = name.or(self.current.as_deref()) else { return Ok(None) };
        if let Some(context) = self.context.get(wanted) {
            return Ok(Some((wanted.to_owned(), context)));
        }
        let known: Vec<&str> = self.context.keys().map(String::as_str).collect();
        let hint = if known.is_empty() {
            "'stomp ctx add NAME URL' adds one".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        Err(Problem::usage_hint(format!("there is no context '{wanted}'"), hint).into())
    }
}

impl StoredContext {
    /// What it says of a connection; flags and environment count before it.
    pub fn connection(&self) -> ConnectionArgs {
        ConnectionArgs {
            server: Some(self.url.clone()),
            user: self.user.clone(),
            password_file: self.password_file.clone(),
            vhost: self.vhost.clone(),
            client_id: self.client_id.clone(),
            cafile: self.cafile.clone(),
            cert: self.cert.clone(),
            key: self.key.clone(),
            ..ConnectionArgs::default()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn the_file_never_switches_verification_off() {
        let text = "[context.a]\nurl = \"stomps://a\"\ninsecure = true\n";
        assert!(toml::from_str::<Config>(text).is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let mut config = Config { current: Some("a".into()), ..Config::default() };
        let stored = StoredContext { url: "stomp://a".into(), production: true, ..StoredContext::default() };
        config.context.insert("a".into(), stored);
        let read: Config = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
        assert!(read.find(None).unwrap().unwrap().1.production);
        assert!(read.find(Some("b")).unwrap_err().to_string().contains("no context 'b'"));
    }
}
