//! The modules of a crate, and which file a path leads to.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Path, Source};

/// How many `use`s a name may pass through, so that a name that leads to itself ends.
const LONGEST_CHAIN: usize = 16;

/// One file imports another: the paths of both below `src`.
pub(crate) type Import = (String, String);

#[derive(Default)]
struct Module {
    file: String,
    /// What each name that a `use` brings in stands for.
    names: BTreeMap<String, Vec<Path>>,
}

/// All modules of a crate that are part of the program, by path; the crate itself is the empty path.
#[derive(Default)]
pub(crate) struct Modules {
    modules: BTreeMap<Path, Module>,
    sources: Vec<Source>,
}

impl Modules {
    /// `files` are paths below `src` and texts. Test modules and everything below them are left out.
    pub(crate) fn new(files: &[(String, String)]) -> Result<Self, String> {
        let mut tree = Self::default();
        let mut tests = BTreeSet::new();
        let mut sources = Vec::new();
        for (file, text) in files {
            let module = module_of(file);
            let source = Source::parse(text, &module).map_err(|error| format!("{file}: {error}"))?;
            tests.extend(source.test_modules.iter().cloned());
            sources.push((file, module, source));
        }
        for (file, module, source) in sources {
            if is_test_file(file) || (0..=module.len()).any(|end| tests.contains(&module[..end])) {
                continue;
            }
            for module in source.inline_modules.iter().chain([&module]) {
                tree.modules.entry(module.clone()).or_default().file.clone_from(file);
            }
            for binding in &source.uses {
                let module = tree.modules.entry(binding.module.clone()).or_default();
                module.names.entry(binding.name.clone()).or_default().push(binding.path.clone());
            }
            tree.sources.push(source);
        }
        Ok(tree)
    }

    /// Every import of one file by another. A name that a `mod.rs` re-exports from a file is an import of
    /// that file; a name that arrives through a glob is one of the file with the glob.
    pub(crate) fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for source in &self.sources {
            let uses = source.uses.iter().map(|binding| (&binding.module, &binding.path));
            for (module, path) in uses.chain(source.paths.iter().map(|(module, path)| (module, path))) {
                let from = &self.modules[module].file;
                if let Some(to) = self.file_of(module, path, 0)
                    && to != from
                {
                    imports.insert((from.clone(), to.to_owned()));
                }
            }
        }
        imports
    }

    /// The file to which a path in `module` leads; `None` for what is not of this crate.
    fn file_of(&self, module: &[String], path: &[String], passed: usize) -> Option<&str> {
        if passed > LONGEST_CHAIN {
            return None;
        }
        let mut module = module;
        let mut path = path;
        match path.first()?.as_str() {
            "crate" => (module, path) = (&[], &path[1..]),
            "self" => path = &path[1..],
            "super" => {}
            first => {
                let child = [module, &[first.to_owned()]].concat();
                if !self.modules.contains_key(&child) && !self.modules[module].names.contains_key(first) {
                    return None;
                }
            }
        }
        while path.first().is_some_and(|first| first == "super") {
            (module, path) = (&module[..module.len().checked_sub(1)?], &path[1..]);
        }
        let mut at = module.to_vec();
        for (place, name) in path.iter().enumerate() {
            at.push(name.clone());
            if self.modules.contains_key(&at) {
                continue;
            }
            at.pop();
            // Not a module: what a `use` brings in, or an item of this file.
            let mut targets = self.modules.get(&at)?.names.get(name).into_iter().flatten();
            let file = targets
                .find_map(|target| self.file_of(&at, &[target, &path[place + 1..]].concat(), passed + 1));
            return file.or(Some(&self.modules[&at].file));
        }
        Some(&self.modules.get(&at)?.file)
    }
}

/// `render/hex.rs` and `render/hex/mod.rs` both hold `render::hex`.
fn module_of(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Path::new() } else { path.split('/').map(str::to_owned).collect() }
}

