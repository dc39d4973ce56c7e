//! The Compare tab's state: two sides, and how the candidate compares in each metric.

use std::sync::Arc;

use super::{
    App, Tab,
    areas::Areas,
    cursor::{self, Cursor, Move},
    effect::{Effect, Job, Step},
    notices::Severity,
    sheet::{Sheet, SheetColumn},
};
use crate::{
    compare::{
        self, Comparison, DEFAULT_THRESHOLD_PCT, Figures, Options, Row as Delta, list, verdict::Verdict,
    },
    metrics::{
        format,
        library::Library,
        series::{Group, Nature},
    },
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// What stands for an undefined figure.
const UNDEFINED: &str = "–";
/// Where the scale of the intervals ends at the latest, percent: one difference of a thousand
/// percent must not press all others together.
const WIDEST_SCALE: f64 = 100.0;
/// Files named of one side; the rest is counted.
const FILES: usize = 20;

/// One side of a comparison, as it was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// All rows of a file.
    File(Arc<str>),
    /// All rows of a group, of whatever file.
    Group(Arc<Group>),
}

impl Pick {
    /// As shown: the path, or the group.
    pub fn shown(&self) -> Shown {
        match self {
            Pick::File(path) => Shown::new(path),
            Pick::Group(group) => Shown::new(&group.to_string()),
        }
    }

    fn side<'a>(&'a self, library: &'a Library) -> compare::Side<'a> {
        let keep = move |path: &str, of: &Group| match self {
            Pick::File(file) => **file == *path,
            Pick::Group(group) => group.0.iter().all(|dimension| of.0.contains(dimension)),
        };
        let named = match self {
            Pick::File(_) => Vec::new(),
            Pick::Group(group) => group.0.iter().map(|(key, _)| Arc::clone(key)).collect(),
        };
        compare::Side { library, keep: Box::new(keep), named }
    }
}

/// Compares two sides of a folder; too long for `update`.
pub(super) fn compared(library: &Library, base: &Pick, candidate: &Pick) -> Comparison {
    let options = Options { threshold_pct: DEFAULT_THRESHOLD_PCT, group_by: Vec::new(), with_cold: false };
    let mut comparison = compare::compare(&base.side(library), &candidate.side(library), &options, &|_| true);
    // What both have comes before what one side alone has.
    comparison.rows.sort_by_key(|row| !row.has_both());
    comparison
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
    /// `tok/s`; with `?` behind it when guessed.
    pub unit: Shown,
    /// Nothing was tested: summaries by others, statements.
    pub is_figure: bool,
    /// The difference of the medians and the ends of its interval, in percent; where it has one.
    pub interval: Option<(f64, f64, f64)>,
    /// n and median of the base, n and median of the candidate, delta, its interval,
    /// adjusted p-value, as printed.
    pub columns: [String; 7],
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
    /// Index of the selected one.
    pub selected: usize,
    /// First visible one.
    pub top: usize,
    /// Figures of the selected line, and what makes the comparison doubtful.
    pub detail: Vec<Row>,
    /// First visible row of the detail.
    pub detail_top: usize,
    /// The last job asked for; its answer has not come yet.
    pub is_computing: bool,
    comparison: Option<Box<Comparison>>,
    /// The folder changed while it was computed.
    is_stale: bool,
    last_job: u64,
    detail_width: u16,
    height: usize,
    detail_height: usize,
}

impl CompareTab {
    /// What makes the whole comparison doubtful.
    pub fn warnings(&self) -> &[String] {
        self.comparison.as_ref().map_or(&[], |comparison| &comparison.warnings)
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas) {
        self.height = usize::from(areas.list_rows.height);
        self.detail_height = usize::from(areas.detail_rows.height);
        self.set_cursor(self.cursor().in_sight(self.lines.len(), self.height));
        let width = areas.detail_rows.width;
        if width > 0 && width != self.detail_width {
            self.detail_width = width;
            self.lay_detail_out();
        }
        self.scroll_detail(Move::By(0));
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move) {
        self.select(self.cursor().moved(to, self.lines.len(), self.height));
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize) {
        self.select(self.cursor().scrolled(rows, self.lines.len(), self.height));
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize) {
        let selected = self.top + row;
        if selected < self.lines.len() {
            self.select(Cursor { selected, top: self.top }.in_sight(self.lines.len(), self.height));
        }
    }

