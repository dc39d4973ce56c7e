//! The Compare tab's state: two sides, and how the candidate compares in each metric.

mod detail;
pub mod pick;
mod sides;

use std::sync::Arc;

pub use self::pick::{Pick, SideOf};
use super::{
    App,
    areas::Areas,
    brief::brief,
    cursor::{ListPlace, Move},
    effect::{Effect, Job, Step},
    sort::DeltaSort,
};
use crate::{
    compare::{
        self, Comparison, DEFAULT_THRESHOLD_PCT, Figures, Options, Row as Delta, list,
        verdict::{MoreRuns, Verdict},
    },
    metrics::{format, library::Library, progress::Progress, series::Nature},
    text::{sanitize::Shown, wrap::Row},
};

/// What stands for an undefined figure.
const UNDEFINED: &str = "–";
/// Where the scale of the intervals ends at the latest, percent: one difference of a thousand
/// percent must not press all others together.
const WIDEST_SCALE: f64 = 100.0;

/// Compares two sides of a folder; too long for `update`.
pub(super) fn compared(
    library: &Library,
    base: &Pick,
    candidate: &Pick,
    progress: Progress<'_>,
) -> Comparison {
    let options = Options { threshold_pct: DEFAULT_THRESHOLD_PCT, group_by: Vec::new(), with_cold: false };
    let (own_base, own_candidate) = (base.library_of_its_own(), candidate.library_of_its_own());
    let base = base.side(own_base.as_ref().unwrap_or(library));
    let candidate = candidate.side(own_candidate.as_ref().unwrap_or(library));
    compare::compare_told(&base, &candidate, &options, &|_| true, progress)
}

/// One line of the table, formatted when the comparison came.
#[derive(Clone, Debug)]
pub struct DeltaLine {
    /// What it means.
    pub verdict: Verdict,
    /// One side alone has it.
    pub is_one_sided: bool,
    /// `Throughput`
    pub metric: Shown,
    /// What both sides have in common.
    pub group: Shown,
    /// The same where there is little room.
    pub brief: Shown,
    /// `tok/s`; with `?` behind it when guessed.
    pub unit: Shown,
    /// Nothing was tested: summaries by others, statements.
    pub is_figure: bool,
    /// The difference of the medians and the ends of its interval, in percent; where it has one.
    pub interval: Option<(f64, f64, f64)>,
    /// n and median of the base, n and median of the candidate, delta, its interval,
    /// adjusted p-value, as printed; how many more runs on each side would settle it, where it
    /// is unclear.
    pub columns: [String; 8],
}

/// The Compare tab.
#[derive(Debug, Default)]
pub struct CompareTab {
    /// What candidates are held against.
    pub base: Option<Pick>,
    /// What is held against it.
    pub candidate: Option<Pick>,
    /// In which dimensions they differ, as found: `model gemma3:270m → gemma3:latest`.
    pub subject: Shown,
    /// A line for each metric and group.
    pub lines: Vec<DeltaLine>,
    /// Where the scale of their intervals ends on either side, percent.
    pub scale: f64,
    /// Where one is in them.
    pub place: ListPlace,
    /// What they are in order of.
    pub sort: DeltaSort,
    /// The row of the comparison that each line shows.
    order: Vec<usize>,
    /// Figures of the selected line, and what makes the comparison doubtful.
    pub detail: Vec<Row>,
    /// The last job asked for; its answer has not come yet.
    pub is_computing: bool,
    comparison: Option<Box<Comparison>>,
    /// The folder changed while it was computed.
    is_stale: bool,
    last_job: u64,
    detail_width: u16,
}

impl CompareTab {
    /// One of the sides, if it is picked.
    pub fn side(&self, side: SideOf) -> Option<&Pick> {
        match side {
            SideOf::Base => self.base.as_ref(),
            SideOf::Candidate => self.candidate.as_ref(),
        }
    }

    /// What makes the whole comparison doubtful.
    pub fn warnings(&self) -> &[String] {
        self.comparison.as_ref().map_or(&[], |comparison| &comparison.warnings)
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas) {
        self.place.lay_out(areas, self.lines.len());
        let width = areas.detail_rows.width;
        if width > 0 && width != self.detail_width {
            self.detail_width = width;
            self.lay_detail_out();
        }
        self.scroll_detail(Move::By(0));
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move) {
        let is_other = self.place.go(to, self.lines.len());
        self.show(is_other);
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize) {
        let is_other = self.place.scroll(rows, self.lines.len());
        self.show(is_other);
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize) {
        let is_other = self.place.press(row, self.lines.len());
        self.show(is_other);
    }

    /// Scrolls the detail.
    pub(super) fn scroll_detail(&mut self, to: Move) {
        self.place.scroll_detail(to, self.detail.len());
    }

    /// The table, tab separated: for the clipboard.
    pub(super) fn copied(&self) -> Option<String> {
        let head = "verdict\tmetric\tgroup\tunit\tbase n\tbase median\tcandidate n\tcandidate median\tdelta\tci95\tp adjusted\tmore runs\n";
        let lines = self.lines.iter().map(|line| {
            let DeltaLine { verdict, metric, group, unit, columns, .. } = line;
            format!("{}\t{metric}\t{group}\t{unit}\t{}\n", verdict.as_str(), columns.join("\t"))
        });
        (!self.lines.is_empty()).then(|| head.to_owned() + &lines.collect::<String>())
    }

