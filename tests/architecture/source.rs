//! The imports of one source file: a small parser on top of `proc_macro2`'s tokens, so that comments,
//! strings and lifetimes are never taken for code.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// A path as it is written in a file: `["super", "style", "Paint"]`.
pub(crate) type Path = Vec<String>;

/// A name that a `use` brings into a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// The module in which the `use` stands.
    pub(crate) module: Path,
    /// The name it is known by there; `*` for a glob.
    pub(crate) name: String,
    /// The path behind `use`.
    pub(crate) path: Path,
}

/// What the code of one file refers to. Code that is compiled for tests only is left out.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) uses: Vec<Use>,
    /// Paths of two or more names in code and in attributes, each with the module in which it stands.
    pub(crate) paths: Vec<(Path, Path)>,
    /// Modules with a body in this file.
    pub(crate) inline_modules: Vec<Path>,
    /// Modules that are declared behind `#[cfg(test)]`.
    pub(crate) test_modules: Vec<Path>,
}

impl Source {
    /// Reads the text of the file that holds `module`.
    pub(crate) fn parse(text: &str, module: &[String]) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("not Rust: {error}"))?;
        let mut source = Self::default();
        source.read(tokens, module);
        Ok(source)
    }

    fn read(&mut self, tokens: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.read_one(&tokens, at, module);
        }
    }

    /// Reads what begins at `at` and returns where the next token to read stands.
    fn read_one(&mut self, tokens: &[TokenTree], at: usize, module: &[String]) -> usize {
        if let (true, Some(attribute)) =
            (is_punct(tokens, at, '#'), group(tokens, at + 1, Delimiter::Bracket))
        {
            if !is_for_tests(attribute) {
                return at + 1;
            }
            let end = end_of_item(tokens, at + 2);
            self.test_modules.extend(declared_module(&tokens[at + 2..end], module));
            return end;
        }
        if let Some(group) = tokens.get(at).and_then(as_group) {
            self.read(group.stream(), module);
            return at + 1;
        }
        match ident(tokens, at).as_deref() {
            Some("use") if !is_punct(tokens, at + 1, '<') => {
                let end = end_of_item(tokens, at);
                self.read_use(&tokens[at + 1..end], &[], module);
                end
            }
            Some("mod") => match (ident(tokens, at + 1), group(tokens, at + 2, Delimiter::Brace)) {
                (Some(name), Some(body)) => {
                    let inner = [module, &[name]].concat();
                    self.inline_modules.push(inner.clone());
                    self.read(body.stream(), &inner);
                    at + 3
                }
                _ => at + 1,
            },
            // The path in `pub(in crate::render)` imports nothing.
            Some("pub") if group(tokens, at + 1, Delimiter::Parenthesis).is_some_and(is_restriction) => {
                at + 2
            }
            Some(first) => {
                let mut path = vec![first.to_owned()];
                let mut end = at + 1;
                while let (true, Some(name)) = (is_path_separator(tokens, end), ident(tokens, end + 2)) {
                    path.push(name);
                    end += 3;
                }
                let continues_a_path = at >= 2 && is_path_separator(tokens, at - 2);
                if path.len() > 1 && !continues_a_path {
                    self.paths.push((module.to_vec(), path));
                }
                end
            }
            None => at + 1,
        }
    }

    /// Reads the tree behind `use`, or one part of it, whose names all stand behind `prefix`.
    fn read_use(&mut self, tokens: &[TokenTree], prefix: &[String], module: &[String]) {
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for part in tokens.split(is_comma).filter(|part| !part.is_empty()) {
            let mut path = prefix.to_vec();
            let mut name = None;
            for (at, token) in part.iter().enumerate() {
                match token {
                    TokenTree::Group(group) => {
                        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                        self.read_use(&inner, &path, module);
                        path.clear();
                    }
                    TokenTree::Punct(punct) if punct.as_char() == '*' => name = Some("*".to_owned()),
                    TokenTree::Ident(keyword) if *keyword == "as" => {
                        name = ident(part, at + 1);
                        break;
                    }
                    TokenTree::Ident(_) => path.extend(ident(part, at)),
                    _ => {}
                }
            }
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            if let Some(last) = path.last() {
                let name = name.unwrap_or_else(|| last.clone());
                self.uses.push(Use { module: module.to_vec(), name, path });
            }
        }
    }
}

fn as_group(token: &TokenTree) -> Option<&Group> {
    if let TokenTree::Group(group) = token { Some(group) } else { None }
}

fn group(tokens: &[TokenTree], at: usize, delimiter: Delimiter) -> Option<&Group> {
    tokens.get(at).and_then(as_group).filter(|group| group.delimiter() == delimiter)
}

fn ident(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, character: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let joint = matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint);
    joint && is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')
}