    /// Scrolls the detail.
    pub(super) fn scroll_detail(&mut self, to: Move) {
        self.detail_top = cursor::scrolled(self.detail_top, to, self.detail.len(), self.detail_height);
    }

    /// The table, tab separated: for the clipboard.
    pub(super) fn copied(&self) -> Option<String> {
        let head = "verdict\tmetric\tgroup\tunit\tbase n\tbase median\tcandidate n\tcandidate median\tdelta\tci95\tp adjusted\n";
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
        self.lines = comparison.rows.iter().map(line).collect();
        let ends = self.lines.iter().filter_map(|line| line.interval).flat_map(|(_, low, high)| [low, high]);
        self.scale = ends.map(f64::abs).fold(DEFAULT_THRESHOLD_PCT, f64::max).min(WIDEST_SCALE);
        self.comparison = Some(comparison);
        self.set_cursor(self.cursor().in_sight(self.lines.len(), self.height));
        self.lay_detail_out();
        std::mem::take(&mut self.is_stale)
    }

    fn cursor(&self) -> Cursor {
        Cursor { selected: self.selected, top: self.top }
    }

    fn set_cursor(&mut self, cursor: Cursor) {
        (self.selected, self.top) = (cursor.selected, cursor.top);
    }

    fn select(&mut self, cursor: Cursor) {
        let is_other = cursor.selected != self.selected;
        self.set_cursor(cursor);
        if is_other {
            self.detail_top = 0;
            self.lay_detail_out();
        }
    }

    fn lay_detail_out(&mut self) {
        self.detail = match &self.comparison {
            Some(comparison) if self.detail_width > 0 => {
                detail(comparison, comparison.rows.get(self.selected), self.detail_width)
            }
            _ => Vec::new(),
        };
        self.scroll_detail(Move::By(0));
    }
}

impl App {
    /// What is selected becomes the base of comparisons.
    pub(super) fn mark_base(&mut self) {
        let Some(pick) = self.picked() else { return };
        self.say(Severity::Info, &format!("base: {}; select another and compare", pick.shown()));
        self.compare.base = Some(pick);
    }

    /// Compares what is selected with the base.
    pub(super) fn compare_selected(&mut self) -> Vec<Effect> {
        let Some(pick) = self.picked() else { return Vec::new() };
        match &self.compare.base {
            None => {
                self.say(Severity::Info, "mark the base first, then select what is to be compared with it");
                Vec::new()
            }
            Some(base) if *base == pick => {
                self.say(Severity::Info, "this is the base; select what is to be compared with it");
                Vec::new()
            }
            Some(_) => {
                self.compare.candidate = Some(pick);
                self.select_tab(Tab::Compare);
                self.compare_again()
            }
        }
    }

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

    /// What is selected, as one side of a comparison.
    fn picked(&self) -> Option<Pick> {
        match self.tab {
            Tab::Inventory => self.inventory.selected_file().map(|file| Pick::File(Arc::clone(&file.path))),
            Tab::Metrics => {
                let series = self.library.series().get(self.metrics.selected_series()?)?;
                match series.files.first() {
                    Some(file) if series.group.0.is_empty() => Some(Pick::File(Arc::clone(file))),
                    _ => Some(Pick::Group(Arc::clone(&series.group))),
                }
            }
            Tab::Compare | Tab::Report | Tab::History | Tab::Engine => None,
        }
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
        ],
    }
}

