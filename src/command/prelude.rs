//! What the file of every command imports.

pub(crate) use anyhow::Result;
pub(crate) use clap::Args;

pub(crate) use super::context::{Command, Context, ControlFlow, RunOptions};
pub(crate) use super::exit::Problem;
pub(crate) use super::facts::{Danger, Example, Facts, Group, TWO_UNACKED};
pub(crate) use super::tree::Input;
