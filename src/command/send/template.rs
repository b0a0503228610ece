//! `--template`: text that differs from message to message.

use std::cell::Cell;
use std::collections::BTreeMap;

use bytes::Bytes;

use crate::session::Chunk;
use crate::words::expand_variables;

/// Fills in `$counter`, `$uuid`, `$now` and `$random`, anew for each message, and the variables of the shell.
#[derive(Debug, Default)]
pub(crate) struct Template {
    counter: Cell<u64>,
    pub variables: BTreeMap<String, String>,
}

impl Template {
    pub(super) fn new(variables: &BTreeMap<String, String>) -> Self {
        Self { variables: variables.clone(), ..Self::default() }
    }

    /// The text with its variables filled in; `$$` is a dollar. An unknown name is an error.
    pub(crate) fn fill(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        self.counter.set(self.counter.get() + 1);
        let value = |name: &str| match name {
            "counter" => Some(self.counter.get().to_string()),
            "uuid" => Some(uuid::Uuid::new_v4().to_string()),
            "now" => Some(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            "random" => Some(fastrand::u32(..).to_string()),
            name => self.variables.get(name).cloned(),
        };
        let filled = expand_variables(text, &value);
        let hint = "a template knows $counter, $uuid, $now, $random and what 'set' has set; $$ is a dollar";
        filled.map(std::borrow::Cow::into_owned).map_err(|error| format!("{error}; {hint}"))
    }

    /// Fills in the bodies of a chunk, up to the first that is wrong, and returns what is wrong with that. Envelopes are
    /// left as they are.
    pub(crate) fn fill_chunk(&self, chunk: Chunk) -> (Chunk, Option<String>) {
        let Chunk::Bodies(data, ranges) = chunk else { return (chunk, None) };
        let mut all = Vec::with_capacity(data.len());
        let mut filled = Vec::with_capacity(ranges.len());
        let mut error = None;
        for range in ranges {
            let body = match self.fill(&data[range.start as usize..range.end as usize]) {
                Ok(body) => body,
                Err(what) => {
                    error = Some(what);
                    break;
                }
            };
            let ends = (u32::try_from(all.len()), u32::try_from(all.len() + body.len()));
            let (Ok(start), Ok(end)) = ends else {
                error = Some("the messages are too large".to_owned());
                break;
            };
            all.extend(body);
            filled.push(start..end);
        }
        (Chunk::Bodies(Bytes::from(all), filled), error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn each_message_has_its_own_number_and_id() {
        let template = Template::default();
        assert_eq!(template.fill(b"a$counter ${counter} $$x").unwrap(), b"a1 1 $x");
        assert_eq!(template.fill(b"$counter").unwrap(), b"2");
        assert_ne!(template.fill(b"$uuid").unwrap(), template.fill(b"$uuid").unwrap());
        assert!(template.fill(b"$nothing").unwrap_err().contains("$counter, $uuid"));
    }
}
