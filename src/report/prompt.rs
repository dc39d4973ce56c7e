//! The prompt builder: ranked blocks in one order for both styles (chat, document),
//! fitted to the context by the real tokenizer.

use serde::{Deserialize, Serialize};

mod facts;
mod task;

pub use facts::{FactLines, fact_lines};
pub use task::{Task, build};

/// How a model wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    /// Turns, by the model's chat template.
    Chat,
    /// A document to continue (base models).
    Document,
}

/// Who says a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// Instructions and persona.
    System,
    /// The user's, the same for all calls of a report: the facts. Engines keep it evaluated.
    User,
    /// The user's, of this call: notes and what is to be written.
    Task,
    /// The first words of the answer, put into the model's mouth.
    Answer,
}

/// A piece of a prompt that stands or falls as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Whose turn.
    pub turn: Turn,
    /// The text. It may hold file content: it is tokenised so that control tokens in it stay text.
    pub text: String,
    /// 0 must stay; of the others the highest goes first when the context is too short.
    pub rank: u32,
    /// What a report calls it when it was left out: `facts about gemma3:1b`.
    pub label: String,
}

/// A prompt, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Style.
    pub style: Style,
    /// Blocks in the order in which the model reads them.
    pub blocks: Vec<Block>,
}

/// What the engine gets, in order. Only a template part may hold control tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Scaffolding: control tokens are read as such.
    Template(String),
    /// Content: control tokens stay text.
    Data(String),
    /// What stands before is the same for all calls of a report: batches end here, so that a
    /// cache that holds it and one that does not give the same numbers.
    Seam,
}

/// A prompt that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// What stayed.
    pub prompt: Prompt,
    /// Labels of what was left out, most wanted first.
    pub left_out: Vec<String>,
    /// Tokens of what stayed.
    pub tokens: usize,
}

/// The parts that must stay are too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prompt needs at least {needed} tokens and the context has room for {room}")]
pub struct TooLong {
    /// Tokens of the blocks of rank 0.
    pub needed: usize,
    /// Tokens there is room for.
    pub room: usize,
}

