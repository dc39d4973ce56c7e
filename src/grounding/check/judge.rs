//! One figure in its sentence: what kind of statement it is, and which judge it goes to.

mod beside;
mod setting;
mod share;

use beside::{
    factor_behind, has_foreign_label, has_foreign_unit, has_other_percentile, is_end_of_change, is_index,
    is_norm, may_differ, range_end, respectively, runs_told, shared_unit, unit_of_head,
};
use share::is_explained;

use super::{
    Folder,
    amount::{Family, Print, Reading, readings},
    column::is_thing,
    count::{is_value, kind_of_word},
    dates::Clock,
    lexicon::{Class, Name},
    page::{Kind, Piece},
    pool::Line,
    quantity::Ask,
    relation::{Compared, Relation},
    scope::{Level, Origin, Scope, Sentence, sentences},
    verdict::{Backing, NO_FACT, NOT_CHECKABLE, Verdict},
};
use crate::{
    grounding::{
        fact::{Fact, Statistic},
        figure::{DateText, Figure},
    },
    metrics::{series::Group, unit::Unit},
};

/// Behind these stand counts of what the text itself holds.
const OWN_COUNTS: [&str; 3] = ["figures in the prose", "figures in this report", "figures in the text"];

impl Folder<'_> {
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
        let mut scope = Scope::of(sentence, figure, levels, &can_have, &self.lexicon);
        let is_bare = unit.is_none();
        if is_bare
            && (has_foreign_unit(sentence, figure)
                || has_foreign_label(sentence, figure)
                || self.is_in_foreign_column(piece, &scope))
        {
            scope.metrics.clear();
            scope.other_metrics.clear();
        }
        let is_word = !figure.text.contains(|c: char| c.is_ascii_digit());
        let print = Print::of(figure, scope.is_about || (is_word && figure.unit.is_some()));
        let counted = self.counted(piece, sentence, figure);
        let judge = |scope: &Scope| match &counted {
            Some(counted) => self.count(counted, figure, sentence, scope),
            None => self.measured((piece, sentence), all, index, (scope, print), &readings),
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
        if !matches!(found, Verdict::Grounded(_))
            && counted.is_none()
            && let Some(wider) = self.without_settings_above(&scope)
            && let verdict @ Verdict::Grounded(_) = judge(&wider)
        {
            found = verdict;
        }
        if !matches!(found, Verdict::Grounded(_)) {
            // `from 45 to 62 tok/s with 1 and 2 threads`: the first of the first.
            for narrower in respectively(sentence, all, index, &scope) {
                let narrower = self.measured((piece, sentence), all, index, (&narrower, print), &readings);
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

    /// Is the head of the column the name of something else than a metric of the heading above?
    fn is_in_foreign_column(&self, piece: &Piece, scope: &Scope) -> bool {
        let Kind::Cell(cell) = &piece.kind else { return false };
        let is_from_afar = scope.metrics.is_empty() || scope.metric_from == Origin::Above;
        let says = |name: &Name| {
            matches!(name, Name::Values(..) | Name::Statistic(_) | Name::Trend(_) | Name::Metrics(_))
        };
        is_from_afar
            && cell.head.contains(char::is_alphabetic)
            && !is_value(&cell.head)
            && !self.level(&cell.head).iter().any(|mention| says(&mention.name))
    }

    /// The same without the settings that only stand above, where a group is named besides: what
    /// a heading says of a test is not always said of each file.
    fn without_settings_above(&self, scope: &Scope) -> Option<Scope> {
        let is_setting = |key: &u32| {
            let values = self.lexicon.values.get(*key as usize);
            values.is_some_and(|values| values.iter().all(|value| value.parse::<f64>().is_ok()))
        };
        let mut wider = scope.clone();
        wider.wanted.values.retain(|key, _| !(is_setting(key) && scope.from_headings.contains(key)));
        let is_wider = wider.wanted.values.len() < scope.wanted.values.len();
        (is_wider && !wider.wanted.values.is_empty()).then_some(wider)
    }

    /// Does the first cell of a row name something of the folder? What is said of another thing is
    /// no other value of one that is there.
    fn is_known_row(&self, piece: &Piece) -> bool {
        let Kind::Cell(cell) = &piece.kind else { return true };
        let Some((_, label)) = cell.row.first() else { return true };
        let starts_as_text = label.trim_matches(['*', '`', ' ', '_']).starts_with(char::is_alphabetic);
        let says = |name: &Name| !matches!(name, Name::Trend(_) | Name::Bound(_));
        !starts_as_text || self.level(label).iter().any(|mention| says(&mention.name))
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
        if figure.unit.is_none()
            && let Some(backing) = self.year(figure)
        {
            return Verdict::Grounded(backing);
        }
        let is_plain = match unit {
            "" => scope.metrics.is_empty(),
            unit => is_thing(unit),
        };
        if let Some(backing) = self.tasks(sentence, figure, scope) {
            return Verdict::Grounded(backing);
        }
        if is_plain && let Some(backing) = self.column(piece, sentence, figure, print, scope) {
            return Verdict::Grounded(backing);
        }
        self.with_statement(found, print, figure)
    }

    /// A year that files or cells tell.
    fn year(&self, figure: &Figure) -> Option<Backing> {
        let year = figure.text.parse::<i32>().ok().filter(|year| (1990..2100).contains(year))?;
        let file = self.lexicon.files.iter().find(|path| path.contains(figure.text.as_str()));
        let is_told = file.is_some() || self.days.iter().any(|day| day.0 == year);
        is_told.then(|| Backing::new("date", "date", String::new(), f64::from(year), &Unit::None))
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
                "line" | "lines" | "#" | "no." | "no" | "row" | "nr" | "rank" | "place" | "position"
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
        // `python bench.py --runs 3`
        let option = before.trim_end_matches([' ', '=']).rsplit([' ', '`']).next().unwrap_or_default();
        if option.starts_with("--") && option.len() > 2 && figure.unit.is_none() {
            return Some(Verdict::Structural(NOT_CHECKABLE));
        }
        if figure.unit.is_none() && is_index(&before, &behind) {
            return Some(Verdict::Name);
        }
        if figure.unit.is_none() && OWN_COUNTS.iter().any(|words| before.contains(words)) {
            return Some(Verdict::Structural("a count of the text itself"));
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
        (piece, sentence): (&Piece, &Sentence<'_>),
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
            let end = figure.range.end - sentence.start;
            let ask = Compared { print, factor, relation, has_sign, scope, sentence, end, can_have };
            self.relation(&ask)
        };
        if is_factor {
            return compare(Relation::Factor, 1.0, &may_be);
        }
        let range = range_end(sentence, all, index).filter(|_| !scope.is_one_of_several);
        let may_differ = may_differ(sentence, figure, scope, !readings.is_empty());
        // The whole sentence is read for it: only where it matters.
        let is_of_data = (may_differ || range.is_some())
            && self.is_known_row(piece)
            && !is_norm(sentence)
            && !has_other_percentile(piece, sentence);
        let ask = Ask {
            print,
            may_differ: is_of_data && may_differ,
            may_differ_as_end: is_of_data,
            readings: readings.to_vec(),
            has_unit: !readings.is_empty(),
            runs: runs_told(piece, all),
            scope,
            range,
        };
        if is_percent && is_explained(sentence) {
            return self.explained(sentence, print, scope);
        }
        if is_percent {
            // "Fell from 75 % to 37 %": values, and no changes.
            let is_end = is_end_of_change(sentence, figure);
            let measured =
                if scope.trends.is_empty() || is_end { self.quantity(&ask) } else { Verdict::Name };
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
