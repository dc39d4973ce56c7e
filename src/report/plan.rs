//! The plan of a report, made by code: what is worth saying, in which section, with which
//! facts and in which words. Every wording of it is true; a model may choose among them.

use std::collections::{HashMap, HashSet};

use super::grammar::Node;
use crate::{grounding::fact::Ledger, ingest::inventory::Inventory};

mod advice;
mod families;
mod observe;
mod phrases;
pub mod rules;
mod template;
mod view;

use observe::{Observation, observations};
use phrases::{Place, phrases};
use template::{capital, either};
use view::View;

/// Sentences of the executive summary.
const MOST_IN_SUMMARY: usize = 5;
/// Sentences of the analysis.
const MOST_IN_ANALYSIS: usize = 24;
/// Key findings.
const MOST_FINDINGS: usize = 10;

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Which group leads in a metric.
    Fastest,
    /// Which group is last.
    Slowest,
    /// Groups between which no difference is sure.
    Same,
    /// Groups of which the runs cannot tell which does better.
    Unclear,
    /// The settings of the best single run.
    BestConfiguration,
    /// The settings that no others beat in two metrics at once.
    Compromise,
    /// One metric against another.
    TradeOff,
    /// What explains the spread of a metric.
    Driver,
    /// What seems to, and changes together with something else.
    Confounded,
    /// Worse than before, or than the baseline.
    Regression,
    /// A rise or fall over time.
    Trend,
    /// A change of level.
    Step,
    /// A value far from its like.
    Outlier,
    /// A run that paid for loading the model.
    ColdStart,
    /// Runs that failed.
    Failure,
    /// How far runs lie apart.
    Spread,
    /// How the values of a metric lie.
    Level,
    /// Too few runs.
    FewRuns,
    /// How many files, rows or runs there are.
    Count,
    /// Files that repeat others.
    Duplicate,
    /// Files that could not be read.
    Problem,
    /// Values that others had summarised.
    Summarised,
    /// Nothing to report on.
    NoData,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Fastest,
        Self::Slowest,
        Self::Same,
        Self::Unclear,
        Self::BestConfiguration,
        Self::Compromise,
        Self::TradeOff,
        Self::Driver,
        Self::Confounded,
        Self::Regression,
        Self::Trend,
        Self::Step,
        Self::Outlier,
        Self::ColdStart,
        Self::Failure,
        Self::Spread,
        Self::Level,
        Self::FewRuns,
        Self::Count,
        Self::Duplicate,
        Self::Problem,
        Self::Summarised,
        Self::NoData,
    ];

    /// As `assets/rules.toml` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fastest => "fastest",
            Self::Slowest => "slowest",
            Self::Same => "same",
            Self::Unclear => "unclear",
            Self::BestConfiguration => "best_configuration",
            Self::Compromise => "compromise",
            Self::TradeOff => "trade_off",
            Self::Driver => "driver",
            Self::Confounded => "confounded",
            Self::Regression => "regression",
            Self::Trend => "trend",
            Self::Step => "step",
            Self::Outlier => "outlier",
            Self::ColdStart => "cold_start",
            Self::Failure => "failure",
            Self::Spread => "spread",
            Self::Level => "level",
            Self::FewRuns => "few_runs",
            Self::Count => "count",
            Self::Duplicate => "duplicate",
            Self::Problem => "problem",
            Self::Summarised => "summarised",
            Self::NoData => "no_data",
        }
    }
}

/// A claim, with the facts that it may state and the ways to say it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Two to four words on what it is about.
    pub topic: String,
    /// The facts that some wording states, as indices into the ledger.
    pub facts: Vec<usize>,
    /// The wordings; the first is code's own.
    pub sentence: Node,
    /// How much a reader would care.
    pub weight: f64,
    /// The rule that it follows from, for recommendations, risks and mitigations.
    pub rule: Option<String>,
}

/// What a report says, section by section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Executive summary.
    pub summary: Vec<Finding>,
    /// Performance analysis, metric by metric: the topic is the metric.
    pub analysis: Vec<Finding>,
    /// Key findings, most wanted first.
    pub findings: Vec<Finding>,
    /// Recommendations, each by a rule.
    pub recommendations: Vec<Finding>,
    /// Risks with their mitigations, each by a rule.
    pub risks: Vec<(Finding, Finding)>,
}

impl Plan {
    /// Of the facts of a folder and the files in it.
    pub fn of(ledger: &Ledger, inventory: &Inventory) -> Self {
        let view = View::of(ledger, inventory);
        let all = observations(&view);
        let mut writer = Writer::of(ledger);
        let findings = writer.section(&all, Place::Finding, MOST_FINDINGS);
        let summary = writer.section(&all, Place::Summary, MOST_IN_SUMMARY);
        let analysis = writer.section(&all, Place::Analysis, MOST_IN_ANALYSIS);
        let (recommendations, risks) = advice::of(&all, rules::rules(), &mut writer);
        Self { summary, analysis, findings, recommendations, risks }
    }
}

/// Makes findings of observations, no sentence twice.
struct Writer<'a> {
    /// Indices of the facts by their ids.
    facts: HashMap<&'a str, usize>,
    said: HashSet<String>,
}

impl<'a> Writer<'a> {
    fn of(ledger: &'a Ledger) -> Self {
        let facts = ledger.facts.iter().enumerate().map(|(index, fact)| (fact.id.as_str(), index));
        Self { facts: facts.collect(), said: HashSet::new() }
    }

    /// The observations that speak in this place, in their order.
    fn section(&mut self, all: &[Observation], place: Place, most: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for observation in all {
            let Some(phrases) = phrases(observation.phrase) else { continue };
            // A phrase that comes again begins with another of its templates: code's own
            // wording is the first, and a report by code alone should not repeat itself.
            let mut templates = phrases.at(place).to_vec();
            let uses = uses.entry(observation.phrase).or_insert(0_usize);
            // A summary says a thing once; what is like it stands among the findings.
            if place == Place::Summary && *uses > 0 {
                continue;
            }
            let turn = *uses % templates.len().max(1);
            templates.rotate_left(turn);
            let Some(sentence) = either(&templates, &observation.slots) else { continue };
            let Some(topic) = phrases.topic.fill(&observation.slots) else { continue };
            if findings.len() < most {
                *uses += 1;
                findings.extend(self.finding(observation, capital(topic).first().text, sentence, None));
            }
        }
        findings
    }

    /// `None` where it has been said already.
    fn finding(
        &mut self,
        of: &Observation,
        topic: String,
        sentence: Node,
        rule: Option<&str>,
    ) -> Option<Finding> {
        if !self.said.insert(sentence.first().text) {
            return None;
        }
        let mut facts = Vec::new();
        self.figures(&sentence, &mut facts);
        Some(Finding {
            kind: of.kind,
            topic,
            facts,
            sentence: capital(sentence),
            weight: of.weight,
            rule: rule.map(str::to_owned),
        })
    }

    fn figures(&self, node: &Node, facts: &mut Vec<usize>) {
        match node {
            Node::Text(_) | Node::Name(_) => {}
            Node::Figure { id, .. } => {
                if let Some(&fact) = self.facts.get(id.as_str())
                    && !facts.contains(&fact)
                {
                    facts.push(fact);
                }
            }
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.figures(part, facts)),
        }
    }
}

#[cfg(test)]
mod tests;
