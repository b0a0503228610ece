//! The interactive shell.

pub mod words;
