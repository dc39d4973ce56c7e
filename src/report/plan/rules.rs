//! The rules by which recommendations, risks and mitigations follow from findings:
//! `assets/rules.toml`, with the user's file of that name over it.

use std::{fmt, sync::OnceLock};

use super::{Kind, observe::Observation, template::Template};
use crate::text::sanitize::Shown;

mod read;

const BUILT_IN: &str = include_str!("../../../assets/rules.toml");

/// What the program calls that file.
pub const RULES_FILE: &str = "rules.toml";

static RULES: OnceLock<Vec<Rule>> = OnceLock::new();

/// The rules in force: those of [`install`], or the built-in ones.
pub(super) fn rules() -> &'static [Rule] {
    RULES.get_or_init(built_in)
}

// The embedded file is checked by a test; of a broken one the sound rules hold.
fn built_in() -> Vec<Rule> {
    let mut rules = Vec::new();
    read::lay_over(&mut rules, BUILT_IN, RULES_FILE);
    rules
}

/// Lays a user's rules over the built-in ones, for the whole run. Where one of them cannot be
/// taken the built-in rules hold alone. To be called before the first report.
pub fn install(text: &str, file: &str) -> Vec<RuleProblem> {
    let mut rules = built_in();
    let mut problems = read::lay_over(&mut rules, text, file);
    if problems.is_empty() && RULES.set(rules).is_err() {
        let message = Shown::new("read too late: rules were already followed without it");
        problems.push(RuleProblem { file: Shown::new(file), line: 1, column: 1, message });
    }
    problems
}

/// Something in a file of rules that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// The file.
    pub file: Shown,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong; lower case, no full stop.
    pub message: Shown,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Its name, as the record gives it.
    pub name: String,
    /// The kind of finding that it follows from.
    pub after: Kind,
    /// What must hold of that finding.
    pub when: Vec<Condition>,
    /// Two to four words.
    pub topic: Template,
    /// The recommendation, in several wordings.
    pub advice: Vec<Template>,
    /// The risk, likewise.
    pub risk: Vec<Template>,
    /// What helps against it.
    pub mitigation: Vec<Template>,
}

impl Rule {
    /// Does it follow from this?
    pub fn follows(&self, from: &Observation) -> bool {
        self.after == from.kind && self.when.iter().all(|condition| condition.holds(from))
    }
}

/// A condition on what a finding measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    measure: String,
    compare: Compare,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Equal,
}

impl Condition {
    /// What the finding did not measure holds of nothing.
    fn holds(&self, of: &Observation) -> bool {
        of.measure(&self.measure).is_some_and(|measured| match self.compare {
            Compare::Less => measured < self.value,
            Compare::LessOrEqual => measured <= self.value,
            Compare::More => measured > self.value,
            Compare::MoreOrEqual => measured >= self.value,
            Compare::Equal => measured == self.value,
        })
    }
}

#[cfg(test)]
mod tests;
