//! Which of the names of a sentence a figure belongs to.

use super::Sentence;
use crate::grounding::{
    check::lexicon::{Mention, Name},
    figure::Figure,
};

/// Words between a figure and the name behind it that it belongs to.
const NEAR_WORDS: usize = 6;
/// They tie a figure to the name behind it.
const TIES: [&str; 12] = ["for", "of", "on", "with", "by", "in", "from", "at", "using", "under", "per", "("];

/// What is counted stands between a count and the word that ties it to a name.
fn is_counted(word: &str) -> bool {
    matches!(
        word,
        "warm" | "cold" | "valid" | "successful" | "failed" | "runs" | "rows" | "samples" | "values"
    )
}

/// The names of one sort that a figure belongs to: the one close behind it that a
/// preposition or a bracket ties to it, else the last ones before it with no figure between
/// them, else the first behind it.
pub fn attached<'s>(
    sentence: &'s Sentence<'_>,
    figure: &Figure,
    is_wanted: &dyn Fn(&Mention) -> bool,
) -> Vec<&'s Mention> {
    let from = figure.range.start.saturating_sub(sentence.start);
    let to = figure.range.end.saturating_sub(sentence.start);
    let all: Vec<&Mention> = sentence.mentions.iter().filter(|mention| is_wanted(mention)).collect();
    let behind = all.iter().find(|mention| mention.range.start >= to);
    let is_statistic = |mention: &Mention| matches!(mention.name, Name::Statistic(_));
    if let Some(mention) = behind
        && is_tied(sentence, to, first_of_phrase(sentence, to, mention))
        && !(is_statistic(mention) && has_own_figure(sentence, mention.range.end))
    {
        return vec![mention];
    }
    let mut run: Vec<&Mention> = Vec::new();
    for mention in all.iter().rev().filter(|mention| mention.range.end <= from) {
        if let Some(next) = run.last()
            && sentence.figures.iter().any(|other| {
                let at = other.start.saturating_sub(sentence.start);
                at >= mention.range.end && at < next.range.start
            })
        {
            break;
        }
        run.push(mention);
    }
    if run.is_empty() {
        // A statistic further behind has a figure of its own; a file there is a remark.
        let is_far = |mention: &Mention| is_statistic(mention) || matches!(mention.name, Name::Files(_));
        // A name behind a comma or an "and" that has a figure behind it is the label of that one.
        let is_beside = |mention: &Mention| {
            let between = sentence.text.get(to..mention.range.start).unwrap_or_default();
            let is_next = sentence
                .figures
                .iter()
                .any(|other| other.start.saturating_sub(sentence.start) >= mention.range.end)
                && !sentence.figures.iter().any(|other| {
                    let at = other.start.saturating_sub(sentence.start);
                    at >= to && at < mention.range.start
                });
            let is_apart =
                [", ", " and ", " while ", " but ", " whereas "].iter().any(|word| between.contains(word));
            let is_of_next = is_next && is_apart && matches!(mention.name, Name::Metrics(_));
            let is_of_clause =
                is_next && [" while ", " but ", " whereas "].iter().any(|word| between.contains(word));
            !(between.contains(';') || is_of_next || is_of_clause)
        };
        return behind
            .into_iter()
            .copied()
            .filter(|mention| !is_far(mention) && is_beside(mention))
            .collect();
    }
    run.reverse();
    run
}

/// The first of the names that are told in one breath: `gemma3:1b, device=CPU, quantization=Q4`.
pub fn first_of_phrase<'s>(sentence: &'s Sentence<'_>, to: usize, mention: &'s Mention) -> &'s Mention {
    let mut first = mention;
    for before in sentence.mentions.iter().rev() {
        if before.range.end > first.range.start || before.range.start < to {
            continue;
        }
        let gap = sentence.text.get(before.range.end..first.range.start).unwrap_or("x");
        let is_name = matches!(before.name, Name::Values(..) | Name::Key(_));
        if !is_name || !gap.trim_matches([' ', ',', '=', '`', '*', '"']).is_empty() {
            break;
        }
        first = before;
    }
    first
}

/// Does a number stand close behind this place: `(median 5 ms`?
fn has_own_figure(sentence: &Sentence<'_>, end: usize) -> bool {
    let rest =
        sentence.text.get(end..).unwrap_or_default().trim_start_matches([' ', ':', '=', '~', '*', '`']);
    let rest = rest.strip_prefix("of ").unwrap_or(rest);
    rest.starts_with(|c: char| c.is_ascii_digit())
}

/// Does the text between a figure and a name behind it tie them together?
pub fn is_tied(sentence: &Sentence<'_>, to: usize, mention: &Mention) -> bool {
    let Some(between) = sentence.text.get(to..mention.range.start) else { return false };
    let is_crossed = sentence.figures.iter().any(|other| {
        let at = other.start.saturating_sub(sentence.start);
        at >= to && at < mention.range.start
    });
    let trimmed = between.trim_matches([' ', '*', '`', '_', '"']);
    if is_crossed || trimmed.contains([',', ';', ':', ')']) {
        return false;
    }
    if trimmed.is_empty() || trimmed == "(" {
        return true;
    }
    if matches!(mention.name, Name::Statistic(_)) {
        return false;
    }
    let words: Vec<String> = trimmed.split_whitespace().map(str::to_lowercase).collect();
    // `37 warm runs for gemma`
    let counted = words.iter().take_while(|word| is_counted(word)).count();
    let words = words.get(counted..).unwrap_or_default();
    words.len() <= NEAR_WORDS
        && words.first().is_some_and(|word| TIES.contains(&word.as_str()) || word.starts_with('('))
}