fn detail(comparison: &Comparison, row: Option<&Delta>, width: u16) -> Vec<Row> {
    let mut sheet = Sheet::new(width);
    if let Some(row) = row {
        of_row(&mut sheet, row);
    }
    if !comparison.warnings.is_empty() {
        sheet.heading("Warnings");
    }
    for warning in &comparison.warnings {
        sheet.pair_with("!", 1, warning, Role::Strong);
    }
    if !comparison.notes.is_empty() {
        sheet.heading("Notes");
    }
    for note in &comparison.notes {
        sheet.text(Role::Body, note);
    }
    sheet.into_rows()
}

fn of_row(sheet: &mut Sheet, row: &Delta) {
    let verdict = format!("{} {}", row.verdict.sign(), row.verdict.as_str());
    sheet.pair_with("verdict", LABEL, &verdict, Role::Strong);
    if !row.group.0.is_empty() {
        sheet.pair_with("group", LABEL, &row.group.to_string(), Role::Body);
    }
    if let Some(delta) = row.delta_pct {
        let interval = row.ci95.map(|ends| format!(", 95 % interval {}", interval(Some(ends))));
        let text = format!("{} of the medians{}", percent(delta), interval.unwrap_or_default());
        sheet.pair_with("difference", LABEL, &text, Role::Body);
    }
    if let Some(test) = &row.test {
        let text = format!(
            "{}: p {}, adjusted for the table {}",
            test.method.name(),
            format::p_value(test.p_value),
            format::p_value(test.p_adjusted)
        );
        sheet.pair_with("test", LABEL, &text, Role::Body);
        let hedges = test.hedges_g.map(|g| format!(", Hedges' g {g:+.2}")).unwrap_or_default();
        let size = compare::rank::size_of(test.cliffs_delta);
        let text = format!("{size} (Cliff's delta {:+.2}{hedges})", test.cliffs_delta);
        sheet.pair_with("effect", LABEL, &text, Role::Body);
    }
    if let Some(more) = row.more_runs {
        let text = match more {
            it if it.is_least => format!(
                "more than {} more on each side would settle it",
                format::count(u64::from(it.per_side))
            ),
            it => {
                format!("about {} more on each side would settle it", format::count(u64::from(it.per_side)))
            }
        };
        sheet.pair_with("runs", LABEL, &text, Role::Body);
    }
    for note in &row.notes {
        sheet.pair_with("note", LABEL, note, Role::Body);
    }
    sheet.heading("Both sides");
    sides(sheet, row);
    for (name, figures) in [("Base", &row.base), ("Candidate", &row.candidate)] {
        let Some(figures) = figures else { continue };
        sheet.heading(&format!("Files of the {}", name.to_lowercase()));
        for path in figures.files.iter().take(FILES) {
            sheet.text(Role::Body, path);
        }
        if figures.files.len() > FILES {
            sheet.text(Role::Muted, &format!("… {} more files", figures.files.len() - FILES));
        }
    }
}

/// Columns of the labels in front of values.
const LABEL: usize = 11;

fn sides(sheet: &mut Sheet, row: &Delta) {
    let names = ["n", "left out", "cold", "median", "mean", "sd", "min", "max", "p95"];
    let of = |figures: &Option<Figures>| -> Vec<Shown> {
        let Some(figures) = figures else { return vec![Shown::new(UNDEFINED); names.len()] };
        let stats = &figures.stats;
        let counts = [stats.n, figures.excluded_total(), figures.cold].map(format::count);
        let statistics = [stats.median, stats.mean, stats.stddev, stats.min, stats.max, stats.p95];
        counts.into_iter().chain(statistics.map(printed)).map(|text| Shown::new(&text)).collect()
    };
    let unit = row.unit.symbol();
    sheet.table(&[
        SheetColumn {
            title: Shown::new(unit),
            cells: names.iter().map(|name| Shown::new(name)).collect(),
            is_numeric: false,
        },
        SheetColumn { title: Shown::new("base"), cells: of(&row.base), is_numeric: true },
        SheetColumn { title: Shown::new("candidate"), cells: of(&row.candidate), is_numeric: true },
    ]);
}
