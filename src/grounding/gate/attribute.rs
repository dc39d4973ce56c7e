//! Which group each figure of a sentence is given to: the one beside it, each to its own in a
//! list, or what the sentence speaks of.

use super::{
    Kind, Rejection,
    figures::{NEAR, Scene},
    lexicon::Class,
    read::{Reading, What},
    refer::{Referent, is_list},
};

/// Dimensions that a figure is given to.
pub type Dimensions<'a> = Vec<(&'a str, &'a str)>;

impl<'a> Scene<'_, 'a, '_> {
    /// The groups that the figure may be given to: the one that is named beside it, and the
    /// same with what was said before of the others' dimensions.
    pub(super) fn groups_of(&self, item: usize) -> Result<Vec<Option<Dimensions<'a>>>, Rejection> {
        let near = self.group_of(item)?;
        let Some(mut joined) = near.clone() else { return Ok(vec![near]) };
        let own = joined.len();
        for referent in self.referents.iter().rev().filter(|referent| referent.end < item) {
            let mut more = joined.clone();
            let news = referent.dimensions.iter().filter(|(key, _)| !joined.iter().any(|own| own.0 == *key));
            more.extend(news);
            if self.index.has_group(&more) {
                joined = more;
            }
        }
        let is_new = own < joined.len();
        let mut groups = vec![near];
        if is_new {
            // `best 3 ms (num_gpu=99), worst 5 ms`: the setting was that of the figure before.
            let rows = joined.iter().copied().filter(|(key, _)| self.index.is_row_key(key));
            let rows: Dimensions<'a> = rows.collect();
            groups.push(Some(joined));
            groups.push(Some(rows).filter(|rows| !rows.is_empty()));
        }
        groups.dedup();
        Ok(groups)
    }

    /// The group that is named beside the figure.
    pub(super) fn group_of(&self, item: usize) -> Result<Option<Dimensions<'a>>, Rejection> {
        let before: Vec<&Referent<'a>> = self.referents.iter().filter(|r| r.end < item).collect();
        let behind: Vec<&Referent<'a>> = self.referents.iter().filter(|r| r.start > item).collect();
        let figures = self.measured();
        let figure_between = |from: usize, to: usize| figures.iter().any(|(at, _)| *at > from && *at < to);
        if let Some(referent) = self.in_order(item, &before, &behind)? {
            return Ok(Some(referent.dimensions.clone()));
        }
        let left = self.left_of(item, &before);
        let right = behind.first().copied().filter(|right| {
            let comma =
                (item + 1..right.start).any(|at| matches!(self.reading.items[at].what, What::Break(',')));
            let owned = left.is_some_and(|left| !figure_between(left.end, item));
            self.is_bound(item, right.start) && !(comma && owned)
        });
        let chosen = match (left, right) {
            (Some(left), Some(right)) => {
                // `A on cuda took 1 ms and 2 ms on vulkan`: what is not said anew goes on.
                let mut joined = right.dimensions.clone();
                joined.extend(
                    left.dimensions
                        .iter()
                        .filter(|(key, _)| !right.dimensions.iter().any(|own| own.0 == *key)),
                );
                if self.index.has_group(&joined) { Some(joined) } else { Some(right.dimensions.clone()) }
            }
            (Some(one), None) | (None, Some(one)) => Some(one.dimensions.clone()),
            (None, None) => behind.first().map(|referent| referent.dimensions.clone()),
        };
        Ok(chosen)
    }

    /// The group before a figure: the nearest, or the one that is compared when it is
    /// `A is faster than B, at 3 ms`.
    fn left_of<'r>(&self, item: usize, before: &[&'r Referent<'a>]) -> Option<&'r Referent<'a>> {
        let nearest = before.last().copied()?;
        let [.., subject, _] = before else { return Some(nearest) };
        let between = |from: usize, to: usize, what: &What<'_>| {
            (from + 1..to).any(|at| self.reading.items[at].what == *what)
        };
        let is_compared = between(subject.end, nearest.start, &What::Says(Class::Than));
        let goes_on = between(nearest.end, item, &What::Break(','))
            && self.reading.items[item - 1].what != What::Break(',');
        let in_brackets = between(nearest.end, item, &What::Break('('));
        Some(if is_compared && goes_on && !in_brackets { subject } else { nearest })
    }

    /// `A and B reached 1 and 2`: each to its own.
    fn in_order<'r>(
        &self,
        item: usize,
        before: &[&'r Referent<'a>],
        behind: &[&'r Referent<'a>],
    ) -> Result<Option<&'r Referent<'a>>, Rejection> {
        let figures: Vec<usize> = self.measured().into_iter().map(|(at, _)| at).collect();
        let Some(place) = figures.iter().position(|at| *at == item) else { return Ok(None) };
        let mut first = place;
        while first > 0 && self.is_joined(figures[first - 1], figures[first]) {
            first -= 1;
        }
        let mut last = place;
        while last + 1 < figures.len() && self.is_joined(figures[last], figures[last + 1]) {
            last += 1;
        }
        let (count, own) = (last - first + 1, place - first);
        let previous = first.checked_sub(1).and_then(|place| figures.get(place)).copied();
        let since: Vec<&Referent<'a>> = before
            .iter()
            .copied()
            .filter(|referent| previous.is_none_or(|previous| referent.start > previous))
            .collect();
        if count > 1 && since.len() == count {
            return Ok(since.get(own).copied());
        }
        let run_before = trailing_list(self.reading, before);
        let run_behind = leading_list(self.reading, behind);
        if count > 1 && run_before.len() == count {
            return Ok(run_before.get(own).copied());
        }
        if count > 1 && run_behind.len() == count && before.is_empty() {
            return Ok(run_behind.get(own).copied());
        }
        let compared = self.reading.says(Class::Than);
        let is_near =
            run_before.last().is_some_and(|last| !figures.iter().any(|at| *at > last.end && *at < item));
        if run_before.len() > 1 && is_near && !compared && !self.is_bound_right(item, behind) {
            let names = run_before.iter().filter_map(|r| r.dimensions.first().map(|(_, value)| *value));
            let names: Vec<&str> = names.collect();
            let text = self.reading.words(item);
            return Err(Rejection::new(
                Kind::Group,
                format!("`{text}` is given to {} at once", names.join(" and ")),
            ));
        }
        Ok(None)
    }

    fn is_bound_right(&self, item: usize, behind: &[&Referent<'a>]) -> bool {
        behind.first().is_some_and(|right| self.is_bound(item, right.start))
    }

    /// Only `of`, `for` and the like between a figure and the group behind it?
    fn is_bound(&self, item: usize, start: usize) -> bool {
        const SMALL: [&str; 24] = [
            "of",
            "for",
            "by",
            "from",
            "on",
            "with",
            "in",
            "at",
            "the",
            "using",
            "model",
            "when",
            "set",
            "under",
            "measured",
            "achieved",
            "recorded",
            "delivered",
            "is",
            "was",
            "a",
            "its",
            "reached",
            "run",
        ];
        let mut has_preposition = false;
        start - item <= 2 * NEAR
            && (item + 1..start).all(|at| match &self.reading.items[at].what {
                What::Break(mark) => {
                    has_preposition |= *mark == '(';
                    matches!(mark, '(' | ',')
                }
                What::Key(_)
                | What::Metric(_)
                | What::Says(
                    Class::Reach | Class::Median | Class::Mean | Class::Bound | Class::Warm | Class::ColdRuns,
                ) => true,
                // `the highest (3 ms) is that of A`
                What::Says(Class::Than) if self.reading.words(at).eq_ignore_ascii_case("that of") => {
                    has_preposition = true;
                    true
                }
                // `3 ms over 5 runs for A`: how many runs there were stands between.
                What::Figure(_) => self.reading.words(at - 1).eq_ignore_ascii_case("over"),
                What::Says(Class::Neutral) => {
                    let word = self.reading.words(at).to_lowercase();
                    has_preposition |= matches!(
                        word.as_str(),
                        "of" | "for" | "by" | "from" | "on" | "with" | "using" | "in" | "at"
                    );
                    SMALL.contains(&word.as_str())
                }
                _ => false,
            })
            && has_preposition
    }
}

/// The groups listed at the end of these.
fn trailing_list<'r, 'a>(reading: &Reading<'a, '_>, all: &[&'r Referent<'a>]) -> Vec<&'r Referent<'a>> {
    let mut run: Vec<&Referent<'a>> = Vec::new();
    for &referent in all.iter().rev() {
        if run.last().is_some_and(|next| !is_list(reading, referent.end, next.start)) {
            break;
        }
        run.push(referent);
    }
    run.reverse();
    run
}

/// The groups listed at the start of these.
fn leading_list<'r, 'a>(reading: &Reading<'a, '_>, all: &[&'r Referent<'a>]) -> Vec<&'r Referent<'a>> {
    let mut run: Vec<&Referent<'a>> = Vec::new();
    for &referent in all {
        if run.last().is_some_and(|last| !is_list(reading, last.end, referent.start)) {
            break;
        }
        run.push(referent);
    }
    run
}
