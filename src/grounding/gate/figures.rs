//! Is each figure of a sentence the value of a fact, given to the metric, the group and the
//! statistic that it belongs to?

use super::{
    Kind, Rejection, compare,
    counts::Counted,
    equal::Written,
    extremes,
    index::{self, Index, holds},
    lexicon::Class,
    read::{Reading, What},
    refer::{Referent, named},
};
use crate::{
    grounding::{
        fact::{Fact, FactRow, Statistic},
        precision::{half_step, is_within},
    },
    metrics::unit::Unit,
};

/// Items between a figure and the statistic or group behind it.
pub const NEAR: usize = 4;

/// The facts of the dates in a sentence: of the kinds of files that it names.
pub fn dated(scene: &Scene<'_, '_, '_>) -> Result<Vec<usize>, Rejection> {
    let text = scene.reading.text;
    let lower = text.to_lowercase();
    let kind = |fact: &Fact| fact.subject.split(' ').next().is_some_and(|kind| lower.contains(kind));
    let known = || {
        let facts = scene.index.ledger.facts.iter().enumerate();
        facts.filter(|(_, fact)| fact.statistic == Statistic::Date)
    };
    let names_kind = known().any(|(_, fact)| kind(fact));
    let mut facts = Vec::new();
    for date in &scene.reading.dates {
        let same = known().filter(|(_, fact)| {
            (!names_kind || kind(fact)) && index::days_of(fact).any(|day| index::is_day(date.day, day))
        });
        let before = facts.len();
        facts.extend(same.map(|(fact, _)| fact));
        if facts.len() == before {
            let written = text.get(date.range.clone()).unwrap_or_default();
            return Err(Rejection::new(Kind::Date, format!("no such file has the date `{written}`")));
        }
    }
    Ok(facts)
}

/// A figure and the fact that it states.
#[derive(Clone, Debug)]
pub struct Stated {
    /// Item of the figure.
    pub item: usize,
    /// The fact.
    pub fact: usize,
    /// Facts of other rows that say the same of the group that is meant.
    pub same: Vec<usize>,
}

/// How a figure sets two values beside each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// `twice`, `3 times`: one is so many times the other.
    Times,
    /// `63 % more`: by so many percent of the other.
    Percent,
    /// `118 tok/s more`: by so much, in this unit.
    Difference(Unit),
}

/// What a figure says how often or by how much: for the comparisons.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// Item of the figure.
    pub item: usize,
    /// Its value.
    pub value: f64,
    /// Half of its last place.
    pub tolerance: f64,
    /// How it compares.
    pub measure: Measure,
}

/// The figures of a sentence.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that state facts.
    pub stated: Vec<Stated>,
    /// Those that compare.
    pub ratios: Vec<Ratio>,
}

/// What is needed to judge a figure.
pub struct Scene<'r, 'a, 's> {
    /// The ledger.
    pub index: &'r Index<'a>,
    /// The sentence.
    pub reading: &'r Reading<'a, 's>,
    /// Its groups.
    pub referents: &'r [Referent<'a>],
    /// The only facts it may state.
    pub about: Option<&'r [usize]>,
}

/// Judges every figure.
pub fn judge(scene: &Scene<'_, '_, '_>) -> Result<Found, Rejection> {
    let mut found = Found::default();
    let mut counts = Vec::new();
    let mut shares = Vec::new();
    let mut done = Vec::new();
    for part in scene.parts() {
        let judged = scene.part(&part)?;
        done.extend([part.item, part.of_item]);
        found.stated.extend(judged);
    }
    for (item, figure) in scene.measured() {
        if done.contains(&item) {
            continue;
        }
        if let Some(ratio) = scene.difference(item, figure) {
            found.ratios.push(ratio);
        } else if let Some(stated) = scene.variation(item, figure)? {
            found.stated.push(stated);
        } else if let Some(ratio) = scene.ratio(item, figure) {
            shares.push((item, figure, ratio));
        } else if scene.is_count(item, figure) {
            counts.push((item, figure));
        } else if let Some((other, stated)) = scene.range(item)? {
            done.push(other);
            found.stated.extend(stated);
        } else {
            found.stated.push(scene.stated(item, figure)?);
        }
    }
    for (item, figure) in counts {
        let own = &scene.reading.figures[figure];
        let counted = Counted {
            item,
            value: own.value,
            text: own.text.clone(),
            unit: scene.unit_of(item, figure),
            end: own.range.end,
        };
        let stated = scene.count(&counted, &found.stated)?;
        found.stated.extend(stated);
    }
    for (item, figure, ratio) in shares {
        match scene.percent(item, figure, &found.stated) {
            Some(stated) => found.stated.push(stated),
            None => found.ratios.push(ratio),
        }
    }
    let in_words = scene.number_words(&found.stated, &done)?;
    found.stated.extend(in_words);
    scene.settings(&found.stated)?;
    Ok(found)
}

