//! The report: prompts from facts, the stages as a value, the Markdown file, the run
//! record. Pure.

pub mod bundle;
pub mod card;
pub(crate) mod escape;
pub mod export;
pub mod figures;
pub mod grammar;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod prompt;
pub mod record;
pub mod sections;
pub mod verify;
pub mod wording;
pub mod writing;
