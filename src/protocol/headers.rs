//! The headers of a frame to be sent, and the rule about repeated names.

/// Unescaped names and values in the order in which they are written.
///
/// If a name is repeated, its first value counts (STOMP 1.2, "Repeated Header Entries"). The user's headers replace
/// those of the program: [`Headers::overlay`] removes every header whose name the user specifies, and then appends
/// the user's headers in their order, including repeated ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Vec<u8>, Vec<u8>)>);

impl Headers {
    /// A list without headers, which allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of the first header with this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.iter().find(|(other, _)| *other == name.as_ref()).map(|(_, value)| value)
    }

    /// Appends a header; an earlier one of the same name takes precedence.
    pub fn push(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Appends a header unless the name is present.
    pub fn keep(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let name = name.into();
        if self.get(&name).is_none() {
            self.push(name, value);
        }
    }

    /// Replaces all headers of this name by one, at the end.
    pub fn set(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let name = name.into();
        self.remove(&name);
        self.push(name, value);
    }

    /// Replaces all headers whose name is in `over`.
    pub fn overlay(&mut self, over: &Headers) {
        self.0.retain(|(name, _)| over.get(name).is_none());
        self.0.extend_from_slice(&over.0);
    }

    /// Removes all headers with this name.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        self.0.retain(|(other, _)| other != name.as_ref());
    }

    /// Name and value of each header, in the order in which they are sent.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// The number of headers, including repeated ones.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no headers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Vec<u8>>, V: Into<Vec<u8>>> Extend<(N, V)> for Headers {
    fn extend<T: IntoIterator<Item = (N, V)>>(&mut self, more: T) {
        self.0.extend(more.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
}

impl<N: Into<Vec<u8>>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(all: T) -> Self {
        let mut headers = Self::new();
        headers.extend(all);
        headers
    }
}

impl<N: Into<Vec<u8>>, V: Into<Vec<u8>>, const COUNT: usize> From<[(N, V); COUNT]> for Headers {
    fn from(all: [(N, V); COUNT]) -> Self {
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Headers {
        text.split_whitespace().filter_map(|header| header.split_once('=')).collect()
    }

    #[test]
    fn the_first_of_a_name_counts() {
        let all = headers("a=1 b=2 a=3");
        assert_eq!(all.get("a"), Some(&b"1"[..]));
        assert_eq!(all.get("c"), None);
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn what_is_laid_over_replaces_each_of_its_names_and_stays_as_it_is() {
        for (below, over, result) in [
            ("a=1 b=2 a=3", "a=4", "b=2 a=4"),
            ("a=1 b=2", "a=4 a=5", "b=2 a=4 a=5"),
            ("a=1", "", "a=1"),
            ("", "a=1 a=2", "a=1 a=2"),
        ] {
            let mut all = headers(below);
            all.overlay(&headers(over));
            assert_eq!(all, headers(result));
        }
    }

    #[test]
    fn a_header_is_set_kept_and_removed() {
        let mut all = headers("a=1 b=2 a=3");
        all.keep("a", "4");
        all.keep("c", "5");
        assert_eq!(all, headers("a=1 b=2 a=3 c=5"));
        all.set("a", "6");
        assert_eq!(all, headers("b=2 c=5 a=6"));
        all.remove("b");
        assert_eq!(all, headers("c=5 a=6"));
    }
}
