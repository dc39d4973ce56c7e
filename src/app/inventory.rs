//! The Inventory tab's state.

mod order;
mod tree;

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use ratatui::layout::Rect;

use self::order::{Order, score};
use super::{
    areas::Areas,
    columns::{self, Column, LUXURY, number, text},
    cursor::{Cursor, Move},
    document::{FileRead, Reading, Wanted},
    filter::Filter,
    folders::{Folders, TreeRow},
    preview::{Mark, Preview},
    sort::FileSort,
    twins::Twins,
};
use crate::{
    ingest::inventory::{Batch, Change, ReportFile},
    metrics::{
        format::{self, Zone},
        library::Library,
    },
    text::sanitize::Shown,
};

/// How long a file counts as new.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// Nanoseconds of an hour: of what is younger the time is told, which does not change. A
/// screen that is idle must not be busy.
const HOUR_NS: i128 = 3_600_000_000_000;
/// Ages are printed again after this time at the earliest: files that come one after the other
/// grow old one after the other.
const LEAST_AGE_STEP: Duration = Duration::from_mins(1);

/// The columns of the list of files.
pub const FILE_COLUMNS: [Column; 8] = [
    text("", 1, 0),
    text("file", 16, 0).growing(34, u16::MAX).of_paths(),
    text("kind", 4, LUXURY + 1),
    number("rows", 9, LUXURY),
    number("size", 7, 1),
    number("age", 6, 2),
    text("", 1, 0),
    text("status", 7, LUXURY + 2),
];
/// What is sorted by a click on each column's title.
const FILE_SORTS: [FileSort; 8] = [
    FileSort::Newest,
    FileSort::Path,
    FileSort::Kind,
    FileSort::Rows,
    FileSort::Size,
    FileSort::Newest,
    FileSort::Status,
    FileSort::Status,
];

/// One line of the list, formatted when the inventory changed, not when it is drawn.
#[derive(Clone, Debug)]
pub struct FileLine {
    /// The file.
    pub file: Arc<ReportFile>,
    /// Its path, safe to show.
    pub path: Shown,
    /// `1.4 KB`
    pub size: String,
    /// `3 min`; kept up to date where it is seen.
    pub age: String,
    /// Came or changed in the last seconds.
    pub is_fresh: bool,
    /// It came.
    pub is_new: bool,
    /// How well it fits the filter.
    score: u32,
}

/// The Inventory tab.
#[derive(Debug, Default)]
pub struct InventoryTab {
    /// Files shown, in order.
    pub lines: Vec<FileLine>,
    /// Index of the selected one.
    pub selected: usize,
    /// First visible one.
    pub top: usize,
    /// Preview of the selected file.
    pub preview: Preview,
    /// The filter as typed; `None` when not filtering.
    pub filter: Option<String>,
    /// Keys go to the filter.
    pub is_typing: bool,
    /// What the files are in order of.
    pub sort: FileSort,
    /// The other way round.
    pub is_reversed: bool,
    /// The files as a tree, where that is wanted instead of a list.
    folders: Option<Folders>,
    /// Files of the same bytes.
    twins: Twins,
    /// Files that came (`true`) or changed lately, and until when that counts.
    fresh: BTreeMap<Arc<str>, (Duration, bool)>,
    /// The user chose a line: the cursor follows that file. Until then it stays on top.
    is_chosen: bool,
    /// Where the machine is; without it the times are UTC.
    pub zone: Option<Zone>,
    /// When the ages were printed, and how long they hold.
    ages: Option<(Duration, Duration)>,
    /// Wall clock, as told by the last tick.
    wall_ns: i128,
    /// Lines made since the start: what a change costs.
    pub(super) made: u64,
    /// What the preview was made of.
    previewed: Option<Arc<ReportFile>>,
    /// Its tables, once they are read.
    reading: Reading,
    mark: Option<Mark>,
    preview_width: u16,
    height: usize,
}

impl InventoryTab {
    /// The selected file.
    pub fn selected_file(&self) -> Option<&Arc<ReportFile>> {
        self.selected_line().map(|line| &line.file)
    }

    /// Its line; none where a folder is selected.
    pub fn selected_line(&self) -> Option<&FileLine> {
        match &self.folders {
            None => self.lines.get(self.selected),
            Some(folders) => match folders.rows.get(self.selected)? {
                TreeRow::Folder(_) => None,
                TreeRow::File(line, _) => self.lines.get(*line),
            },
        }
    }