impl<'a> Scene<'_, 'a, '_> {
    pub(super) fn measured(&self) -> Vec<(usize, usize)> {
        let items = self.reading.items.iter().enumerate();
        items
            .filter_map(
                |(at, item)| if let What::Figure(figure) = item.what { Some((at, figure)) } else { None },
            )
            .filter(|(_, figure)| !self.reading.figures[*figure].is_structural)
            .collect()
    }

    pub(super) fn may_state(&self, fact: usize) -> bool {
        self.about.is_none_or(|about| about.contains(&fact))
    }

    /// The figure as written.
    pub(super) fn written(&self, item: usize, figure: usize) -> Written {
        Written::of(&self.reading.figures[figure], self.unit_of(item, figure).as_deref())
    }

    /// The unit behind a figure; one without has that of the next in its list.
    pub(super) fn unit_of(&self, item: usize, figure: usize) -> Option<String> {
        let own = &self.reading.figures[figure];
        if own.unit.is_some() {
            return own.unit.clone();
        }
        let mut from = item;
        for (next, other) in self.measured().into_iter().filter(|(at, _)| *at > item) {
            if next - from > 2 || !self.is_joined(from, next) {
                return None;
            }
            let unit = &self.reading.figures[other].unit;
            if unit.is_some() {
                return unit.clone();
            }
            from = next;
        }
        None
    }

    pub(super) fn is_joined(&self, from: usize, to: usize) -> bool {
        (from + 1..to).all(|at| match &self.reading.items[at].what {
            What::Break(mark) => matches!(mark, ',' | '–'),
            What::Says(Class::Neutral) => {
                matches!(self.reading.words(at).to_lowercase().as_str(), "and" | "to" | "or")
            }
            What::Says(Class::Than) => true,
            _ => false,
        })
    }

    fn ratio(&self, item: usize, figure: usize) -> Option<Ratio> {
        let figure = &self.reading.figures[figure];
        let unit = figure.unit.as_deref()?;
        let is_percent = matches!(unit, "%" | "percent");
        if !is_percent && !matches!(unit, "x" | "×" | "times") {
            return None;
        }
        // A share that was measured is a value like any other.
        if is_percent
            && self.reading.items.iter().any(|item| match &item.what {
                What::Metric(metrics) => metrics.iter().any(|&metric| {
                    self.index.metrics.get(metric).is_some_and(|measured| *measured.unit == Unit::Percent)
                }),
                _ => false,
            })
        {
            return None;
        }
        let measure = if is_percent { Measure::Percent } else { Measure::Times };
        Some(Ratio { item, value: figure.value, tolerance: half_step(figure), measure })
    }

    /// `118 tok/s faster`: a figure right before the word that compares.
    fn difference(&self, item: usize, figure: usize) -> Option<Ratio> {
        let written = self.written(item, figure);
        let unit = written.unit.clone().filter(|unit| *unit != Unit::Percent)?;
        let is_comparative = |at: usize| match self.reading.items.get(at).map(|item| &item.what) {
            Some(What::Says(class)) => compare::is_comparative(*class),
            _ => false,
        };
        let is_preposition = matches!(
            self.reading.words(item + 1).to_lowercase().as_str(),
            "above" | "below" | "behind" | "ahead of"
        );
        let is_known = self.index.metrics.iter().any(|measured| *measured.unit == unit);
        if !is_known || is_preposition || !is_comparative(item + 1) {
            return None;
        }
        let (value, tolerance) = written.canonical();
        Some(Ratio { item, value, tolerance, measure: Measure::Difference(unit) })
    }