/// Whether an attribute is a `cfg` that only a test build (or a fuzzing build, which shares its hooks) meets.
fn is_for_tests(attribute: &Group) -> bool {
    fn asks_for_test(tokens: TokenStream) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        (0..tokens.len()).any(|at| match &tokens[at] {
            TokenTree::Ident(name) => *name == "test",
            TokenTree::Group(inner) => {
                at.checked_sub(1).and_then(|before| ident(&tokens, before)).as_deref() != Some("not")
                    && asks_for_test(inner.stream())
            }
            _ => false,
        })
    }
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    ident(&tokens, 0).as_deref() == Some("cfg")
        && group(&tokens, 1, Delimiter::Parenthesis)
            .is_some_and(|predicate| asks_for_test(predicate.stream()))
}

fn is_restriction(visibility: &Group) -> bool {
    let tokens: Vec<TokenTree> = visibility.stream().into_iter().collect();
    matches!(ident(&tokens, 0).as_deref(), Some("in" | "crate" | "super" | "self"))
}

/// Where the item, field or arm ends that begins at `at`, possibly with attributes of its own.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let mut ends_at_semicolon = false;
    let mut has_body = false;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token {
            TokenTree::Ident(name) => match name.to_string().as_str() {
                _ if ends_at_semicolon || has_body => {}
                // `const fn` has a body; a `const` has none.
                "const" if ident(tokens, place + 1).is_some_and(|next| next == "fn") => {}
                "use" | "const" | "static" | "type" | "let" => ends_at_semicolon = true,
                "fn" | "mod" | "impl" | "struct" | "enum" | "trait" => has_body = true,
                _ => {}
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !ends_at_semicolon => {
                return place + 1;
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => return place + 1,
                ',' if !ends_at_semicolon && !has_body => return place + 1,
                _ => {}
            },
            _ => {}
        }
    }
    tokens.len()
}

/// The module that an item declares, if it declares one.
fn declared_module(item: &[TokenTree], parent: &[String]) -> Option<Path> {
    let at = (0..item.len()).find(|&at| ident(item, at).as_deref() == Some("mod"))?;
    Some([parent, &[ident(item, at + 1)?]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str) -> Path {
        path.split("::").map(str::to_owned).collect()
    }

    fn uses(text: &str) -> Vec<(String, String)> {
        let source = Source::parse(text, &words("render::output")).unwrap();
        source.uses.into_iter().map(|binding| (binding.name, binding.path.join("::"))).collect()
    }

    fn paths(text: &str) -> Vec<String> {
        let source = Source::parse(text, &words("render::output")).unwrap();
        source.paths.into_iter().map(|(_, path)| path.join("::")).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, path)| (name.to_owned(), path.to_owned())).collect()
    }

    #[test]
    fn nested_braces_self_globs_and_renames_are_read() {
        assert_eq!(
            uses("pub use super::{self, style::{Paint, Role as Part,}, hex, r#try::*};"),
            pairs(&[
                ("super", "super"),
                ("Paint", "super::style::Paint"),
                ("Part", "super::style::Role"),
                ("hex", "super::hex"),
                ("*", "super::try"),
            ])
        );
        assert_eq!(uses("use crate::render::{self};"), pairs(&[("render", "crate::render")]));
    }

    #[test]
    fn a_use_within_a_function_is_an_import_of_its_module() {
        assert_eq!(uses("fn f() { use super::hex; }"), pairs(&[("hex", "super::hex")]));
    }

    #[test]
    fn paths_in_code_and_in_attributes_are_read() {
        assert_eq!(
            paths(
                "#[arg(value_parser = super::parse)] struct A { a: crate::words::Line<super::style::Role> }
                 fn f() { super::exit::code::<u8>(); vec![self::hex::dump(b)]; }"
            ),
            [
                "super::parse",
                "crate::words::Line",
                "super::style::Role",
                "super::exit::code",
                "self::hex::dump"
            ]
        );
    }

    #[test]
    fn comments_strings_and_visibility_are_no_paths() {
        assert_eq!(
            paths("/// [`super::hex`]\npub(in crate::render) fn f() { g(\"super::hex\"); /* super::hex */ }"),
            [""; 0]
        );
    }

    #[test]
    fn precise_capturing_is_no_import() {
        assert_eq!(uses("fn f<'a>() -> impl Iterator + use<'a> { super::g() }"), pairs(&[]));
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out() {
        let text = "
            #[cfg(test)] use super::hex;
            #[cfg(test)] #[path = \"a_tests.rs\"] mod tests;
            #[cfg(all(test, unix))] mod more { use super::hex; }
            #[cfg(test)] const A: [u8; 2] = { super::hex::A };
            #[cfg(test)] const fn f<A, B>() -> u8 { super::hex::f() }
            struct S { #[cfg(test)] a: super::hex::A, b: super::style::B }
            #[cfg(not(test))] use super::json;
        ";
        assert_eq!(uses(text), pairs(&[("json", "super::json")]));
        assert_eq!(paths(text), ["super::style::B"]);
        let source = Source::parse(text, &words("render::output")).unwrap();
        assert_eq!(source.test_modules, [words("render::output::tests"), words("render::output::more")]);
    }

    #[test]
    fn an_inline_module_is_a_module_of_its_own() {
        let source = Source::parse("mod inner { use super::super::hex; }", &words("render::output")).unwrap();
        assert_eq!(source.inline_modules, [words("render::output::inner")]);
        assert_eq!(source.uses[0].module, words("render::output::inner"));
    }
}
