//! The one builder of prompts: persona, rules and facts first, for all calls the same, so
//! that the engine's cache holds them; the task of the call last.

use super::{Block, FactLines, Prompt, Style, Turn};
use crate::report::{pipeline::Stage, writing::Degree};

const RULES: &str = include_str!("../../../assets/prompts/rules.md");
const FRONT: &str = include_str!("../../../assets/prompts/front.md");
/// Asks for one finding in the model's own words.
const GUIDED: &str = include_str!("../../../assets/prompts/guided.md");
/// The same for a model that continues documents.
const GUIDED_DOCUMENT: &str = include_str!("../../../assets/prompts/guided-document.md");

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

/// The prompt of a call. `points` are what it is to say: all of a section, or one finding.
pub fn build(
    task: Task,
    style: Style,
    degree: Degree,
    persona: &str,
    facts: &FactLines,
    points: &[String],
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
    for line in &facts.lines {
        add(Turn::User, line.text.clone(), line.rank, format!("facts about {}", line.about));
    }
    if facts.more > 0 {
        let more = format!("- More groups were measured; {} of them are not listed here.", facts.more);
        add(Turn::User, more, 1, String::new());
    }
    let tail = match (style, degree) {
        (Style::Chat, Degree::Guided) => filled(GUIDED, points),
        (Style::Document, Degree::Guided) => filled(GUIDED_DOCUMENT, points),
        (Style::Chat, _) => format!("\n{}", task.instruction().trim()),
        (Style::Document, _) => format!("\n## {}\n\n", task.heading()),
    };
    add(Turn::Task, tail, 0, String::new());
    Prompt { style, blocks }
}

fn filled(template: &str, points: &[String]) -> String {
    format!("\n{}", template.trim_end_matches('\n').replace("{point}", &points.join(" ")))
}
