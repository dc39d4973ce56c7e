//! Claims of other kinds: causes, changes, verdicts, all and none, failures.

use super::{
    Kind, Rejection, conditions,
    equal::counts_runs,
    figures::{Found, Scene, Stated},
    index::Index,
    lexicon::Class,
    read::{Reading, What},
    relate, says, statement,
};
use crate::grounding::fact::{Fact, Statistic};

/// A deviation of this share of the mean tells steady from varied.
const SPREAD: f64 = 0.10;
/// And this share very steady from steady.
const VERY_STEADY: f64 = 0.05;
/// Words that make steady very steady.
const VERY: [&str; 3] = ["very", "highly", "remarkably"];
/// Words that say that values lie close together; the others of their class say the opposite.
const STEADY: [&str; 24] = [
    "very stable",
    "very steady",
    "very consistent",
    "highly consistent",
    "highly stable",
    "remarkably stable",
    "varies little",
    "stable",
    "steady",
    "consistent",
    "consistently",
    "constant",
    "constantly",
    "stability",
    "consistency",
    "predictable",
    "reliable",
    "reliably",
    "reproducible",
    "uniform",
    "uniformly",
    "flat",
    "unchanged",
    "smooth",
];
/// Words that nothing can back.
pub fn unbacked(reading: &Reading<'_, '_>, index: &Index<'_>) -> Result<Vec<usize>, Rejection> {
    let mut facts = Vec::new();
    let reject = |kind, reason: String| Err(Rejection::new(kind, reason));
    for (at, item) in reading.items.iter().enumerate() {
        let What::Says(class) = item.what else { continue };
        let word = reading.words(at);
        match class {
            Class::Person => return reject(Kind::Chat, format!("`{word}`: a report speaks of no one")),
            Class::Pointer => {
                return reject(Kind::OffTopic, format!("`{word}` points at something that is not there"));
            }
            Class::Cause | Class::Together => match relate::driver_at(reading, index, at, class) {
                Some(fact) => facts.push(fact),
                None => return reject(Kind::Cause, format!("`{word}`: no driver fact shows a cause")),
            },
            Class::Judgement => {
                return reject(Kind::Judgement, format!("`{word}`: a verdict that no fact measures"));
            }
            Class::Vague => return reject(Kind::NumberWord, format!("`{word}`: how many, no fact says")),
            _ => {}
        }
    }
    Ok(facts)
}

/// The rest, once figures and orders are known to hold.
pub fn rest(scene: &Scene<'_, '_, '_>, found: &Found, has_facts: bool) -> Result<(), Rejection> {
    let reading = scene.reading;
    let is_advice = statement::is_imperative(reading);
    negations(reading, found, has_facts, is_advice)?;
    bounds(reading)?;
    for (at, item) in reading.items.iter().enumerate() {
        let What::Says(class) = item.what else { continue };
        let word = reading.words(at);
        match class {
            // `only 4 runs`: the count is a fact.
            Class::Always
                if word.eq_ignore_ascii_case("only")
                    && matches!(reading.items.get(at + 1).map(|next| &next.what), Some(What::Figure(_))) => {}
            Class::Always if !(is_both(scene, word) || is_advice && found.stated.is_empty()) => {
                return Err(Rejection::new(
                    Kind::Superlative,
                    format!("`{word}`: no fact speaks of all or none"),
                ));
            }
            Class::Stable if !(is_advice && found.stated.is_empty()) => spread(scene, found, word)?,
            Class::Trend => relate::moves(scene, found, at)?,
            Class::Cold => cold(scene, found, word, is_advice)?,
            Class::Failure => failure(scene, found, word, is_advice)?,
            _ => {}
        }
    }
    files(scene, found, is_advice)
}

fn negations(
    reading: &Reading<'_, '_>,
    found: &Found,
    has_facts: bool,
    is_advice: bool,
) -> Result<(), Rejection> {
    let Some(at) = reading.items.iter().position(|item| says(&item.what, Class::Negation)) else {
        return Ok(());
    };
    // `Do not choose by one run` denies no fact.
    let is_order = is_advice && at == 1 && reading.words(0).eq_ignore_ascii_case("do");
    if is_order || is_advice && !has_facts && found.ratios.is_empty() {
        return Ok(());
    }
    let word = reading.words(at);
    Err(Rejection::new(Kind::Comparison, format!("`{word}`: no fact says what is not so")))
}

/// `over 300 tok/s` says less than the fact, or more.
fn bounds(reading: &Reading<'_, '_>) -> Result<(), Rejection> {
    for (at, item) in reading.items.iter().enumerate() {
        let is_bound = says(&item.what, Class::Bound) || says(&item.what, Class::Approximately);
        let Some(What::Figure(figure)) = reading.items.get(at + 1).map(|next| &next.what) else { continue };
        let Some(figure) = reading.figures.get(*figure) else { continue };
        let word = reading.words(at).to_lowercase();
        let behind = reading.text.get(figure.range.end..).unwrap_or_default();
        let noun = figure.unit.as_deref().or_else(|| behind.split_whitespace().next()).unwrap_or_default();
        let is_ratio = matches!(noun, "%" | "percent" | "x" | "×" | "times");
        // `over 15 runs`: that many runs lie under the value.
        let is_across = matches!(word.as_str(), "over" | "within")
            && (counts_runs(noun) || matches!(noun, "cold" | "warm"));
        let is_rounded = says(&item.what, Class::Approximately);
        if is_bound && !is_ratio && !is_across && !is_rounded {
            return Err(Rejection::new(
                Kind::Figure,
                format!("`{word} {}`: a limit is no fact", figure.text),
            ));
        }
    }
    Ok(())
}

