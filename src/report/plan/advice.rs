//! Recommendations, risks and mitigations: what the rules make of the observations.

use super::{
    Finding, Writer,
    observe::Observation,
    rules::Rule,
    template::{capital, either},
};

/// Recommendations of a report.
const MOST_ADVICE: usize = 8;
/// Risks of a report.
const MOST_RISKS: usize = 6;

/// Each rule once, for the most important observation that it follows from.
pub fn of(
    all: &[Observation],
    rules: &[Rule],
    writer: &mut Writer<'_>,
) -> (Vec<Finding>, Vec<(Finding, Finding)>) {
    let (mut advice, mut risks) = (Vec::new(), Vec::new());
    for rule in rules {
        for observation in all.iter().filter(|observation| rule.follows(observation)) {
            let Some(topic) = rule.topic.fill(&observation.slots) else { continue };
            let topic = capital(topic).first().text;
            let mut say = |templates| {
                let sentence = either(templates, &observation.slots)?;
                writer.finding(observation, topic.clone(), sentence, Some(&rule.name))
            };
            let own = say(&rule.advice);
            let risk = say(&rule.risk).zip(say(&rule.mitigation));
            if own.is_some() || risk.is_some() {
                advice.extend(own);
                risks.extend(risk);
                break;
            }
        }
    }
    advice.truncate(MOST_ADVICE);
    risks.truncate(MOST_RISKS);
    (advice, risks)
}