    /// Takes an answer; one that nobody waits for any more is dropped. Is there more to do?
    fn take(&mut self, number: u64, comparison: Box<Comparison>) -> bool {
        if number != self.last_job {
            return false;
        }
        self.is_computing = false;
        self.subject = Shown::new(&subject(&comparison));
        self.put_in_order(&comparison);
        let ends = self.lines.iter().filter_map(|line| line.interval).flat_map(|(_, low, high)| [low, high]);
        self.scale = ends.map(f64::abs).fold(DEFAULT_THRESHOLD_PCT, f64::max).min(WIDEST_SCALE);
        self.comparison = Some(comparison);
        self.place.stay(self.lines.len());
        self.lay_detail_out();
        std::mem::take(&mut self.is_stale)
    }

    /// Sorts by the next column; the selected line stays selected.
    pub(super) fn change_sort(&mut self) {
        self.sort = self.sort.next();
        let Some(comparison) = self.comparison.take() else { return };
        let selected = self.order.get(self.place.selected).copied();
        self.put_in_order(&comparison);
        self.comparison = Some(comparison);
        let selected = self.order.iter().position(|row| Some(*row) == selected).unwrap_or(0);
        self.place.follow(selected, self.lines.len());
    }

    fn put_in_order(&mut self, comparison: &Comparison) {
        let rows = &comparison.rows;
        self.order = (0..rows.len()).collect();
        self.order.sort_by(|&one, &other| self.sort.compare(&rows[one], &rows[other]));
        self.lines = self.order.iter().map(|&row| line(&rows[row])).collect();
    }

    fn show(&mut self, is_other: bool) {
        if is_other {
            self.lay_detail_out();
        }
    }

    fn lay_detail_out(&mut self) {
        self.detail = match &self.comparison {
            Some(comparison) if self.detail_width > 0 => {
                let row = self.order.get(self.place.selected).and_then(|&row| comparison.rows.get(row));
                detail::rows(comparison, row, self.detail_width)
            }
            _ => Vec::new(),
        };
        self.scroll_detail(Move::By(0));
    }
}

impl App {
    /// Compares the two sides as the folder stands now; while that is done once, it is not
    /// begun again.
    pub(super) fn compare_again(&mut self) -> Vec<Effect> {
        let (Some(base), Some(candidate)) = (self.compare.base.clone(), self.compare.candidate.clone())
        else {
            return Vec::new();
        };
        self.compare.last_job += 1;
        self.compare.is_computing = true;
        self.compare.is_stale = false;
        let step = Step::Compare(Arc::clone(&self.library), base, candidate);
        vec![Effect::Compute(Box::new(Job { number: self.compare.last_job, now_ns: self.wall_ns, step }))]
    }

    /// The folder changed: what is compared may have.
    pub(super) fn refresh_comparison(&mut self) -> Vec<Effect> {
        if self.compare.is_computing {
            self.compare.is_stale = true;
            return Vec::new();
        }
        self.compare_again()
    }

    /// A comparison was computed.
    pub(super) fn take_comparison(&mut self, number: u64, comparison: Box<Comparison>) -> Vec<Effect> {
        if self.compare.take(number, comparison) { self.compare_again() } else { Vec::new() }
    }
}

fn subject(comparison: &Comparison) -> String {
    let differing = comparison
        .compared
        .iter()
        .map(|it| format!("{} {} → {}", it.key, list(&it.base), list(&it.candidate)));
    differing.collect::<Vec<String>>().join(", ")
}

fn printed(number: Option<f64>) -> String {
    number.map_or_else(|| UNDEFINED.to_owned(), format::number)
}

/// `+4.2 %`, with a minus as long as the plus.
fn percent(number: f64) -> String {
    format!("{} %", format::change(number).replace('-', "−"))
}

fn interval(ends: Option<(f64, f64)>) -> String {
    ends.map_or_else(|| UNDEFINED.to_owned(), |(low, high)| format!("{} … {}", percent(low), percent(high)))
}

/// `+12`, `>+1,000`
fn more(more: MoreRuns) -> String {
    let sign = if more.is_least { ">" } else { "" };
    format!("{sign}+{}", format::count(u64::from(more.per_side)))
}

fn line(row: &Delta) -> DeltaLine {
    let n = |figures: &Option<Figures>| {
        figures.as_ref().map_or_else(|| UNDEFINED.to_owned(), |it| format::count(it.stats.n))
    };
    let median = |figures: &Option<Figures>| printed(figures.as_ref().and_then(|it| it.stats.median));
    DeltaLine {
        verdict: row.verdict,
        is_one_sided: !row.has_both(),
        metric: Shown::new(row.metric.label()),
        group: Shown::new(&row.group.to_string()),
        brief: Shown::new(&brief(&row.group)),
        unit: Shown::new(&format!("{}{}", row.unit.symbol(), if row.is_unit_guessed { "?" } else { "" })),
        is_figure: row.nature != Nature::Sample,
        interval: row.delta_pct.zip(row.ci95).map(|(delta, (low, high))| (delta, low, high)),
        columns: [
            n(&row.base),
            median(&row.base),
            n(&row.candidate),
            median(&row.candidate),
            row.delta_pct.map_or_else(|| UNDEFINED.to_owned(), percent),
            interval(row.ci95),
            row.test.map_or_else(|| UNDEFINED.to_owned(), |test| format::p_value(test.p_adjusted)),
            row.more_runs.map(more).unwrap_or_default(),
        ],
    }
}