fn is_test_file(file: &str) -> bool {
    file.ends_with("_tests.rs") || file.split('/').any(|part| part == "tests" || part == "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The imports of a small crate, each as `from -> to`.
    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|&(file, text)| (file.to_owned(), text.to_owned())).collect();
        let imports = Modules::new(&files).unwrap().imports();
        imports.into_iter().map(|(from, to)| format!("{from} -> {to}")).collect()
    }

    #[test]
    fn super_self_and_crate_lead_to_files() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; mod y; mod z;"),
            ("a/x.rs", "use super::y::Y;"),
            ("a/y.rs", "fn f() { crate::b::g() }"),
            ("a/z/mod.rs", "mod deep; use self::deep::D;"),
            ("a/z/deep.rs", "use super::super::x;"),
            ("b.rs", ""),
        ];
        assert_eq!(
            imports(&files),
            ["a/x.rs -> a/y.rs", "a/y.rs -> b.rs", "a/z/deep.rs -> a/x.rs", "a/z/mod.rs -> a/z/deep.rs"]
        );
    }

    #[test]
    fn a_declaration_imports_nothing_and_a_re_export_imports_the_file() {
        assert_eq!(imports(&[("a/mod.rs", "mod x;"), ("a/x.rs", "")]), [""; 0]);
        assert_eq!(imports(&[("a/mod.rs", "mod x; pub use x::X;"), ("a/x.rs", "")]), ["a/mod.rs -> a/x.rs"]);
    }

    #[test]
    fn a_re_exported_name_leads_to_the_file_it_comes_from() {
        let files = [
            ("a/mod.rs", "mod x; mod y; pub use x::{X, f as g}; pub struct Own;"),
            ("a/x.rs", ""),
            ("a/y.rs", "use super::X; use super::g;"),
            ("b.rs", "use crate::a::X;"),
        ];
        assert_eq!(imports(&files), ["a/mod.rs -> a/x.rs", "a/y.rs -> a/x.rs", "b.rs -> a/x.rs"]);
    }

    #[test]
    fn a_name_that_mod_rs_defines_leads_to_mod_rs() {
        let files = [("a/mod.rs", "mod x; pub struct Own;"), ("a/x.rs", "use super::Own;")];
        assert_eq!(imports(&files), ["a/x.rs -> a/mod.rs"]);
    }

    #[test]
    fn a_path_behind_an_imported_module_leads_to_the_last_file() {
        let files = [
            ("a/mod.rs", "mod sub; mod x;"),
            ("a/sub/mod.rs", "pub mod once;"),
            ("a/sub/once.rs", ""),
            ("a/x.rs", "use super::sub; fn f() { sub::once::run() }"),
        ];
        assert_eq!(imports(&files), ["a/x.rs -> a/sub/mod.rs", "a/x.rs -> a/sub/once.rs"]);
    }

    #[test]
    fn a_path_to_a_child_without_use_is_an_import() {
        let files = [("a/mod.rs", "mod x; fn f() { x::f() }"), ("a/x.rs", "")];
        assert_eq!(imports(&files), ["a/mod.rs -> a/x.rs"]);
    }

    #[test]
    fn other_crates_and_names_that_lead_to_themselves_are_left_out() {
        let files =
            [("a/mod.rs", "mod x;"), ("a/x.rs", "use std::fmt; use regex::regex; fn f() { fmt::A; }")];
        assert_eq!(imports(&files), [""; 0]);
    }

    #[test]
    fn tests_are_left_out() {
        let files = [
            ("a/mod.rs", "mod x; #[cfg(test)] mod cost; #[cfg(test)] mod tests;"),
            ("a/cost.rs", "use super::x;"),
            ("a/tests/mod.rs", "use super::x;"),
            ("a/x.rs", ""),
            ("a/x/tests.rs", "use super::super::x;"),
            ("a/x_tests.rs", "use super::*;"),
        ];
        assert_eq!(imports(&files), [""; 0]);
    }
}
