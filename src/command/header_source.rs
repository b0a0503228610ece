//! Headers that options and variables name: `Name: value`, where `${NAME}` stands for an environment variable, or `@FILE`
//! for a file of such lines. Thus tokens stand neither among the arguments nor in the config file.

use std::path::PathBuf;

use anyhow::Result;

use super::exit::Problem;
use super::password::read_private;
use crate::transport::Secret;
use crate::words::is_secret_name;

/// An option that takes headers.
pub(super) struct HeaderOption {
    pub option: &'static str,
    /// Refuses names of headers. Its error says that the header is of this source.
    pub check: fn(name: &str, source: &str) -> Result<()>,
}

/// What an argument names.
enum HeaderSource {
    Header(String, Secret),
    File(PathBuf),
}

impl HeaderOption {
    /// The headers of these arguments, or else of the lines of a variable, which comes with its name. Reads the files and
    /// variables that they name.
    pub(super) fn resolve(
        &self,
        given: &[Secret],
        variable: Option<(&str, &str)>,
    ) -> Result<Vec<(String, Secret)>> {
        let mut headers = Vec::new();
        for argument in given {
            self.add(argument.expose(), self.option, &mut headers)?;
        }
        if let Some((name, text)) = variable.filter(|_| given.is_empty()) {
            for line in lines(text) {
                self.add(line, name, &mut headers)?;
            }
        }
        Ok(headers)
    }

    fn add(&self, text: &str, source: &str, headers: &mut Vec<(String, Secret)>) -> Result<()> {
        match self.read(text, source)? {
            HeaderSource::Header(name, value) => {
                let value = expand(value.expose(), source, str::to_owned)?;
                headers.push((name, Secret::new(value)));
            }
            HeaderSource::File(file) => {
                let source = file.display().to_string();
                for line in lines(&read_private(&file, "header file")?) {
                    match self.read(line, &source)? {
                        HeaderSource::Header(name, value) => headers.push((name, value)),
                        HeaderSource::File(_) => {
                            let hint = "name each file with an option of its own";
                            let message = format!("the header file {source} names another one");
                            return Err(Problem::usage_hint(message, hint).into());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether one of these arguments, or a line of the variable, names a file.
    pub(super) fn has_files(given: &[Secret], variable: Option<&str>) -> bool {
        let is_file = |text: &str| text.starts_with('@');
        given.iter().any(|argument| is_file(argument.expose()))
            || variable.is_some_and(|text| given.is_empty() && lines(text).any(is_file))
    }

    /// The arguments as a context keeps them: paths are absolute, and a secret must stand in a file or a variable.
    pub(super) fn for_context(&self, given: &[Secret]) -> Result<Vec<Secret>> {
        let option = self.option;
        let kept = given.iter().map(|argument| match self.read(argument.expose(), option)? {
            HeaderSource::Header(name, value) if is_literal_secret(&name, &value) => {
                let message = format!("the value of '{name}' has no place in the config file");
                let hint = format!(
                    "name an environment variable, {option} '{name}: ${{TOKEN}}', or a file of its own (chmod 600), \
                     {option} @FILE"
                );
                Err(Problem::usage_hint(message, hint).into())
            }
            HeaderSource::Header(..) => Ok(argument.clone()),
            HeaderSource::File(file) => {
                Ok(Secret::new(format!("@{}", std::path::absolute(file)?.display())))
            }
        });
        kept.collect()
    }

    /// The names of headers whose secret values stand among the arguments, where other users can read them.
    pub(super) fn exposed(&self, given: &[Secret]) -> impl Iterator<Item = String> {
        let headers = given.iter().filter_map(|argument| match self.read(argument.expose(), self.option) {
            Ok(HeaderSource::Header(name, value)) => Some((name, value)),
            _ => None,
        });
        headers.filter(|(name, value)| is_literal_secret(name, value)).map(|(name, _)| name)
    }

    /// Reads `Name: value` or `@FILE`. One space after the colon is not part of the value. An error quotes no value, which
    /// may be a secret.
    fn read(&self, text: &str, source: &str) -> Result<HeaderSource> {
        if let Some(file) = text.strip_prefix('@') {
            return Ok(HeaderSource::File(file.into()));
        }
        let Some((name, value)) = text.split_once(':') else {
            let form = format!(
                "write {option} 'Authorization: Bearer ${{TOKEN}}', or {option} @FILE for a file of such lines",
                option = self.option
            );
            let message = format!("a header of {source} has no colon after its name");
            return Err(Problem::usage_hint(message, form).into());
        };
        let name = name.trim();
        (self.check)(name, source)?;
        Ok(HeaderSource::Header(name.to_owned(), Secret::new(value.strip_prefix(' ').unwrap_or(value))))
    }
}

/// The lines of a file or of a variable, without those that are empty or begin with `#`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_literal_secret(name: &str, value: &Secret) -> bool {
    is_secret_header(name) && !value.expose().contains("${")
}

/// Whether the value of a header of this name logs somebody in.
pub(super) fn is_secret_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_name(name.as_bytes())
        || ["auth", "cookie", "key", "session", "jwt"].iter().any(|part| lower.contains(part))
}

/// Replaces each `${NAME}` by the environment variable of that name, encoded. `source` is what an error says about where
/// the name stands.
pub(super) fn expand(text: &str, source: &str, encode: fn(&str) -> String) -> Result<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        let variable = std::env::var(name).map_err(|_| {
            let hint = format!("set it for this command: {name}=… stomp …");
            Problem::usage_hint(format!("{source} names the variable {name}, which is not set"), hint)
        })?;
        expanded.push_str(before);
        expanded.push_str(&encode(variable.trim()));
        rest = behind;
    }
    Ok(expanded + rest)
}
