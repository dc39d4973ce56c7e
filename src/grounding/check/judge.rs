//! One figure in its sentence: what kind of statement it is, and which judge it goes to.

use std::collections::BTreeMap;

mod beside;

use beside::{factor_behind, range_end, respectively, shared_unit, unit_of_head};

use super::{
    Folder,
    amount::{Family, Print, Reading, readings},
    count::kind_of_word,
    dates::Clock,
    lexicon::{Class, Mention, Name},
    page::{Kind, Piece},
    pool::{Line, Wanted},
    quantity::Ask,
    relation::{Compared, Relation},
    scope::{Level, Scope, Sentence, sentences, value_index},
    verdict::{Backing, NO_FACT, Verdict},
};
use crate::{
    grounding::{
        fact::{Fact, Statistic},
        figure::{DateText, Figure},
    },
    metrics::{series::Group, unit::Unit},
};

impl Folder<'_> {
    /// Which figures are values of settings; their rows are what the sentence speaks of.
    pub fn settings(
        &self,
        piece: &Piece,
        sentence: &mut Sentence<'_>,
        figures: &[Figure],
    ) -> Vec<Option<u32>> {
        let mut keys: Vec<Option<u32>> = Vec::new();
        for (index, figure) in figures.iter().enumerate() {
            let unit = figure.unit.as_deref().map(str::to_lowercase);
            let may_be = !figure.is_structural
                && unit.as_deref().is_none_or(|unit| matches!(unit, "tokens" | "token" | "layers" | "k"));
            let mut key = if may_be { sentence.key_of(&figure.range, &self.lexicon) } else { None };
            if may_be && key.is_none() {
                key = self.key_of_head(piece, figure);
            }
            // `num_gpu of 60, 80 and 100`
            if may_be
                && key.is_none()
                && let Some(before) = index.checked_sub(1).and_then(|before| figures.get(before))
                && let Some(Some(known)) = keys.last()
            {
                let between = sentence
                    .text
                    .get(before.range.end - sentence.start..figure.range.start - sentence.start)
                    .unwrap_or("x");
                let glue = between.trim_matches([' ', ',', '*', '`', '/', '&']);
                if matches!(
                    glue,
                    "" | "and" | "or" | "to" | "–" | "-" | "vs" | "vs." | "versus" | "then" | "and then"
                ) {
                    key = Some(*known);
                }
            }
            let has_values = key
                .is_some_and(|key| self.lexicon.values.get(key as usize).is_some_and(|all| !all.is_empty()));
            if let Some(key) = key.filter(|_| has_values) {
                // A value that no row has: the sentence speaks of no row.
                let value = value_index(figure.value, &self.lexicon, key);
                let range = figure.range.start - sentence.start..figure.range.end - sentence.start;
                let is_known = sentence.mentions.iter().any(|mention| {
                    mention.range.start == range.start && matches!(mention.name, Name::Values(..))
                });
                if !is_known {
                    sentence
                        .mentions
                        .push(Mention { range, name: Name::Values(key, value.into_iter().collect()) });
                    sentence.mentions.sort_by_key(|mention| mention.range.start);
                }
            }
            keys.push(key);
        }
        keys
    }

    /// The setting whose name is the head of the column that the figure alone stands in.
    fn key_of_head(&self, piece: &Piece, figure: &Figure) -> Option<u32> {
        let Kind::Cell(cell) = &piece.kind else { return None };
        let marks = [' ', '*', '`', '_'];
        let is_alone = piece.text.trim_matches(marks) == figure.text.trim_matches(marks);
        let head = cell.head.trim_matches(marks);
        let mentions = if is_alone { self.lexicon.mentions(head) } else { Vec::new() };
        let key = mentions.iter().find_map(|mention| match mention.name {
            Name::Key(key) if mention.range == (0..head.len()) => Some(key),
            _ => None,
        })?;
        let name = self.lexicon.keys.get(key as usize)?;
        let has_values = self.lexicon.values.get(key as usize).is_some_and(|all| !all.is_empty());
        // `| Runs |` may count what is called `run`; a head as it is written in the files is one.
        let is_sure = **name == *head || value_index(figure.value, &self.lexicon, key).is_some();
        (has_values && is_sure).then_some(key)
    }

    /// Judges the value of a setting.
    pub fn setting(&self, key: u32, figure: &Figure) -> Verdict {
        let name = self.lexicon.keys.get(key as usize).map_or("", |name| &**name);
        if let Some(value) = value_index(figure.value, &self.lexicon, key) {
            let mut backing = Backing::new(name, "setting", String::new(), figure.value, &Unit::None);
            let values = BTreeMap::from([(key, vec![value])]);
            let wanted = Wanted { values, files: Vec::new() };
            let selection = self.pool.select(&wanted, &self.lexicon);
            if let Some(selected) = selection.iter().find(|selected| !selected.is_loose)
                && let Some(line) = self.pool.line(selected)
            {
                backing = backing.from(line.sources(selected));
            }
            return Verdict::Grounded(backing);
        }
        let print = Print::of(figure, false);
        if let verdict @ Verdict::Grounded(_) = self.cell(name, &print) {
            return verdict;
        }
        let mut values: Vec<String> = self
            .lexicon
            .values
            .get(key as usize)
            .map(|values| values.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        if values.is_empty() {
            values = self.evidence.cells.distinct(name, SHOWN + 1).iter().map(ToString::to_string).collect();
        }
        match values.as_slice() {
            [only] => Verdict::Mismatched(None, format!("the folder has {name} {only}")),
            [] => Verdict::Ungrounded(NO_FACT.to_owned()),
            several => {
                let more = if several.len() > SHOWN { ", …" } else { "" };
                let shown: Vec<&str> = several.iter().take(SHOWN).map(String::as_str).collect();
                Verdict::Ungrounded(format!("the folder has {name} {}{more}", shown.join(", ")))
            }
        }
    }

    /// Judges a date of the text.
    pub fn dated(&self, piece: &Piece, date: &DateText, clock: Option<Clock>) -> Verdict {
        let sentence = sentences(&piece.text).into_iter().find(|range| range.contains(&date.range.start));
        let start = sentence.map_or(0, |range| range.start);
        let own = piece.text.get(start..date.range.start).unwrap_or_default();
        let lower = own.to_lowercase();
        let is_latest = ["latest modified", "last modified", "latest modification", "most recent"]
            .iter()
            .any(|label| lower.contains(label))
            || matches!(&piece.kind, Kind::Cell(cell) if {
                let head = cell.head.to_lowercase();
                head.contains("modified") || head.contains("latest")
            });
        let mut texts: Vec<&str> = vec![own];
        if let Kind::Cell(cell) = &piece.kind {
            texts.extend(cell.row.iter().map(|(_, text)| text.as_str()));
        }
        texts.extend(piece.above.iter().map(String::as_str));
        let kind = texts.iter().find_map(|text| {
            let words = text.split(|c: char| !c.is_alphanumeric());
            words.rev().find_map(kind_of_word)
        });
        self.date(date, clock, kind, is_latest)
    }

    /// Judges a figure that is neither numbering nor the value of a setting.
    pub fn figure(
        &self,
        piece: &Piece,
        sentence: &Sentence<'_>,
        all: &[Figure],
        index: usize,
        levels: &[(Level, bool)],
    ) -> Verdict {
        let Some(figure) = all.get(index) else { return Verdict::Name };
        if figure.value.is_nan() {
            return Verdict::Ungrounded(NO_FACT.to_owned());
        }
        if let Some(verdict) = Self::by_place(piece, sentence, figure) {
            return verdict;
        }
        let unit = figure
            .unit
            .clone()
            .or_else(|| factor_behind(sentence, figure))
            .or_else(|| unit_of_head(piece))
            .or_else(|| shared_unit(sentence, all, index));
        let readings = unit.as_deref().map(readings).unwrap_or_default();
        let is_ratio = readings
            .iter()
            .any(|reading| matches!(reading.family, Family::Factor | Family::Of(Unit::Percent)));
        let can_have = |metric: u32| {
            let families = self.families.get(metric as usize).map(Vec::as_slice).unwrap_or_default();
            readings.is_empty()
                || is_ratio
                || readings.iter().any(|reading| families.contains(&reading.family))
        };
        let scope = Scope::of(sentence, figure, levels, &can_have, &self.lexicon);
        let is_word = !figure.text.contains(|c: char| c.is_ascii_digit());
        let print = Print::of(figure, scope.is_about || (is_word && figure.unit.is_some()));
        let counted = self.counted(piece, sentence, figure);
        let judge = |scope: &Scope| match &counted {
            Some(counted) => self.count(counted, figure, sentence, scope),
            None => self.measured(sentence, all, index, (scope, print), &readings),
        };
        let mut found = judge(&scope);
        let may_be_wider = scope.has_far_files || (scope.has_taken_file && counted.is_none());
        if may_be_wider && !matches!(found, Verdict::Grounded(_)) {
            // A file beside a figure may be one of several sources.
            let mut wider = scope.clone();
            wider.wanted.files.clear();
            let wider = judge(&wider);
            if matches!(wider, Verdict::Grounded(_)) {
                found = wider;
            }
        }
        if !matches!(found, Verdict::Grounded(_)) {
            // `from 45 to 62 tok/s with 1 and 2 threads`: the first of the first.
            for narrower in respectively(sentence, all, index, &scope) {
                let narrower = self.measured(sentence, all, index, (&narrower, print), &readings);
                if counted.is_none() && matches!(narrower, Verdict::Grounded(_)) {
                    found = narrower;
                }
            }
        }
        if !matches!(found, Verdict::Grounded(_))
            && (piece.is_ours || scope.bound.is_none())
            && let Some(fact) = self.ledger_fact(piece, &scope, print, &readings)
        {
            return Verdict::Grounded(Backing::of(fact));
        }
        match found {
            Verdict::Grounded(_) => found,
            found if counted.is_some() => found,
            found => self.otherwise(piece, sentence, figure, print, &scope, found),
        }
    }

    /// A fact of the ledger that is none of the usual statistics; in a report of this program
    /// any fact about what the sentence names, for it was written from them.
    fn ledger_fact(&self, piece: &Piece, scope: &Scope, print: Print, readings: &[Reading]) -> Option<&Fact> {
        let wanted = if piece.is_ours { &scope.everything } else { &scope.wanted };
        let is_metric = |subject: &str| {
            scope.metrics.is_empty()
                || scope.metrics.iter().any(|metric| {
                    self.lexicon.metrics.get(*metric as usize).is_some_and(|metric| metric.name() == subject)
                })
        };
        // In a report of somebody else a fact must be of the group, not only not of another.
        let is_group = |fact: &Fact| {
            wanted.values.iter().all(|(key, values)| {
                let own = self.lexicon.keys.get(*key as usize).and_then(|key| fact.group.get(key));
                let all = self.lexicon.values.get(*key as usize);
                own.map_or(piece.is_ours, |own| {
                    values.iter().any(|value| all.and_then(|all| all.get(*value as usize)) == Some(own))
                })
            })
        };
        // Of somebody else's report, what is said of a change is no share of a spread, and no
        // median of one kind of run is a mean.
        let is_statistic = |fact: &Fact| {
            let is_share =
                matches!(fact.statistic, Statistic::Share | Statistic::RankShare | Statistic::FailedShare);
            let class = match fact.statistic {
                Statistic::P90 => Some(Class::P90),
                Statistic::P99 => Some(Class::P99),
                Statistic::WarmMedian | Statistic::ColdMedian | Statistic::Before | Statistic::After => {
                    Some(Class::Median)
                }
                Statistic::Best | Statistic::Worst | Statistic::Outlier | Statistic::First => {
                    Some(Class::Extreme)
                }
                Statistic::CiLow | Statistic::CiHigh => Some(Class::Interval),
                Statistic::Cv => Some(Class::Variation),
                Statistic::RatioOfTotals => Some(Class::Mean),
                _ => None,
            };
            piece.is_ours
                || ((!is_share || scope.trends.is_empty())
                    && fact.other.as_ref().is_none_or(|other| self.names(scope, other))
                    && (scope.classes.is_empty() || class.is_none_or(|class| scope.classes.contains(&class))))
        };
        let mut wished: Vec<(Option<&Family>, f64)> =
            readings.iter().map(|reading| (Some(&reading.family), reading.factor)).collect();
        if wished.is_empty() && piece.is_ours {
            wished.push((None, 1.0));
        }
        let facts = if piece.is_ours { &self.by_value } else { &self.unusual };
        let mut found: Option<usize> = None;
        for (family, factor) in wished {
            let is_kind = |fact: &Fact| match family {
                None => true,
                Some(Family::Factor) => fact.statistic.name().contains("ratio"),
                Some(Family::Of(unit)) => *unit == fact.unit,
                Some(Family::Counted(_)) => false,
            };
            let (low, high) = print.limits(factor);
            let slack = low.abs().max(high.abs()) * 1e-9;
            let from = facts.partition_point(|(value, _)| *value < low - slack);
            for (value, index) in facts.iter().skip(from) {
                if *value > high + slack {
                    break;
                }
                if found.is_some_and(|found| found < *index) {
                    continue;
                }
                let fact = self.evidence.ledger.facts.get(*index);
                if fact.is_some_and(|fact| {
                    is_kind(fact) && is_metric(&fact.subject) && is_group(fact) && is_statistic(fact)
                }) {
                    found = Some(*index);
                }
            }
        }
        found.and_then(|index| self.evidence.ledger.facts.get(index))
    }

    /// Is every value of a group, of a key of which the sentence names several, one of those?
    fn names(&self, scope: &Scope, group: &Group) -> bool {
        scope.everything.values.iter().filter(|(_, values)| values.len() >= 2).all(|(key, values)| {
            let own = self.lexicon.keys.get(*key as usize).and_then(|key| group.get(key));
            let all = self.lexicon.values.get(*key as usize);
            own.is_none_or(|own| {
                values.iter().any(|value| all.and_then(|all| all.get(*value as usize)) == Some(own))
            })
        })
    }

    /// Last looks before a figure is called wrong: sizes, shares, cells of columns, statements.
    fn otherwise(
        &self,
        piece: &Piece,
        sentence: &Sentence<'_>,
        figure: &Figure,
        print: Print,
        scope: &Scope,
        found: Verdict,
    ) -> Verdict {
        let unit = figure.unit.as_deref().unwrap_or_default();
        if matches!(unit, "%" | "percent")
            && let Some(backing) = self.share(print, piece, sentence, scope)
        {
            return Verdict::Grounded(backing);
        }
        let factors: Vec<f64> = readings(unit)
            .into_iter()
            .filter(|reading| reading.family == Family::Of(Unit::Mebibytes))
            .map(|reading| reading.factor)
            .collect();
        if !factors.is_empty() {
            let mut texts = vec![sentence.text];
            if let Kind::Cell(cell) = &piece.kind {
                texts.extend(cell.row.iter().map(|(_, text)| text.as_str()));
            }
            let kind = texts
                .iter()
                .find_map(|text| text.split(|c: char| !c.is_alphanumeric()).find_map(kind_of_word));
            if let Some(backing) = self.size(print, &factors, kind, scope) {
                return Verdict::Grounded(backing);
            }
        }
        let is_plain = figure.unit.is_none() && scope.metrics.is_empty();
        if is_plain && let Some(verdict) = self.column(piece, sentence, print) {
            return verdict;
        }
        self.with_statement(found, print, figure)
    }

    /// The cell of a column that the head or the words before the figure name.
    fn column(&self, piece: &Piece, sentence: &Sentence<'_>, print: Print) -> Option<Verdict> {
        let mut names: Vec<&str> = sentence
            .mentions
            .iter()
            .filter_map(|mention| match mention.name {
                Name::Key(key) => self.lexicon.keys.get(key as usize).map(|key| &**key),
                _ => None,
            })
            .collect();
        if let Kind::Cell(cell) = &piece.kind {
            names.push(cell.head.trim_matches(['*', '`', ' ']));
        }
        let known = names.into_iter().filter(|name| self.evidence.cells.has(name));
        known.map(|name| self.cell(name, &print)).find(|verdict| matches!(verdict, Verdict::Grounded(_)))
    }

    /// Adds where somebody's document states what no fact has.
    fn with_statement(&self, found: Verdict, print: Print, figure: &Figure) -> Verdict {
        let Verdict::Ungrounded(note) = &found else { return found };
        if note != NO_FACT || (figure.unit.is_none() && print.significant() < 3) {
            return found;
        }
        let (low, high) = print.limits(1.0);
        match self.evidence.cells.stated(low, high) {
            Some((spot, _)) => {
                Verdict::Ungrounded(format!("stated in {}:{}", self.evidence.cells.path(spot), spot.line))
            }
            None => found,
        }
    }

    /// Figures that their place alone explains.
    fn by_place(piece: &Piece, sentence: &Sentence<'_>, figure: &Figure) -> Option<Verdict> {
        if let Kind::Cell(cell) = &piece.kind
            && matches!(
                cell.head.trim().to_lowercase().as_str(),
                "line" | "lines" | "#" | "no." | "no" | "row" | "nr"
            )
            && figure.unit.is_none()
        {
            return Some(Verdict::Structural("a place in a file or table"));
        }
        let (from, to) = (figure.range.start - sentence.start, figure.range.end - sentence.start);
        // `from runs/sweep.csv:2`
        let path = sentence.text.get(..from).and_then(|before| before.strip_suffix(':')).unwrap_or_default();
        let is_of_file = path.rsplit(' ').next().and_then(|name| name.rsplit_once('.')).is_some_and(
            |(stem, extension)| !stem.is_empty() && kind_of_word(&extension.to_lowercase()).is_some(),
        );
        if is_of_file && figure.unit.is_none() {
            return Some(Verdict::Structural("a place in a file or table"));
        }
        let behind = sentence
            .text
            .get(to..)
            .unwrap_or_default()
            .trim_start_matches(['*', '_', '`', ' '])
            .to_lowercase();
        let before = sentence.text.get(..from).unwrap_or_default().to_lowercase();
        if behind.starts_with("more")
            && (before.trim_end().ends_with("and") || before.contains("...") || before.contains('…'))
            && figure.unit.is_none()
        {
            let rest = behind.trim_start_matches("more").trim_start();
            let is_list = before.contains('…') || before.contains("...");
            if is_list || rest.is_empty() || rest.starts_with([')', '.', '|', ',', ';']) {
                return Some(Verdict::Structural("the rest of a list"));
            }
        }
        let level = matches!(figure.unit.as_deref(), Some("%" | "percent"))
            && (behind.starts_with("ci")
                || behind.starts_with("confidence")
                || before.trim_end().ends_with("confidence"));
        if level {
            return Some(Verdict::Structural("a level of confidence"));
        }
        let last = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let is_pick = matches!(last, "top" | "first" | "last" | "next" | "rank")
            && figure.decimals == 0
            && figure.unit.as_deref().is_none_or(|unit| unit == "runs" || unit == "rows");
        is_pick.then_some(Verdict::Structural("a selection, no value of the data"))
    }

    /// Judges a figure as a measured quantity or as a comparison of two.
    fn measured(
        &self,
        sentence: &Sentence<'_>,
        all: &[Figure],
        index: usize,
        (scope, print): (&Scope, Print),
        readings: &[Reading],
    ) -> Verdict {
        let Some(figure) = all.get(index) else { return Verdict::Name };
        let is_factor = readings.iter().any(|reading| reading.family == Family::Factor);
        let is_percent = readings.iter().any(|reading| reading.family == Family::Of(Unit::Percent));
        let has_sign = figure.text.starts_with(['+', '-', '\u{2212}', '–']);
        // A share of cv 0.17 is 17 %.
        if readings.is_empty()
            && scope.classes.contains(&Class::Variation)
            && let Some(backing) = self.variation(print, 0.01, scope)
        {
            return Verdict::Grounded(backing);
        }
        // The other figures of the sentence tell what is compared, where no metric is named.
        let beside: Vec<Family> = if scope.metrics.is_empty() {
            let units = all.iter().filter_map(|other| other.unit.as_deref());
            let families = units.flat_map(super::amount::readings).map(|reading| reading.family);
            families
                .filter(|family| self.families.iter().flatten().any(|known| known == family))
                .filter(|family| *family != Family::Of(Unit::Percent))
                .collect()
        } else {
            Vec::new()
        };
        let may_be = |line: &Line<'_>| beside.is_empty() || beside.contains(&line.family);
        let compare = |relation: Relation, factor: f64, can_have: &dyn Fn(&Line<'_>) -> bool| {
            let ask = Compared { print, factor, relation, has_sign, scope, sentence, can_have };
            self.relation(&ask)
        };
        if is_factor {
            return compare(Relation::Factor, 1.0, &may_be);
        }
        let ask = Ask {
            print,
            readings: readings.to_vec(),
            has_unit: !readings.is_empty(),
            scope,
            range: range_end(sentence, all, index).filter(|_| !scope.is_one_of_several),
        };
        if is_percent {
            let measured = if scope.trends.is_empty() { self.quantity(&ask) } else { Verdict::Name };
            if matches!(measured, Verdict::Grounded(_)) {
                return measured;
            }
            if let Some(backing) = self.variation(print, 1.0, scope) {
                return Verdict::Grounded(backing);
            }
            let compared = compare(Relation::Percent, 1.0, &may_be);
            return match compared {
                Verdict::Ungrounded(_) if matches!(measured, Verdict::Mismatched(..)) => measured,
                compared => compared,
            };
        }
        let measured = self.quantity(&ask);
        if matches!(measured, Verdict::Grounded(_)) || scope.trends.is_empty() {
            return measured;
        }
        for reading in readings {
            let can_have = |line: &Line<'_>| line.family == reading.family;
            if let verdict @ Verdict::Grounded(_) = compare(Relation::Difference, reading.factor, &can_have) {
                return verdict;
            }
        }
        measured
    }

    /// The coefficient of variation, in percent by this factor.
    fn variation(&self, print: Print, percent: f64, scope: &Scope) -> Option<Backing> {
        if !scope.classes.iter().any(|class| matches!(class, Class::Variation | Class::Deviation)) {
            return None;
        }
        let selection = self.pool.select(&scope.wanted, &self.lexicon);
        selection.iter().find_map(|selected| {
            let line = self.pool.line(selected)?;
            let is_named = scope.metrics.is_empty() || scope.metrics.contains(&line.metric);
            let cv = selected.stats.cv.filter(|cv| print.is(*cv, 0.01 / percent));
            let share = cv.map(|cv| cv * 100.0)?;
            let series = line.series;
            is_named.then(|| {
                Backing::new(series.metric.name(), "cv", series.group.to_string(), share, &Unit::Percent)
                    .from(line.sources(selected))
            })
        })
    }
}

/// Values of a setting that a note shows.
const SHOWN: usize = 6;
