//! What a sentence is there for: it states facts, says what to do, or says what may be of
//! measuring in general; and whether it bears on the finding that it is to word.

use super::{
    Kind, Rejection,
    figures::Scene,
    lexicon::{Class, lexicon},
    read::{Reading, What},
};
use crate::grounding::fact::{Fact, Statistic};

/// Verbs that a recommendation begins with.
const IMPERATIVES: [&str; 76] = [
    "let",
    "hold",
    "weigh",
    "plan",
    "interleave",
    "alternate",
    "shuffle",
    "mend",
    "establish",
    "state",
    "store",
    "change",
    "close",
    "delete",
    "move",
    "mind",
    "beware",
    "judge",
    "mix",
    "decide",
    "settle",
    "see",
    "write",
    "load",
    "go",
    "use",
    "run",
    "repeat",
    "prefer",
    "start",
    "look",
    "find",
    "warm",
    "keep",
    "check",
    "compare",
    "measure",
    "set",
    "avoid",
    "try",
    "consider",
    "report",
    "record",
    "repair",
    "give",
    "vary",
    "add",
    "put",
    "score",
    "choose",
    "pick",
    "select",
    "test",
    "treat",
    "leave",
    "exclude",
    "separate",
    "investigate",
    "inspect",
    "fix",
    "review",
    "monitor",
    "collect",
    "adopt",
    "make",
    "do",
    "rerun",
    "re-run",
    "read",
    "take",
    "confirm",
    "verify",
    "validate",
    "begin",
    "fill",
    "note",
];
/// Words of advice and of what is not known.
const MODALS: [&str; 9] = ["may", "might", "could", "should", "must", "can", "need", "needs", "would"];

/// Verbs that tell the reader of a report what to read, and nobody what to measure, unless
/// they stand before a name or one of the words of [`SEARCHES`].
const READS: [&str; 6] = ["find", "see", "read", "look", "consider", "review"];
/// Words behind such a verb that make it advice: `find out`, `look into`.
const SEARCHES: [&str; 5] = ["out", "into", "for", "first", "why"];
/// Words for a text or a part of one.
const TEXTS: [&str; 14] = [
    "finding",
    "findings",
    "summary",
    "sentence",
    "sentences",
    "statement",
    "statements",
    "wording",
    "paragraph",
    "conclusion",
    "recommendation",
    "recommendations",
    "example",
    "point",
];

/// May the sentence stand, by what it is there for? `facts` are those that it rests on.
pub fn judge(scene: &Scene<'_, '_, '_>, facts: &[usize]) -> Result<(), Rejection> {
    let reading = scene.reading;
    let off_topic = |reason: &str| Err(Rejection::new(Kind::OffTopic, reason.to_owned()));
    if speaks_of_text(reading) {
        return off_topic("it speaks of the text, not of the data");
    }
    let about = scene.about.filter(|about| !about.is_empty());
    if !facts.is_empty() {
        return match about {
            Some(about) if !bears_on(scene, facts, about) => off_topic("it says nothing of its finding"),
            _ => Ok(()),
        };
    }
    let has_anchor = reading.items.iter().enumerate().any(|(at, item)| match item.what {
        What::Metric(_) | What::Value(..) | What::Key(_) => true,
        What::Says(_) => reading.words(at).to_lowercase().split(' ').any(|word| lexicon().is_anchor(word)),
        _ => false,
    });
    if !has_anchor {
        return off_topic("it speaks of nothing that was measured");
    }
    if is_imperative(reading) {
        return match about {
            _ if is_for_readers(reading) => off_topic("it tells the reader what to read"),
            Some(about) if !names_any(scene, about) => off_topic("it says nothing of its finding"),
            _ => Ok(()),
        };
    }
    let is_general = scene.referents.is_empty() && (has_modal(reading) || reading.says(Class::General));
    // A finding with facts is not worded by what holds of any data.
    if is_general && about.is_none() {
        return Ok(());
    }
    off_topic("it states no fact")
}