/// Leaves out the highest ranks until the prompt has at most `room` tokens. `count` counts
/// the tokens of the whole prompt as the engine would evaluate it; it is asked once when all
/// fits, else about once for each halving of the ranks.
pub fn fit(prompt: &Prompt, room: usize, count: &mut dyn FnMut(&Prompt) -> usize) -> Result<Fitted, TooLong> {
    let mut ranks: Vec<u32> = prompt.blocks.iter().map(|block| block.rank).chain([0]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let all = count(prompt);
    if all <= room {
        return Ok(Fitted { prompt: prompt.clone(), left_out: Vec::new(), tokens: all });
    }
    // The ranks up to `ranks[fits]` fit, those up to `ranks[fails]` do not.
    let least = up_to(prompt, 0);
    let needed = if ranks.len() == 1 { all } else { count(&least) };
    if needed > room {
        return Err(TooLong { needed, room });
    }
    let (mut fits, mut fails) = (0, ranks.len() - 1);
    let mut best = (least, needed);
    while fails - fits > 1 {
        let middle = usize::midpoint(fits, fails);
        let candidate = up_to(prompt, ranks.get(middle).copied().unwrap_or_default());
        let tokens = count(&candidate);
        if tokens <= room {
            fits = middle;
            best = (candidate, tokens);
        } else {
            fails = middle;
        }
    }
    let kept = ranks.get(fits).copied().unwrap_or_default();
    let mut gone: Vec<&Block> = prompt.blocks.iter().filter(|block| block.rank > kept).collect();
    gone.sort_by_key(|block| block.rank);
    let mut left_out: Vec<String> = Vec::new();
    for block in gone {
        if !block.label.is_empty() && !left_out.contains(&block.label) {
            left_out.push(block.label.clone());
        }
    }
    Ok(Fitted { prompt: best.0, left_out, tokens: best.1 })
}

fn up_to(prompt: &Prompt, rank: u32) -> Prompt {
    let blocks = prompt.blocks.iter().filter(|block| block.rank <= rank).cloned().collect();
    Prompt { style: prompt.style, blocks }
}

/// The parts of a prompt. `template` renders (system, user) with placeholders into the
/// text around them, as the model's chat template does; `None` for the document style.
/// The placeholders are [`SYSTEM_SLOT`] and [`USER_SLOT`]. A template without a place for
/// the system text gets it in front of the user's. Blocks of one turn are joined by line
/// breaks; those of the answer come last.
pub fn parts(prompt: &Prompt, template: Option<&str>) -> Vec<Part> {
    let (system, user) = (turn(prompt, Turn::System), turn(prompt, Turn::User));
    let (task, answer) = (turn(prompt, Turn::Task), turn(prompt, Turn::Answer));
    let chat = match prompt.style {
        Style::Chat => template.filter(|template| template.contains(USER_SLOT)),
        Style::Document => None,
    };
    let mut parts = Vec::new();
    let Some(template) = chat else {
        let shared = joined(&[&system, &user], "\n\n");
        let rest = joined(&[&task, &answer], "\n\n");
        if !shared.is_empty() && !rest.is_empty() {
            push(&mut parts, Part::Data(shared + if task.is_empty() { "\n\n" } else { "\n" }));
            parts.push(Part::Seam);
            push(&mut parts, Part::Data(rest));
        } else {
            push(&mut parts, Part::Data(shared + &rest));
        }
        return parts;
    };
    let (system, user) = if template.contains(SYSTEM_SLOT) {
        (system.trim().to_owned(), user.trim_start().to_owned())
    } else {
        (String::new(), joined(&[&system, &user], "\n\n").trim_start().to_owned())
    };
    let mut rest = template;
    while let Some((slot, at)) = next_slot(rest) {
        push(&mut parts, Part::Template(rest.get(..at).unwrap_or_default().to_owned()));
        if slot == SYSTEM_SLOT {
            push(&mut parts, Part::Data(system.clone()));
        } else if user.is_empty() || task.is_empty() {
            push(&mut parts, Part::Data(format!("{user}{task}").trim().to_owned()));
        } else {
            push(&mut parts, Part::Data(format!("{user}\n")));
            parts.push(Part::Seam);
            push(&mut parts, Part::Data(task.trim_end().to_owned()));
        }
        rest = rest.get(at + slot.len()..).unwrap_or_default();
    }
    push(&mut parts, Part::Template(rest.to_owned()));
    push(&mut parts, Part::Data(answer));
    parts
}

fn next_slot(template: &str) -> Option<(&'static str, usize)> {
    [SYSTEM_SLOT, USER_SLOT]
        .into_iter()
        .filter_map(|slot| template.find(slot).map(|at| (slot, at)))
        .min_by_key(|(_, at)| *at)
}

fn turn(prompt: &Prompt, turn: Turn) -> String {
    let texts: Vec<&str> =
        prompt.blocks.iter().filter(|block| block.turn == turn).map(|block| block.text.as_str()).collect();
    texts.join("\n")
}

fn joined(texts: &[&str], between: &str) -> String {
    let texts: Vec<&str> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
    texts.join(between)
}

fn push(parts: &mut Vec<Part>, part: Part) {
    if !matches!(&part, Part::Template(text) | Part::Data(text) if text.is_empty()) {
        parts.push(part);
    }
}

/// Stands for the system text in a rendered template.
pub const SYSTEM_SLOT: &str = "\u{E000}system\u{E001}";
/// Stands for the user text in a rendered template.
pub const USER_SLOT: &str = "\u{E000}user\u{E001}";

/// The personas that come with the program, by name: the first is the default.
pub fn personas() -> &'static [(&'static str, &'static str)] {
    &PERSONAS
}

/// The text of a persona: the user's own by that name (the content of their file), else
/// the one that comes with the program.
pub fn persona(name: &str, user: Option<&str>) -> Option<(String, String)> {
    let own = user.map(str::trim).filter(|text| !text.is_empty());
    let shipped = PERSONAS.iter().find(|(known, _)| *known == name).map(|(_, text)| text.trim());
    own.or(shipped).map(|text| (name.to_owned(), text.to_owned()))
}

static PERSONAS: [(&str, &str); 3] = [
    ("insight", include_str!("../../assets/prompts/personas/insight.md")),
    ("brief", include_str!("../../assets/prompts/personas/brief.md")),
    ("regression-hunter", include_str!("../../assets/prompts/personas/regression-hunter.md")),
];

#[cfg(test)]
mod tests;