    /// Marks the files of a batch as new.
    pub(super) fn mark_fresh(&mut self, batch: &Batch, now: Duration) {
        for change in &batch.changes {
            match change {
                Change::Read(file) => {
                    let is_new = match self.fresh.get(&file.path) {
                        // Who writes a file writes it more than once.
                        Some((_, is_new)) => *is_new,
                        None => !self.twins.is_known(&file.path),
                    };
                    self.fresh.insert(file.path.clone(), (now + FRESH, is_new))
                }
                Change::Removed(path) => self.fresh.remove(path),
            };
        }
    }

    /// Makes the lines anew after a change of filter or order. The cursor stays on its file.
    pub(super) fn refresh(&mut self, library: &Library, now: Duration) {
        let chosen = self.chosen();
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_unstable_by(|one, other| one.file.path.cmp(&other.file.path));
        // Both are in order of the path.
        let mut before = lines.into_iter().peekable();
        let mut filter = self.matcher();
        for file in library.inventory.files() {
            let Some(score) = score(&mut filter, file) else { continue };
            while before.next_if(|line| line.file.path < file.path).is_some() {}
            let line = match before.next_if(|line| Arc::ptr_eq(&line.file, file)) {
                Some(line) => FileLine { score, ..line },
                None => self.line(file, score),
            };
            self.lines.push(line);
        }
        if !self.is_by_path() {
            let order = self.order();
            self.lines.sort_unstable_by(|one, other| order.compare(one, other));
        }
        self.follow(chosen, library, now);
    }

    /// Filters by another text. What fits best is on top and selected; when the filter ends the
    /// cursor stays on its file.
    pub(super) fn set_filter(&mut self, filter: Option<String>, library: &Library, now: Duration) {
        let is_same = self.filter == filter;
        let is_filtering = filter.as_ref().is_some_and(|filter| !filter.is_empty());
        let was_filtering = self.filter.as_ref().is_some_and(|filter| !filter.is_empty());
        self.filter = filter;
        if is_same {
            return;
        }
        if is_filtering {
            self.is_chosen = false;
        } else if was_filtering && self.sort != FileSort::Newest {
            self.is_chosen = !self.lines.is_empty();
        }
        self.refresh(library, now);
    }

    /// Puts the files in the next order. The cursor stays on its file.
    pub(super) fn change_sort(&mut self, library: &Library, now: Duration) {
        self.leave_tree();
        self.sort = self.sort.next();
        self.is_reversed = false;
        self.refresh(library, now);
    }

    /// Puts the files in the opposite order.
    pub(super) fn reverse_sort(&mut self, library: &Library, now: Duration) {
        self.leave_tree();
        self.is_reversed = !self.is_reversed;
        self.refresh(library, now);
    }

    /// Sorts by the column at a place of the titles; again: the other way round.
    pub(super) fn press_title(&mut self, x: u16, width: u16, library: &Library, now: Duration) {
        let Some(&sort) = columns::column_at(&FILE_COLUMNS, width, x).and_then(|at| FILE_SORTS.get(at))
        else {
            return;
        };
        let is_again = self.sort == sort && self.folders.is_none();
        self.leave_tree();
        self.is_reversed = is_again && !self.is_reversed;
        self.sort = sort;
        self.refresh(library, now);
    }

    /// The file of the same bytes that speaks for this one in the statistics.
    pub fn twin_of(&self, file: &ReportFile) -> Option<&Arc<str>> {
        self.twins.first_of(file)
    }

    fn matcher(&self) -> Option<Filter> {
        self.filter.as_ref().filter(|typed| !typed.is_empty()).map(|typed| Filter::new(typed))
    }

    fn order(&self) -> Order {
        if self.folders.is_some() {
            return Order { sort: FileSort::Path, is_reversed: false, is_ranked: false };
        }
        let is_ranked = self.filter.as_ref().is_some_and(|typed| !typed.is_empty());
        Order { sort: self.sort, is_reversed: self.is_reversed, is_ranked }
    }

    /// Are the lines in order of their paths?
    fn is_by_path(&self) -> bool {
        let Order { sort, is_reversed, is_ranked } = self.order();
        sort == FileSort::Path && !is_reversed && !is_ranked
    }