/// Begins it, or what follows its first comma, with a verb that tells what to do?
pub fn is_imperative(reading: &Reading<'_, '_>) -> bool {
    let is_verb = |at: usize| {
        let words = reading.words(at).to_lowercase();
        words.split(' ').next().is_some_and(|word| IMPERATIVES.contains(&word))
    };
    let opens = ["where", "when", "if", "for", "to", "before", "after", "first", "then"];
    let first = reading.words(0).to_lowercase();
    is_verb(0)
        || (opens.contains(&first.as_str())
            && reading
                .items
                .iter()
                .enumerate()
                .any(|(at, item)| item.what == What::Break(',') && is_verb(at + 1)))
        || (reading.items.get(1).is_some_and(|item| item.what == What::Break(':')) && is_verb(2))
}

/// Does any item hold a word of advice, or of what is not known?
pub fn has_modal(reading: &Reading<'_, '_>) -> bool {
    (0..reading.items.len()).any(|at| MODALS.contains(&reading.words(at).to_lowercase().as_str()))
}

/// `A finding could read like this`, `the summary should say`.
fn speaks_of_text(reading: &Reading<'_, '_>) -> bool {
    let claim = |what: &What<'_>| matches!(what, What::Metric(_) | What::Value(..) | What::Figure(_));
    let subject = (0..reading.items.len())
        .take_while(|at| !reading.items.get(*at).is_some_and(|item| claim(&item.what)))
        .find(|at| TEXTS.contains(&reading.words(*at).to_lowercase().as_str()));
    subject.is_some() && has_modal(reading)
}

/// `Find the results on a page`: no advice on measuring.
fn is_for_readers(reading: &Reading<'_, '_>) -> bool {
    let is_verb = |at: usize| READS.contains(&reading.words(at).to_lowercase().as_str());
    let is_search = |at: usize| SEARCHES.contains(&reading.words(at).to_lowercase().as_str());
    let names = |item: &super::read::Item<'_>| {
        matches!(item.what, What::Metric(_) | What::Value(..) | What::Key(_) | What::File(_))
    };
    let is_reader = |at: usize| matches!(reading.words(at).to_lowercase().as_str(), "reader" | "readers");
    (0..reading.items.len()).any(is_reader) || is_verb(0) && !is_search(1) && !reading.items.iter().any(names)
}

/// Is one of the facts of the metric or thing that the finding is about?
fn bears_on(scene: &Scene<'_, '_, '_>, facts: &[usize], about: &[usize]) -> bool {
    let subject = |fact: &usize| scene.index.fact(*fact).map(|fact| fact.subject.as_str());
    facts.iter().any(|fact| about.contains(fact) || about.iter().any(|own| subject(own) == subject(fact)))
}

/// Names the sentence a metric, a group or a mishap of these facts?
fn names_any(scene: &Scene<'_, '_, '_>, about: &[usize]) -> bool {
    let facts = || about.iter().filter_map(|fact| scene.index.fact(*fact).map(|known| (*fact, known)));
    let of_any = |is: &dyn Fn(&Fact) -> bool| facts().any(|(_, fact)| is(fact));
    scene.reading.items.iter().any(|item| match &item.what {
        What::Metric(metrics) => facts().any(|(fact, _)| {
            scene.index.metric_of.get(fact).copied().flatten().is_some_and(|of| metrics.contains(&of))
        }),
        What::Value(key, value) => {
            of_any(&|fact| fact.group.get(key).is_some_and(|own| own.as_ref() == *value))
        }
        What::Key(key) => of_any(&|fact| {
            fact.group.get(key).is_some() || fact.driver.as_deref().is_some_and(|driver| driver == *key)
        }),
        What::File(file) => of_any(&|fact| {
            fact.sources.iter().any(|source| source.path.to_lowercase().ends_with(file.as_str()))
        }),
        What::Says(Class::Failure) => of_any(&|fact| {
            matches!(fact.statistic, Statistic::Failed | Statistic::FailedShare | Statistic::Count)
        }),
        What::Says(Class::Cold | Class::FirstRun | Class::ColdRuns | Class::Warm) => of_any(&|fact| {
            matches!(fact.statistic, Statistic::First | Statistic::ColdMedian | Statistic::WarmMedian)
        }),
        What::Says(Class::Far) => of_any(&|fact| fact.statistic == Statistic::Outlier),
        _ => false,
    })
}