/// `both` where the sentence, or the data, has two.
fn is_both(scene: &Scene<'_, '_, '_>, word: &str) -> bool {
    let has_claim = scene.reading.items.iter().any(|item| match item.what {
        What::Figure(_) => true,
        What::Says(class) => matches!(
            class,
            Class::Best | Class::Worst | Class::Fastest | Class::Slowest | Class::Highest | Class::Lowest
        ),
        _ => false,
    });
    if !word.eq_ignore_ascii_case("both") {
        return false;
    }
    // `Both were measured over 30 runs`: a count without a group was held against all rows.
    let counts_alone = scene.referents.is_empty()
        && scene.index.count_of("models") == Some(2)
        && scene.reading.figures.iter().all(|figure| figure.unit.as_deref().is_some_and(counts_runs));
    counts_alone || (scene.referents.len() == 2 && !has_claim)
}

/// A word about the spread needs a deviation in the sentence that bears it out.
fn spread(scene: &Scene<'_, '_, '_>, found: &Found, word: &str) -> Result<(), Rejection> {
    let lower = word.to_lowercase();
    let is_steady = STEADY.contains(&lower.as_str());
    let limit = if VERY.iter().any(|very| lower.starts_with(very)) { VERY_STEADY } else { SPREAD };
    let shares = found.stated.iter().filter_map(|stated| {
        let fact = scene.index.fact(stated.fact)?;
        if fact.statistic == Statistic::Cv {
            return Some(fact.value / 100.0);
        }
        if fact.statistic != Statistic::Stddev {
            return None;
        }
        let row = scene.index.ledger.rows.iter().find(|row| row.facts.contains(&stated.fact))?;
        let mean = scene.index.value_of(row, Statistic::Mean)?;
        Some((fact.value / mean).abs())
    });
    let shares: Vec<f64> = shares.collect();
    if !shares.is_empty() && shares.iter().all(|share| (*share <= limit) == is_steady) {
        return Ok(());
    }
    Err(Rejection::new(Kind::Trend, format!("`{word}`: no deviation in the sentence bears it out")))
}

fn cold(scene: &Scene<'_, '_, '_>, found: &Found, word: &str, is_advice: bool) -> Result<(), Rejection> {
    let is_first = |fact: &Fact| fact.statistic == Statistic::First;
    let states = found.stated.iter().any(|stated| scene.index.fact(stated.fact).is_some_and(is_first));
    let is_there = scene.index.ledger.facts.iter().any(is_first);
    // Advice on warming up is good for any data; of a group it says that there was one.
    let is_general = found.stated.is_empty()
        && scene.referents.is_empty()
        && (is_advice || (is_there && statement::has_modal(scene.reading)));
    if states || is_general || !conditions::cold(scene).is_empty() {
        return Ok(());
    }
    Err(Rejection::new(Kind::Cause, format!("`{word}`: no fact in the sentence is of a first run")))
}

fn failure(scene: &Scene<'_, '_, '_>, found: &Found, word: &str, is_advice: bool) -> Result<(), Rejection> {
    let is_loss = |stated: &Stated| {
        scene.index.fact(stated.fact).is_some_and(|fact| {
            fact.statistic == Statistic::Count
                && !matches!(
                    fact.subject.as_str(),
                    "files" | "csv files" | "json files" | "markdown files" | "text files"
                )
        })
    };
    let states = found.stated.iter().any(is_loss) && scene.referents.is_empty();
    let is_there = scene.index.ledger.count("failed rows") > 0
        || ["unreadable files", "partly read files"].iter().any(|what| scene.index.ledger.count(what) > 0);
    let of_group = |stated: &Stated| {
        scene
            .index
            .fact(stated.fact)
            .is_some_and(|fact| matches!(fact.statistic, Statistic::Failed | Statistic::FailedShare))
    };
    let lower = word.to_lowercase();
    if ["largest", "larger", "most"].iter().any(|more| lower.contains(more)) {
        return relate::fails_most(scene, found, word);
    }
    let states = states || found.stated.iter().any(of_group);
    if states || (is_advice && is_there && scene.referents.is_empty()) {
        return Ok(());
    }
    Err(Rejection::new(Kind::OffTopic, format!("`{word}`: no fact in the sentence counts it")))
}

/// A file that is named beside figures must be a source of one of them.
fn files(scene: &Scene<'_, '_, '_>, found: &Found, is_advice: bool) -> Result<(), Rejection> {
    for item in &scene.reading.items {
        let What::File(file) = &item.what else { continue };
        let is_source = |fact: &Fact| {
            fact.sources.iter().any(|source| {
                let path = source.path.to_lowercase();
                path == *file
                    || path.rsplit('/').next() == Some(file)
                    || path.trim_end_matches(".csv") == file
            })
        };
        let facts: Vec<&Fact> = found
            .stated
            .iter()
            .flat_map(|stated| std::iter::once(&stated.fact).chain(&stated.same))
            .filter_map(|fact| scene.index.fact(*fact))
            .collect();
        if !facts.is_empty() && !facts.iter().any(|fact| is_source(fact)) {
            return Err(Rejection::new(Kind::Name, format!("no figure of the sentence comes from `{file}`")));
        }
        if facts.is_empty() && !is_advice {
            return Err(Rejection::new(Kind::OffTopic, format!("it says of `{file}` what no fact backs")));
        }
    }
    Ok(())
}