    /// The newest file is on top and stays selected, whichever that is, until the cursor is moved.
    pub(super) fn toggle_follow(&mut self, library: &Library, now: Duration) {
        if self.is_following() {
            self.is_chosen = true;
            return;
        }
        self.leave_tree();
        self.sort = FileSort::Newest;
        self.is_reversed = false;
        self.is_chosen = false;
        self.refresh(library, now);
    }

    /// Is the newest file selected, whichever that is?
    pub fn is_following(&self) -> bool {
        self.folders.is_none() && self.sort == FileSort::Newest && !self.is_reversed && !self.is_chosen
    }

    /// Takes on the changes of a batch: no other line is touched. The cursor stays on its file.
    pub(super) fn take(&mut self, batch: &Batch, library: &Library, now: Duration) {
        self.twins.take(batch);
        let chosen = self.chosen();
        let mut filter = self.matcher();
        let changed: BTreeMap<&Arc<str>, Option<&Arc<ReportFile>>> = batch
            .changes
            .iter()
            .map(|change| match change {
                Change::Read(file) => (&file.path, Some(file)),
                Change::Removed(path) => (path, None),
            })
            .collect();
        if !self.is_by_path() {
            return self.take_sorted(&changed, (chosen, filter), library, now);
        }
        // Where to put new lines, counted before there is one of them.
        let mut fresh = Vec::new();
        let mut gone = Vec::new();
        for (path, file) in changed {
            let file = file.filter(|file| score(&mut filter, file).is_some());
            match (self.place_of(path), file) {
                (Ok(at), Some(file)) => self.lines[at] = self.line(file, 0),
                (Ok(at), None) => gone.push(at),
                (Err(at), Some(file)) => fresh.push((at, self.line(file, 0))),
                (Err(_), None) => {}
            }
        }
        if !fresh.is_empty() || !gone.is_empty() {
            self.lines = merged(std::mem::take(&mut self.lines), fresh, &gone);
        }
        self.follow(chosen, library, now);
    }

    /// The same where the files are in another order than that of their paths.
    fn take_sorted(
        &mut self,
        changed: &BTreeMap<&Arc<str>, Option<&Arc<ReportFile>>>,
        (chosen, mut filter): (Option<Arc<str>>, Option<Filter>),
        library: &Library,
        now: Duration,
    ) {
        self.lines.retain(|line| !changed.contains_key(&line.file.path));
        let files = changed.values().filter_map(|file| *file);
        let scored: Vec<_> = files.filter_map(|file| Some((file, score(&mut filter, file)?))).collect();
        let mut fresh: Vec<FileLine> =
            scored.into_iter().map(|(file, score)| self.line(file, score)).collect();
        let order = self.order();
        fresh.sort_unstable_by(|one, other| order.compare(one, other));
        let place = |line: &FileLine| {
            self.lines.partition_point(|known| order.compare(known, line) == Ordering::Less)
        };
        let fresh: Vec<(usize, FileLine)> = fresh.into_iter().map(|line| (place(&line), line)).collect();
        self.lines = merged(std::mem::take(&mut self.lines), fresh, &[]);
        self.follow(chosen, library, now);
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas, is_preview_focused: bool, library: &Library) {
        self.height = usize::from(areas.list_rows.height);
        self.set_cursor(self.cursor().in_sight(self.count(), self.height));
        let Rect { width, height, .. } = areas.detail_rows;
        if width > 0 {
            self.preview_width = width;
            self.preview.lay_out((width, height), is_preview_focused);
            if self.previewed.is_none() {
                self.show_preview(library);
            }
        }
        self.age_seen();
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move, library: &Library) {
        self.choose(self.cursor().moved(to, self.count(), self.height), library);
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize, library: &Library) {
        self.choose(self.cursor().scrolled(rows, self.count(), self.height), library);
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize, library: &Library) {
        let selected = self.top + row;
        if selected < self.count() {
            self.choose(Cursor { selected, top: self.top }.in_sight(self.count(), self.height), library);
        }
    }

    /// Shows a file of the list with one of its rows marked.
    pub(super) fn mark(&mut self, mark: Mark, library: &Library) {
        if let Some(folders) = &mut self.folders {
            folders.reveal(&mark.source.path);
            folders.lay_out(&self.lines);
        }
        let Some(at) = self.row_of(&mark.source.path) else { return };
        self.mark = Some(mark);
        self.choose(self.cursor().followed(at, self.count(), self.height), library);
        self.preview.mark(self.mark.as_ref());
    }

