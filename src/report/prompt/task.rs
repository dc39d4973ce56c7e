//! The one builder of prompts: persona, rules and facts first, for all calls the same, so
//! that the engine's cache holds them; the task of the call last.

use super::{Block, FactLines, Prompt, Style, Turn};
use crate::report::pipeline::Stage;

const RULES: &str = include_str!("../../../assets/prompts/rules.md");
const FRONT: &str = include_str!("../../../assets/prompts/front.md");
/// Rank of the notes from the analysis: the facts themselves are worth more.
const NOTES_RANK: u32 = u32::MAX;

/// What a call is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Performance analysis.
    Analysis,
    /// Executive summary.
    Summary,
    /// Key findings.
    Findings,
    /// Recommendations.
    Recommendations,
    /// Risks and mitigations.
    Risks,
}

impl Task {
    /// All, in the order in which they are made.
    pub const ALL: [Self; 5] =
        [Self::Analysis, Self::Summary, Self::Findings, Self::Recommendations, Self::Risks];

    /// The stage it belongs to.
    pub fn stage(self) -> Stage {
        if self == Self::Analysis { Stage::Analysis } else { Stage::Report }
    }
    /// As the stage line and the record call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Analysis => "performance analysis",
            Self::Summary => "executive summary",
            Self::Findings => "key findings",
            Self::Recommendations => "recommendations",
            Self::Risks => "risks and mitigations",
        }
    }
    /// Its heading in the report.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Analysis => "Performance Analysis",
            Self::Summary => "Executive Summary",
            Self::Findings => "Key Findings",
            Self::Recommendations => "Recommendations",
            Self::Risks => "Risks and Mitigations",
        }
    }
    /// Most tokens of the answer. Together some 700: a small model on a few CPU cores
    /// writes that in a minute, and has said all it can.
    pub fn max_tokens(self) -> u32 {
        match self {
            Self::Analysis => 192,
            Self::Findings | Self::Recommendations => 144,
            Self::Summary | Self::Risks => 112,
        }
    }
    /// The first words of the answer: a true sentence by code and the form of the next
    /// one. It leaves no room for a greeting and keeps small models with the facts.
    fn lead(self, opening: &str) -> String {
        let opening = opening.trim();
        match self {
            Self::Analysis | Self::Summary => opening.to_owned(),
            Self::Findings | Self::Recommendations if opening.is_empty() => "-".to_owned(),
            Self::Findings | Self::Recommendations => format!("- {opening}\n-"),
            Self::Risks if opening.is_empty() => "Risk:".to_owned(),
            Self::Risks => format!("{opening}\nRisk:"),
        }
    }
    fn instruction(self) -> &'static str {
        match self {
            Self::Analysis => include_str!("../../../assets/prompts/tasks/analysis.md"),
            Self::Summary => include_str!("../../../assets/prompts/tasks/summary.md"),
            Self::Findings => include_str!("../../../assets/prompts/tasks/findings.md"),
            Self::Recommendations => include_str!("../../../assets/prompts/tasks/recommendations.md"),
            Self::Risks => include_str!("../../../assets/prompts/tasks/risks.md"),
        }
    }
}

/// The part of a lead that belongs to the model's own first sentence: what stands behind
/// the sentence by code.
pub fn own_lead(lead: &str) -> &str {
    let last = lead.rsplit('\n').next().unwrap_or(lead);
    if last.ends_with(['.', '!', '?']) { "" } else { last }
}

/// The prompt of a call. `opening` is a sentence by code that the answer begins with.
/// `notes` are sentences that the model has already written and
/// that hold; they are the first to go when the context is short.
pub fn build(
    task: Task,
    style: Style,
    persona: &str,
    facts: &FactLines,
    notes: &str,
    opening: &str,
) -> Prompt {
    let persona = persona.trim();
    let mut blocks = Vec::new();
    let mut add = |turn, text: String, rank, label: String| blocks.push(Block { turn, text, rank, label });
    match style {
        Style::Chat => {
            add(Turn::System, format!("{persona}\n\n{}", RULES.trim()), 0, String::new());
            add(Turn::User, "Facts, computed from the benchmark files:".to_owned(), 0, String::new());
        }
        Style::Document => {
            let front =
                format!("# Technical Report: Chimera Insight Analysis\n\n{persona}\n\n{}", FRONT.trim());
            add(Turn::System, front, 0, String::new());
            add(Turn::User, "## Measured Facts\n".to_owned(), 0, String::new());
        }
    }
    for (line, rank) in facts.lines.iter().zip(1..) {
        add(Turn::User, line.text.clone(), rank, format!("facts about {}", line.about));
    }
    if facts.more > 0 {
        let more = format!("- More groups were measured; {} of them are not listed here.", facts.more);
        add(Turn::User, more, 1, String::new());
    }
    if !notes.is_empty() {
        let text = match style {
            Style::Chat => format!("\nFrom the performance analysis: {notes}"),
            Style::Document => format!("\n## {}\n\n{notes}", Task::Analysis.heading()),
        };
        add(Turn::Task, text, NOTES_RANK, "notes from the performance analysis".to_owned());
    }
    let tail = match style {
        Style::Chat => format!("\n{}", task.instruction().trim()),
        Style::Document => format!("\n## {}\n\n", task.heading()),
    };
    let lead = task.lead(opening);
    let tail = if style == Style::Document && !lead.is_empty() { tail.trim_end().to_owned() } else { tail };
    add(Turn::Task, tail, 0, String::new());
    if !lead.is_empty() {
        add(Turn::Answer, lead, 0, String::new());
    }
    Prompt { style, blocks }
}