    /// `A cv of 1.2 %`: the deviation beside the mean.
    fn variation(&self, item: usize, figure: usize) -> Result<Option<Stated>, Rejection> {
        let own = &self.reading.figures[figure];
        let is_percent = own.unit.as_deref().is_some_and(|unit| matches!(unit, "%" | "percent"));
        if !is_percent || self.statistics_for(item) != [Statistic::Cv] {
            return Ok(None);
        }
        let text = &own.text;
        let metrics = self.named_metrics(item);
        let mut first = None;
        for group in self.groups_of(item)? {
            let facts = self.index.ledger.facts.iter().enumerate().filter(|(fact, known)| {
                known.statistic == Statistic::Cv
                    && metrics.as_ref().is_none_or(|metrics| {
                        self.index.metric_of[*fact].is_some_and(|metric| metrics.contains(&metric))
                    })
                    && group.as_ref().is_none_or(|group| holds(&known.group, group))
                    && is_within(own.value, known.value, half_step(own))
                    && self.may_state(*fact)
            });
            let chosen: Vec<usize> = facts.map(|(fact, _)| fact).collect();
            let Some(&fact) = chosen.first() else { continue };
            match self.tells_which(item, &chosen, group.as_deref(), text) {
                Ok(()) => {
                    return Ok(Some(Stated { item, fact, same: chosen.into_iter().skip(1).collect() }));
                }
                Err(rejection) => {
                    first.get_or_insert(rejection);
                }
            }
        }
        Err(first.unwrap_or_else(|| Rejection::new(Kind::Figure, format!("no cv is `{text}`"))))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &'a FactRow> {
        self.index.ledger.rows.iter()
    }

    /// A measured value: which fact is it?
    fn stated(&self, item: usize, figure: usize) -> Result<Stated, Rejection> {
        let own = &self.reading.figures[figure];
        let written = self.written(item, figure);
        let text = &own.text;
        if written.unit.is_none() {
            return self.bare(item, figure, &written);
        }
        let metrics = self.metrics_for(item, &written, text)?;
        let statistics = self.statistics_for(item);
        let of_metric: Vec<(usize, &Fact)> = self
            .index
            .ledger
            .facts
            .iter()
            .enumerate()
            .filter(|(fact, known)| {
                self.index.metric_of[*fact].is_some_and(|metric| metrics.contains(&metric))
                    && known.statistic != Statistic::N
            })
            .collect();
        let equal: Vec<(usize, &Fact)> =
            of_metric.iter().copied().filter(|(_, fact)| written.equals(fact)).collect();
        let mut first = None;
        for group in self.groups_of(item)? {
            let group = group.as_deref();
            match self.of_group(item, text, &equal, &statistics, group) {
                Ok(Some(stated)) => return Ok(stated),
                Ok(None) => {
                    let rejection = reason(text, &equal, &of_metric, &statistics, group);
                    first.get_or_insert(rejection);
                }
                Err(rejection) => {
                    first.get_or_insert(rejection);
                }
            }
        }
        Err(first.unwrap_or_else(|| Rejection::new(Kind::Figure, format!("no fact has `{text}`"))))
    }

    /// The fact of a group that a figure equals, if any.
    fn of_group(
        &self,
        item: usize,
        text: &str,
        equal: &[(usize, &Fact)],
        statistics: &[Statistic],
        group: Option<&[(&str, &str)]>,
    ) -> Result<Option<Stated>, Rejection> {
        let is_of = |fact: &Fact| group.is_none_or(|group| holds(&fact.group, group));
        let fitting = equal.iter().filter(|(_, fact)| statistics.contains(&fact.statistic) && is_of(fact));
        let fitting: Vec<usize> = fitting.map(|(fact, _)| *fact).collect();
        let chosen: Vec<usize> = fitting.iter().copied().filter(|fact| self.may_state(*fact)).collect();
        let Some(&fact) = chosen.first() else {
            return if fitting.is_empty() {
                Ok(None)
            } else {
                Err(Rejection::new(
                    Kind::OffTopic,
                    format!("`{text}` is not what the sentence is to be about"),
                ))
            };
        };
        self.tells_which(item, &chosen, group, text)?;
        // The largest value is that of a best or worst run too, whose settings may be named.
        let is_extreme = |statistic| matches!(statistic, Statistic::Min | Statistic::Max);
        let extremes = self.index.fact(fact).filter(|fact| is_extreme(fact.statistic)).map(|_| {
            equal
                .iter()
                .filter(|(_, other)| {
                    matches!(other.statistic, Statistic::Best | Statistic::Worst) && is_of(other)
                })
                .map(|(other, _)| *other)
        });
        let same = chosen.into_iter().skip(1).chain(extremes.into_iter().flatten()).collect();
        Ok(Some(Stated { item, fact, same }))
    }

