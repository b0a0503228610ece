//! readline's start-up file, which says whether the user wants vi's keys.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// Whether the user's inputrc sets `editing-mode vi`, the default of `set editing`.
pub(super) fn wants_vi() -> bool {
    let named = std::env::var_os("INPUTRC").filter(|path| !path.is_empty()).map(PathBuf::from);
    let of_user = || Some(etcetera::base_strategy::Xdg::new().ok()?.home_dir().join(".inputrc"));
    let path = named.or_else(|| of_user().filter(|path| path.exists()));
    std::fs::read_to_string(path.unwrap_or_else(|| "/etc/inputrc".into())).is_ok_and(|text| says_vi(&text))
}

/// The last `set editing-mode` counts. Conditional blocks are for other programs or terminals and are skipped.
fn says_vi(text: &str) -> bool {
    let (mut vi, mut depth) = (false, 0_u32);
    for line in text.lines() {
        let line = line.to_lowercase();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["$if", ..] => depth += 1,
            ["$endif", ..] => depth = depth.saturating_sub(1),
            ["set", "editing-mode", mode] if depth == 0 => vi = *mode == "vi",
            _ => {}
        }
    }
    vi
}

#[cfg(test)]
mod tests {
    use super::says_vi;

    #[test]
    fn the_last_mode_counts_and_conditions_are_passed_over() {
        assert!(says_vi("# mine\nset bell-style none\n  Set Editing-Mode vi\n"));
        assert!(!says_vi("set editing-mode vi\nset editing-mode emacs\n"));
        assert!(!says_vi("$if psql\nset editing-mode vi\n$endif\n"));
        assert!(!says_vi("# set editing-mode vi\n"));
    }
}
