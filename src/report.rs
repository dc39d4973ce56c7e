//! The report: prompts from facts, the stages as a value, the Markdown file, the run
//! record. Pure.

pub(crate) mod escape;
pub mod export;
pub mod fill;
pub mod grammar;
pub mod model;
pub mod pipeline;
pub mod plain;
pub mod prompt;
pub mod record;
pub mod sections;
pub mod wording;
