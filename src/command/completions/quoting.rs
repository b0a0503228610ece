//! Words as a shell gives them and wants them back: nothing that a broker calls its queues may become a command.

use super::SystemShell;
use crate::render::escape::{Lines, escape_text};

/// The word at the cursor, as the system's shell passes it.
#[derive(Debug)]
pub(super) struct Typed {
    shell: SystemShell,
    /// The word without its quotes.
    word: String,
    /// The quote that the word begins and does not close.
    quote: Option<char>,
    /// The offset in the word at which the part begins that the shell replaces by the candidate.
    from: usize,
}

impl Typed {
    /// Takes the last of the words, and resolves the quotes of all: bash gives them as they were typed, the
    /// other shells' scripts have done it.
    pub(super) fn new(shell: SystemShell, words: &mut Vec<String>, breaks: &str) -> Self {
        let raw = words.pop().unwrap_or_default();
        if shell != SystemShell::Bash {
            return Self { shell, word: raw, quote: None, from: 0 };
        }
        for word in words.iter_mut() {
            *word = unquote(word, "").word;
        }
        let Unquoted { word, quote, from } = unquote(&raw, breaks);
        // Within quotes, bash breaks a word nowhere.
        Self { shell, word, quote, from: if quote.is_some() { 0 } else { from } }
    }

    pub(super) fn word(&self) -> &str {
        &self.word
    }

    /// Appends a candidate's line. What has control characters in it, or others that lead the eye astray, has no
    /// line: nobody could see what Tab typed.
    pub(super) fn push(&self, word: &str, about: &str, out: &mut String) {
        if word.is_empty() || escape_text(word, Lines::One) != word {
            return;
        }
        match self.shell {
            SystemShell::Bash => {
                let Some(rest) = word.get(self.from..) else { return };
                match self.quote {
                    Some('\'') if rest.contains('\'') => return,
                    Some('\'') => out.push_str(rest),
                    Some(_) => escaped(rest, |c| matches!(c, '\\' | '"' | '$' | '`' | '!'), out),
                    None => {
                        // A tilde is a home only where a word begins.
                        let plain = |c: char| {
                            c.is_alphanumeric() || "%+,-./:=@_^".contains(c) || (c == '~' && self.from > 0)
                        };
                        escaped(rest, |c| !plain(c), out);
                    }
                }
            }
            SystemShell::PowerShell => {
                // A curly quote ends a string there too.
                let quotes = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
                let plain = |c: char| c.is_ascii_alphanumeric() || "-./:=_\\".contains(c);
                if word.chars().all(plain) {
                    out.push_str(word);
                } else {
                    out.push('\'');
                    for c in word.chars() {
                        out.extend(std::iter::repeat_n(c, if quotes(c) { 2 } else { 1 }));
                    }
                    out.push('\'');
                }
                push_about(about, out);
            }
            // These quote by themselves.
            SystemShell::Zsh | SystemShell::Fish | SystemShell::Elvish => {
                out.push_str(word);
                push_about(about, out);
            }
        }
        out.push('\n');
    }
}

fn push_about(about: &str, out: &mut String) {
    out.push('\t');
    out.push_str(&escape_text(about, Lines::One));
}

fn escaped(word: &str, special: impl Fn(char) -> bool, out: &mut String) {
    for c in word.chars() {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// A word of bash without its quotes.
struct Unquoted {
    word: String,
    /// The quote that is open at its end.
    quote: Option<char>,
    /// Behind the last character that breaks words and is not quoted.
    from: usize,
}

/// Removes the quotes of a word. Variables and commands in it are not expanded.
fn unquote(raw: &str, breaks: &str) -> Unquoted {
    let mut word = String::with_capacity(raw.len());
    let mut quote = None;
    let mut from = 0;
    let mut characters = raw.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '\\') => word.extend(characters.next()),
            (Some('"'), '\\') => match characters.peek() {
                Some('\\' | '"' | '$' | '`' | '!') => word.extend(characters.next()),
                _ => word.push('\\'),
            },
            (quote, c) => {
                let at = word.len();
                word.push(c);
                if quote.is_none() && breaks.contains(c) {
                    // Readline begins a word at these, but counts them in.
                    from = if matches!(c, '@' | '$') { at } else { word.len() };
                }
            }
        }
    }
    Unquoted { word, quote, from }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(raw: &str, candidate: &str) -> String {
        let mut out = String::new();
        Typed::new(SystemShell::Bash, &mut vec!["stomp".to_owned(), raw.to_owned()], "\"'@><=;|&(:")
            .push(candidate, "", &mut out);
        out.trim_end_matches('\n').to_owned()
    }

    #[test]
    fn bash_gets_words_quoted_as_the_typed_one_is() {
        let evil = "/queue/a $(touch x);`y` 'z'";
        assert_eq!(bash("/q", evil), r"/queue/a\ \$\(touch\ x\)\;\`y\`\ \'z\'");
        assert_eq!(bash("\"/q", evil), "/queue/a \\$(touch x);\\`y\\` 'z'");
        assert_eq!(bash("'/q", evil), "");
        assert_eq!(bash("'/q", "/queue/a $(x)"), "/queue/a $(x)");
        assert_eq!(bash("", "~root"), r"\~root");
        assert_eq!(bash("/q", "/queue/größe"), "/queue/größe");
    }

    #[test]
    fn bash_gets_only_what_follows_its_own_break() {
        assert_eq!(bash("--context=na", "--context=name"), "name");
        assert_eq!(bash("/queue/a:", "/queue/a:b:c"), "b:c");
        assert_eq!(bash("'/queue/a:", "/queue/a:b"), "/queue/a:b");
        assert_eq!(bash("stomp:", "stomp://"), "//");
        assert_eq!(bash("/queue/a@", "/queue/a@b"), "@b");
        // What is quoted breaks nothing.
        assert_eq!(bash(r"/queue/a\ b", "/queue/a b:c"), r"/queue/a\ b:c");
    }

    #[test]
    fn what_steers_a_terminal_is_not_offered() {
        for evil in ["/queue/\u{1b}[2J", "/queue/a\nb", "/queue/\u{202e}x", ""] {
            assert_eq!(bash("", evil), "", "{evil:?}");
        }
    }

    #[test]
    fn powershell_gets_strings_that_expand_nothing() {
        let typed = Typed::new(SystemShell::PowerShell, &mut vec!["stomp".into(), String::new()], "");
        let mut out = String::new();
        typed.push("/queue/a", "", &mut out);
        typed.push("/queue/$(x) it's", "the 'x'", &mut out);
        assert_eq!(out, "/queue/a\t\n'/queue/$(x) it''s'\tthe 'x'\n");
    }
}
