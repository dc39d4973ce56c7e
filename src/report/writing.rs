//! What an engine is asked to write beyond free text: findings in their slots, with the facts
//! that they may state, and how free the model is in wording them. It travels with a request;
//! what came of it travels back slot by slot.

use serde::{Deserialize, Serialize};

use super::grammar::Node;
use crate::grounding::fact::Ledger;

/// How free the model is. The order is that of freedom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Degree {
    /// It chooses its way through sentences that are true whichever it takes.
    Worded,
    /// It says one finding at a time in its own words; a gate reads each sentence.
    Guided,
    /// It writes a section from the facts; a gate reads each sentence.
    Free,
    /// It writes as it likes, numerals too; the gate reads afterwards, and what does not hold
    /// is not taken. For measuring what the other degrees are worth.
    Unguarded,
}

impl Degree {
    /// All, the least free first.
    pub const ALL: [Self; 4] = [Self::Worded, Self::Guided, Self::Free, Self::Unguarded];

    /// As settings, records and tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Worded => "worded",
            Self::Guided => "guided",
            Self::Free => "free",
            Self::Unguarded => "unguarded",
        }
    }
    /// The degree of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|degree| degree.name() == name)
    }
}

/// How a model that may not type a digit names a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FigureForm {
    /// The fact's own display text, admitted as one unit.
    #[default]
    Text,
    /// A reference `{{id}}`, which the display text replaces.
    Reference,
}

/// A sentence to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Words in front of it that nobody chooses: a list mark, a blank.
    pub lead: String,
    /// True sentences that say it; the first is code's own.
    pub sentence: Node,
    /// The facts it may state, as indices into [`Writing::ledger`].
    pub facts: Vec<usize>,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    /// How free the model is, to begin with.
    pub degree: Degree,
    /// How it names figures.
    pub form: FigureForm,
    /// How often a sentence is tried in one degree before a lower one takes over.
    pub tries: u8,
    /// What fails all tries is written in a lower degree. Otherwise it is left out: the model
    /// is being measured.
    pub falls_back: bool,
    /// The sentences, in order.
    pub slots: Vec<Slot>,
    /// Sentences that free writing has at most.
    pub free_sentences: usize,
    /// The facts that the slots and the prompt speak of.
    pub ledger: Ledger,
    /// Names that a text may use: files, models.
    pub names: Vec<String>,
    /// What the report says already.
    pub said: Vec<String>,
}

/// A sentence that was written and passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Its slot; `None` in free writing.
    pub slot: Option<usize>,
    /// The sentence, without the lead.
    pub text: String,
    /// How the model wrote it; `None`: by code.
    pub degree: Option<Degree>,
    /// The facts it states, as indices into [`Writing::ledger`].
    pub facts: Vec<usize>,
    /// Sentences that were rejected before it.
    pub rejected: u32,
}

/// A sentence that was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Its slot; `None` in free writing.
    pub slot: Option<usize>,
    /// The sentence, as far as it was written.
    pub text: String,
    /// In which degree it was written.
    pub degree: Degree,
    /// What kind of fault: `figure`, `comparison`, …
    pub kind: String,
    /// The fault, for people.
    pub reason: String,
}