    /// A number without a unit: a metric that has none, named before it.
    fn bare(&self, item: usize, figure: usize, written: &Written) -> Result<Stated, Rejection> {
        let text = &self.reading.figures[figure].text;
        let none = || Rejection::new(Kind::Figure, format!("no fact has `{text}`"));
        let Some(metrics) = self.named_metrics(item) else { return Err(none()) };
        let group = self.group_of(item)?;
        let statistics = self.statistics_for(item);
        let facts = self.index.ledger.facts.iter().enumerate();
        let chosen: Vec<usize> = facts
            .filter(|(fact, known)| {
                known.unit == Unit::None
                    && self.index.metric_of[*fact].is_some_and(|metric| metrics.contains(&metric))
                    && statistics.contains(&known.statistic)
                    && group.as_ref().is_none_or(|group| holds(&known.group, group))
                    && written.equals(known)
                    && self.may_state(*fact)
            })
            .map(|(fact, _)| fact)
            .collect();
        let fact = *chosen.first().ok_or_else(none)?;
        self.tells_which(item, &chosen, group.as_deref(), text)?;
        Ok(Stated { item, fact, same: chosen.into_iter().skip(1).collect() })
    }

    /// A value must be that of every row it could be meant for, or the extreme of them.
    fn tells_which(
        &self,
        item: usize,
        chosen: &[usize],
        group: Option<&[(&str, &str)]>,
        text: &str,
    ) -> Result<(), Rejection> {
        let Some(fact) = chosen.first().and_then(|fact| self.index.fact(*fact)) else { return Ok(()) };
        let metric = chosen.first().and_then(|fact| self.index.metric_of[*fact]);
        let Some(measured) = metric.and_then(|metric| self.index.metrics.get(metric)) else { return Ok(()) };
        let wanted = group.unwrap_or_default();
        if matches!(fact.statistic, Statistic::Outlier | Statistic::Drift) && !wanted.is_empty() {
            return Ok(());
        }
        let is_single = matches!(
            fact.statistic,
            Statistic::Best | Statistic::Worst | Statistic::First | Statistic::Min | Statistic::Max
        );
        let others = measured.rows.iter().filter(|row| {
            let own = row.facts.iter().any(|fact| chosen.contains(fact));
            !own && (holds(&row.group, wanted) || (is_single && holds_where_known(row, wanted)))
        });
        let others: Vec<&&FactRow> = others.collect();
        if others.is_empty() {
            return Ok(());
        }
        // `The first run in FILE`: the file says which.
        if fact.statistic == Statistic::First
            && self.reading.items.iter().any(|item| matches!(item.what, What::File(_)))
        {
            return Ok(());
        }
        let values = others.iter().filter_map(|row| self.index.value_of(row, fact.statistic));
        let values: Vec<f64> = values.collect();
        if extremes::says_extreme(self.reading, item, measured.better(), fact.value, &values, fact.statistic)
        {
            return Ok(());
        }
        Err(Rejection::new(Kind::Group, format!("`{text}`: the sentence does not say of which group")))
    }

    /// From the smallest to the largest: of a group, or of all groups.
    fn range(&self, item: usize) -> Result<Option<(usize, Vec<Stated>)>, Rejection> {
        let before: Vec<usize> = (item.saturating_sub(2)..item).collect();
        if !before.iter().any(|at| self.reading.items[*at].what == What::Says(Class::Range)) {
            return Ok(None);
        }
        let Some((other, to)) = self.measured().into_iter().find(|(at, _)| *at > item) else {
            return Ok(None);
        };
        let What::Figure(from) = self.reading.items[item].what else { return Ok(None) };
        if !self.is_joined(item, other) {
            return Ok(None);
        }
        let (low, high) = (self.written(item, from), self.written(other, to));
        let text = &self.reading.figures[from].text;
        if low.unit.is_none() {
            return Ok(None);
        }
        let metrics = self.metrics_for(item, &low, text)?;
        if let Some(ends) = self.ends(item) {
            let stated = self.each_end(&ends, (item, &low), (other, &high), &metrics)?;
            return Ok(Some((other, stated)));
        }
        let group = self.group_of(item)?.or(self.group_of(other)?);
        if let Some(stated) = self.step(item, &low, other, &high, group.as_deref()) {
            return Ok(Some((other, stated)));
        }
        let of_interval = self.reading.text.contains("ci95");
        let statistic_is_named = self.statistics_for(item).len() == 1 && !of_interval;
        let pairs: &[(Statistic, Statistic)] = if of_interval {
            &[(Statistic::CiLow, Statistic::CiHigh)]
        } else if group.is_some() {
            &[(Statistic::Min, Statistic::Max)]
        } else {
            &[
                (Statistic::Median, Statistic::Median),
                (Statistic::Mean, Statistic::Mean),
                (Statistic::Min, Statistic::Max),
            ]
        };
        for metric in metrics {
            let Some(measured) = self.index.metrics.get(metric) else { continue };
            for (least, most) in pairs {
                if statistic_is_named && group.is_none() && !self.statistics_for(item).contains(least) {
                    continue;
                }
                let rows = measured
                    .rows
                    .iter()
                    .filter(|row| group.as_ref().is_none_or(|group| holds(&row.group, group)));
                let facts = |statistic: Statistic| {
                    let rows = rows.clone();
                    let facts = rows.filter_map(move |row| row.index(self.index.ledger, statistic));
                    facts.filter_map(|fact| Some((fact, self.index.fact(fact)?.value))).collect::<Vec<_>>()
                };
                let smallest = facts(*least).into_iter().min_by(|left, right| left.1.total_cmp(&right.1));
                let largest = facts(*most).into_iter().max_by(|left, right| left.1.total_cmp(&right.1));
                let (Some((low_fact, _)), Some((high_fact, _))) = (smallest, largest) else { continue };
                let is = |written: &Written, fact: usize| {
                    self.index.fact(fact).is_some_and(|fact| written.equals(fact)) && self.may_state(fact)
                };
                if (is(&low, low_fact) && is(&high, high_fact))
                    || (!of_interval && is(&high, low_fact) && is(&low, high_fact))
                {
                    let (first, second) =
                        if is(&low, low_fact) { (low_fact, high_fact) } else { (high_fact, low_fact) };
                    return Ok(Some((
                        other,
                        vec![
                            Stated { item, fact: first, same: Vec::new() },
                            Stated { item: other, fact: second, same: Vec::new() },
                        ],
                    )));
                }
            }
        }
        Err(Rejection::new(Kind::Figure, format!("no values range from or to `{text}`")))
    }