    /// The row of the selected file that is marked.
    pub(super) fn marked(&self) -> Option<&Mark> {
        let selected = self.selected_file()?;
        self.mark.as_ref().filter(|mark| *mark.source.path == *selected.path)
    }

    /// No row is marked any more.
    pub(super) fn unmark(&mut self) {
        self.mark = None;
        self.preview.mark(None);
    }

    /// What must be read for the preview; asked for once.
    pub(super) fn begin_reading(&mut self) -> Option<Wanted> {
        let selected = self.selected_file().filter(|_| self.preview_width > 0).cloned()?;
        self.reading.begin(&selected, self.preview_width)
    }

    /// A file was read for the preview.
    pub(super) fn take_document(&mut self, read: FileRead, library: &Library) {
        let selected = self.selected_file().cloned();
        if self.reading.take(read, selected.as_deref()) {
            self.show_preview(library);
        }
    }

    /// Time went on: what was new is no longer, ages grow.
    pub(super) fn tick(&mut self, now: Duration, wall_ns: i128) {
        self.wall_ns = wall_ns;
        if self.fresh.values().all(|(until, _)| now < *until) {
            return self.tick_ages(now);
        }
        let (fresh, over) =
            std::mem::take(&mut self.fresh).into_iter().partition(|(_, (until, _))| now < *until);
        self.fresh = fresh;
        let over: BTreeMap<Arc<str>, (Duration, bool)> = over;
        for line in self.lines.iter_mut().filter(|line| line.is_fresh) {
            line.is_fresh = !over.contains_key(&line.file.path);
        }
        self.tick_ages(now);
    }

    /// When [`InventoryTab::tick`] has something to do.
    pub(super) fn next_wakeup(&self) -> Option<Duration> {
        let ages = self.ages.map(|(at, step)| at + step);
        self.fresh.values().map(|(until, _)| *until).chain(ages).min()
    }

    fn tick_ages(&mut self, now: Duration) {
        if self.ages.is_some_and(|(at, step)| now >= at + step) {
            self.note_ages(now);
        }
    }

    /// Prints the ages that are seen, and notes how long they hold.
    fn note_ages(&mut self, now: Duration) {
        let seen = self.seen().into_iter().filter_map(|at| self.lines.get(at));
        let ages_ns = seen.map(|line| self.wall_ns - line.file.stamp.modified_ns);
        // Younger ones become an hour old, the others an hour older.
        let left_ns = ages_ns.filter(|age_ns| *age_ns < HOUR_NS).map(|age_ns| HOUR_NS - age_ns.max(0)).min();
        let left_ns = u64::try_from(left_ns.unwrap_or(HOUR_NS)).unwrap_or_default();
        let step = Duration::from_nanos(left_ns).max(LEAST_AGE_STEP);
        self.ages = (!self.lines.is_empty()).then_some((now, step));
        self.age_seen();
    }

    /// Prints the ages that are seen: of twenty thousand lines that is all anybody reads.
    fn age_seen(&mut self) {
        let wall_ns = self.wall_ns;
        let zone = self.zone.clone();
        for at in self.seen() {
            if let Some(line) = self.lines.get_mut(at) {
                line.age = age(line.file.stamp.modified_ns, wall_ns, zone.as_ref());
            }
        }
    }

    /// The lines that are seen.
    fn seen(&self) -> Vec<usize> {
        let rows = self.top..(self.top + self.height).min(self.count());
        match &self.folders {
            None => rows.collect(),
            Some(folders) => {
                let rows = folders.rows.get(rows).unwrap_or_default().iter();
                let lines = rows.filter_map(|row| match row {
                    TreeRow::Folder(_) => None,
                    TreeRow::File(line, _) => Some(*line),
                });
                lines.collect()
            }
        }
    }

    /// The file that the cursor stays on.
    fn chosen(&self) -> Option<Arc<str>> {
        let folder = self.selected_folder().map(|folder| &folder.path);
        let path = folder.or(self.selected_file().map(|file| &file.path));
        path.filter(|_| self.is_chosen).cloned()
    }

    /// The row of a file or a folder, whatever the order.
    fn row_of(&self, path: &str) -> Option<usize> {
        if let Some(folders) = &self.folders {
            return folders.row_of(path, &self.lines);
        }
        if self.is_by_path() {
            return self.place_of(path).ok();
        }
        self.lines.iter().position(|line| *line.file.path == *path)
    }

    /// Index of a file's line in order of the paths, or where it would stand.
    fn place_of(&self, path: &str) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| (*line.file.path).cmp(path))
    }

    fn line(&mut self, file: &Arc<ReportFile>, score: u32) -> FileLine {
        self.made += 1;
        FileLine {
            score,
            is_new: self.fresh.get(&file.path).is_some_and(|(_, is_new)| *is_new),
            path: Shown::new(&file.path),
            size: format::bytes(file.stamp.length),
            age: age(file.stamp.modified_ns, self.wall_ns, self.zone.as_ref()),
            is_fresh: self.fresh.contains_key(&file.path),
            file: Arc::clone(file),
        }
    }

    /// After a change of the lines: the cursor stays on its file.
    fn follow(&mut self, chosen: Option<Arc<str>>, library: &Library, now: Duration) {
        if let Some(folders) = &mut self.folders {
            folders.lay_out(&self.lines);
        }
        let place = chosen.and_then(|path| self.row_of(&path));
        let cursor = match place {
            Some(index) => self.cursor().followed(index, self.count(), self.height),
            None if self.is_chosen => self.cursor().in_sight(self.count(), self.height),
            None => Cursor::default(),
        };
        self.set_cursor(cursor);
        self.note_ages(now);
        self.show_selected(library);
    }

    fn cursor(&self) -> Cursor {
        Cursor { selected: self.selected, top: self.top }
    }

    fn set_cursor(&mut self, cursor: Cursor) {
        (self.selected, self.top) = (cursor.selected, cursor.top);
    }

    fn choose(&mut self, cursor: Cursor, library: &Library) {
        self.is_chosen = true;
        self.set_cursor(cursor);
        self.age_seen();
        self.show_selected(library);
    }

    /// Makes the preview anew when another file is selected or the file has changed.
    fn show_selected(&mut self, library: &Library) {
        let selected = self.selected_file();
        let is_same = match (selected, &self.previewed) {
            (Some(file), Some(before)) => Arc::ptr_eq(file, before),
            (None, None) => true,
            _ => false,
        };
        if is_same {
            return;
        }
        let is_of_same_path =
            selected.map(|file| &file.path) == self.previewed.as_ref().map(|file| &file.path);
        if is_of_same_path && selected.is_some_and(|file| self.reading.waits_for(file, self.preview_width)) {
            // What is seen of the file stays until its new content is there.
            return;
        }
        self.show_preview(library);
        if !is_of_same_path {
            self.preview.mark(self.marked().cloned().as_ref());
        }
    }

    fn show_preview(&mut self, library: &Library) {
        self.previewed = self.selected_file().filter(|_| self.preview_width > 0).cloned();
        let file = self.previewed.as_ref();
        let content = file.and_then(|file| self.reading.content(file));
        let metrics = file.map(|file| library.metrics_of(&file.path)).unwrap_or_default();
        let twin = file.and_then(|file| self.twins.first_of(file)).cloned();
        self.preview.show(file, content, (metrics, twin));
    }
}

/// The lines without those that are gone, with the new ones in their places.
fn merged(lines: Vec<FileLine>, fresh: Vec<(usize, FileLine)>, gone: &[usize]) -> Vec<FileLine> {
    let mut merged = Vec::with_capacity(lines.len() + fresh.len() - gone.len());
    let (mut fresh, mut gone) = (fresh.into_iter().peekable(), gone.iter().peekable());
    for (at, line) in lines.into_iter().enumerate() {
        while let Some((_, new)) = fresh.next_if(|(place, _)| *place <= at) {
            merged.push(new);
        }
        if gone.next_if(|place| **place == at).is_none() {
            merged.push(line);
        }
    }
    merged.extend(fresh.map(|(_, new)| new));
    merged
}

/// When it was, for the last hour; how long ago, before that.
fn age(modified_ns: i128, wall_ns: i128, zone: Option<&Zone>) -> String {
    let is_young = (-format::CLOCK_SLACK_NS..HOUR_NS).contains(&(wall_ns - modified_ns));
    if is_young { format::clock(modified_ns, zone) } else { format::age(modified_ns, wall_ns) }
}