    /// A setting beside a figure must be one of the run that the figure is from.
    fn settings(&self, stated: &[Stated]) -> Result<(), Rejection> {
        for referent in self.referents.iter().filter(|referent| referent.is_setting(self.index)) {
            // Each end of `from A to B` was held against its own figure.
            if self.ends(usize::MAX).is_some() {
                continue;
            }
            let before = stated.iter().rev().find(|stated| stated.item < referent.start);
            let behind = stated.iter().find(|stated| stated.item > referent.end);
            // `…, with num_gpu=20 it is 3 ms` begins anew.
            let is_fronted = referent.start >= 2
                && matches!(self.reading.words(referent.start - 1).to_lowercase().as_str(), "with" | "at")
                && matches!(self.reading.items[referent.start - 2].what, What::Break(',' | ':' | ';'));
            let near = behind.filter(|_| is_fronted).or(before).or(behind);
            let known = |fact: &usize| {
                self.index.fact(*fact).is_some_and(|fact| holds(&fact.group, &referent.dimensions))
            };
            let fits = near.is_none_or(|near| known(&near.fact) || near.same.iter().any(known));
            if !fits {
                return Err(Rejection::new(
                    Kind::Group,
                    format!(
                        "the figure beside `{}` is not of such a run",
                        named(referent.dimensions.iter().copied())
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Why no fact is what a figure is said to be.
fn reason(
    text: &str,
    equal: &[(usize, &Fact)],
    of_metric: &[(usize, &Fact)],
    statistics: &[Statistic],
    group: Option<&[(&str, &str)]>,
) -> Rejection {
    let wanted = group.unwrap_or_default();
    let of = |fact: &Fact| {
        let subject = fact.subject.replace('_', " ");
        format!("`{text}` is the {} of {subject} of {}", fact.statistic.name(), named(group_of(fact)))
    };
    if let Some((_, fact)) = equal.iter().find(|(_, fact)| holds(&fact.group, wanted)) {
        return Rejection::new(Kind::Figure, of(fact));
    }
    if let Some((_, fact)) = equal.first() {
        let given = named(wanted.iter().copied());
        return Rejection::new(Kind::Group, format!("{}, not of {given}", of(fact)));
    }
    let known = of_metric
        .iter()
        .find(|(_, fact)| statistics.contains(&fact.statistic) && holds(&fact.group, wanted))
        .map(|(_, fact)| {
            format!(": the {} of {} is {}", fact.statistic.name(), named(group_of(fact)), fact.text)
        });
    Rejection::new(Kind::Figure, format!("no fact has `{text}`{}", known.unwrap_or_default()))
}

fn group_of(fact: &Fact) -> impl Iterator<Item = (&str, &str)> {
    fact.group.0.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
}

/// A row that could hold runs of this configuration, as far as its own dimensions say.
fn holds_where_known(row: &FactRow, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(key, value)| row.group.get(key).is_none_or(|own| own.as_ref() == *value))
}
