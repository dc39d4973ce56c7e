//! The Inventory tab's state.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    areas::Areas,
    cursor::{self, Cursor, Move},
    document::{FileRead, Reading, Wanted},
    preview::{self, Mark},
    sort::FileSort,
};
use crate::{
    ingest::inventory::{Batch, Change, ReportFile},
    metrics::{format, library::Library},
    text::{sanitize::Shown, wrap::Row},
};

/// How long a file counts as new.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// Ages change by the minute: a screen that is idle must not be busy …
const AGE_STEP: Duration = Duration::from_mins(1);
/// … and where all are older than an hour, by the hour.
const AGE_STEP_OLD: Duration = Duration::from_hours(1);
/// Nanoseconds of a minute: what is younger has no age yet.
const MINUTE_NS: i128 = 60_000_000_000;
/// The age of what is younger.
const NOW: &str = "now";

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
    /// Preview of the selected file, laid out for the detail area's width.
    pub preview: Vec<Row>,
    /// First visible row of the preview.
    pub preview_top: usize,
    /// The row of the preview that a figure of the report led to.
    pub marked_row: Option<usize>,
    /// The filter as typed; `None` when not filtering.
    pub filter: Option<String>,
    /// Keys go to the filter.
    pub is_typing: bool,
    /// What the files are in order of.
    pub sort: FileSort,
    /// Files that came or changed lately, and until when that counts.
    fresh: BTreeMap<Arc<str>, Duration>,
    /// The user chose a line: the cursor follows that file. Until then it stays on top.
    is_chosen: bool,
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
    preview_height: usize,
}

impl InventoryTab {
    /// The selected file.
    pub fn selected_file(&self) -> Option<&Arc<ReportFile>> {
        self.lines.get(self.selected).map(|line| &line.file)
    }

    /// Marks the files of a batch as new.
    pub(super) fn mark_fresh(&mut self, batch: &Batch, now: Duration) {
        for change in &batch.changes {
            match change {
                Change::Read(file) => self.fresh.insert(file.path.clone(), now + FRESH),
                Change::Removed(path) => self.fresh.remove(path),
            };
        }
    }

    /// Makes the lines anew after a change of filter. The cursor stays on its file.
    pub(super) fn refresh(&mut self, library: &Library, now: Duration) {
        let chosen = self.chosen();
        let mut lines = std::mem::take(&mut self.lines);
        if self.sort != FileSort::Path {
            lines.sort_unstable_by(|one, other| one.file.path.cmp(&other.file.path));
        }
        // Both are in order of the path.
        let mut before = lines.into_iter().peekable();
        let needle = self.needle();
        for file in library.inventory.files().filter(|file| is_match(file, needle.as_deref())) {
            while before.next_if(|line| line.file.path < file.path).is_some() {}
            let line = match before.next_if(|line| Arc::ptr_eq(&line.file, file)) {
                Some(line) => line,
                None => self.line(file),
            };
            self.lines.push(line);
        }
        let sort = self.sort;
        if sort != FileSort::Path {
            self.lines.sort_unstable_by(|one, other| sort.compare(&one.file, &other.file));
        }
        self.follow(chosen, library, now);
    }

    /// Puts the files in the next order. The cursor stays on its file.
    pub(super) fn change_sort(&mut self, library: &Library, now: Duration) {
        self.sort = self.sort.next();
        self.refresh(library, now);
    }

    /// The newest file is on top and stays selected, whichever that is, until the cursor is moved.
    pub(super) fn toggle_follow(&mut self, library: &Library, now: Duration) {
        if self.is_following() {
            self.is_chosen = true;
            return;
        }
        self.sort = FileSort::Newest;
        self.is_chosen = false;
        self.refresh(library, now);
    }

    /// Is the newest file selected, whichever that is?
    pub fn is_following(&self) -> bool {
        self.sort == FileSort::Newest && !self.is_chosen
    }

    /// Takes on the changes of a batch: no other line is touched. The cursor stays on its file.
    pub(super) fn take(&mut self, batch: &Batch, library: &Library, now: Duration) {
        let chosen = self.chosen();
        let needle = self.needle();
        let changed: BTreeMap<&Arc<str>, Option<&Arc<ReportFile>>> = batch
            .changes
            .iter()
            .map(|change| match change {
                Change::Read(file) => (&file.path, Some(file)),
                Change::Removed(path) => (path, None),
            })
            .collect();
        if self.sort != FileSort::Path {
            return self.take_sorted(&changed, (chosen, needle), library, now);
        }
        // Where to put new lines, counted before there is one of them.
        let mut fresh = Vec::new();
        let mut gone = Vec::new();
        for (path, file) in changed {
            let file = file.filter(|file| is_match(file, needle.as_deref()));
            match (self.place_of(path), file) {
                (Ok(at), Some(file)) => self.lines[at] = self.line(file),
                (Ok(at), None) => gone.push(at),
                (Err(at), Some(file)) => fresh.push((at, self.line(file))),
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
        (chosen, needle): (Option<Arc<str>>, Option<String>),
        library: &Library,
        now: Duration,
    ) {
        self.lines.retain(|line| !changed.contains_key(&line.file.path));
        let files = changed.values().filter_map(|file| *file);
        let mut fresh: Vec<FileLine> =
            files.filter(|file| is_match(file, needle.as_deref())).map(|file| self.line(file)).collect();
        let sort = self.sort;
        fresh.sort_unstable_by(|one, other| sort.compare(&one.file, &other.file));
        let place = |line: &FileLine| {
            self.lines.partition_point(|known| sort.compare(&known.file, &line.file) == Ordering::Less)
        };
        let fresh: Vec<(usize, FileLine)> = fresh.into_iter().map(|line| (place(&line), line)).collect();
        self.lines = merged(std::mem::take(&mut self.lines), fresh, &[]);
        self.follow(chosen, library, now);
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas, library: &Library) {
        self.height = usize::from(areas.list_rows.height);
        self.preview_height = usize::from(areas.detail_rows.height);
        self.set_cursor(self.cursor().in_sight(self.lines.len(), self.height));
        let width = areas.detail_rows.width;
        if width > 0 && width != self.preview_width {
            self.preview_width = width;
            self.lay_preview_out(library);
            self.show_mark();
        }
        self.scroll_preview(Move::By(0));
        self.age_seen();
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move, library: &Library) {
        self.choose(self.cursor().moved(to, self.lines.len(), self.height), library);
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize, library: &Library) {
        self.choose(self.cursor().scrolled(rows, self.lines.len(), self.height), library);
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize, library: &Library) {
        let selected = self.top + row;
        if selected < self.lines.len() {
            self.choose(Cursor { selected, top: self.top }.in_sight(self.lines.len(), self.height), library);
        }
    }

    /// Scrolls the preview.
    pub(super) fn scroll_preview(&mut self, to: Move) {
        self.preview_top = cursor::scrolled(self.preview_top, to, self.preview.len(), self.preview_height);
    }

    /// Shows a file of the list with one of its rows marked.
    pub(super) fn mark(&mut self, mark: Mark, library: &Library) {
        let Some(at) = self.line_of(&mark.source.path) else { return };
        self.mark = Some(mark);
        self.choose(self.cursor().followed(at, self.lines.len(), self.height), library);
        self.lay_preview_out(library);
        self.show_mark();
    }

    /// The row of the selected file that is marked.
    pub(super) fn marked(&self) -> Option<&Mark> {
        let selected = self.selected_file()?;
        self.mark.as_ref().filter(|mark| *mark.source.path == *selected.path)
    }

    /// No row is marked any more.
    pub(super) fn unmark(&mut self, library: &Library) {
        if self.mark.take().is_some() {
            self.lay_preview_out(library);
        }
    }

    /// Brings the marked row on the screen, with what is said of it.
    fn show_mark(&mut self) {
        if let Some(row) = self.marked_row {
            let above = self.preview_height / 3;
            self.preview_top = row.saturating_sub(above);
        }
        self.scroll_preview(Move::By(0));
    }

    /// What must be read for the preview; asked for once.
    pub(super) fn begin_reading(&mut self) -> Option<Wanted> {
        let selected = self.lines.get(self.selected).filter(|_| self.preview_width > 0)?;
        self.reading.begin(&selected.file)
    }

    /// A file was read for the preview.
    pub(super) fn take_document(&mut self, read: FileRead, library: &Library) {
        let selected = self.lines.get(self.selected).map(|line| &*line.file);
        if self.reading.take(read, selected) {
            let had_mark = self.marked_row.is_some();
            self.lay_preview_out(library);
            if had_mark { self.scroll_preview(Move::By(0)) } else { self.show_mark() }
        }
    }

    /// Time went on: what was new is no longer, ages grow.
    pub(super) fn tick(&mut self, now: Duration, wall_ns: i128) {
        self.wall_ns = wall_ns;
        if self.fresh.values().all(|until| now < *until) {
            return self.tick_ages(now);
        }
        let (fresh, over) = std::mem::take(&mut self.fresh).into_iter().partition(|(_, until)| now < *until);
        self.fresh = fresh;
        let over: BTreeMap<Arc<str>, Duration> = over;
        for line in self.lines.iter_mut().filter(|line| line.is_fresh) {
            line.is_fresh = !over.contains_key(&line.file.path);
        }
        self.tick_ages(now);
    }

    /// When [`InventoryTab::tick`] has something to do.
    pub(super) fn next_wakeup(&self) -> Option<Duration> {
        let ages = self.ages.map(|(at, step)| at + step);
        self.fresh.values().copied().chain(ages).min()
    }

    fn tick_ages(&mut self, now: Duration) {
        if self.ages.is_some_and(|(at, step)| now >= at + step) {
            self.note_ages(now);
        }
    }

    /// Prints the ages that are seen, and notes how long they hold.
    fn note_ages(&mut self, now: Duration) {
        let wall_ns = self.wall_ns;
        let is_young = |line: &FileLine| wall_ns - line.file.stamp.modified_ns < 60 * MINUTE_NS;
        let step = if self.seen().iter().any(is_young) { AGE_STEP } else { AGE_STEP_OLD };
        self.ages = (!self.lines.is_empty()).then_some((now, step));
        self.age_seen();
    }

    /// Prints the ages that are seen: of twenty thousand lines that is all anybody reads.
    fn age_seen(&mut self) {
        let wall_ns = self.wall_ns;
        let end = (self.top + self.height).min(self.lines.len());
        for line in self.lines.get_mut(self.top..end).unwrap_or_default() {
            line.age = age(line.file.stamp.modified_ns, wall_ns);
        }
    }

    fn seen(&self) -> &[FileLine] {
        self.lines.get(self.top..(self.top + self.height).min(self.lines.len())).unwrap_or_default()
    }

    /// The file that the cursor stays on.
    fn chosen(&self) -> Option<Arc<str>> {
        self.selected_file().filter(|_| self.is_chosen).map(|file| Arc::clone(&file.path))
    }

    fn needle(&self) -> Option<String> {
        self.filter.as_ref().map(|filter| filter.to_lowercase())
    }

    /// Index of a file's line, whatever the order.
    fn line_of(&self, path: &str) -> Option<usize> {
        match self.sort {
            FileSort::Path => self.place_of(path).ok(),
            _ => self.lines.iter().position(|line| *line.file.path == *path),
        }
    }

    /// Index of a file's line in order of the paths, or where it would stand.
    fn place_of(&self, path: &str) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| (*line.file.path).cmp(path))
    }

    fn line(&mut self, file: &Arc<ReportFile>) -> FileLine {
        self.made += 1;
        FileLine {
            path: Shown::new(&file.path),
            size: format::bytes(file.stamp.length),
            age: age(file.stamp.modified_ns, self.wall_ns),
            is_fresh: self.fresh.contains_key(&file.path),
            file: Arc::clone(file),
        }
    }

    /// After a change of the lines: the cursor stays on its file.
    fn follow(&mut self, chosen: Option<Arc<str>>, library: &Library, now: Duration) {
        let place = chosen.and_then(|path| self.line_of(&path));
        let cursor = match place {
            Some(index) => self.cursor().followed(index, self.lines.len(), self.height),
            None if self.is_chosen => self.cursor().in_sight(self.lines.len(), self.height),
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
        if selected.map(|file| &file.path) != self.previewed.as_ref().map(|file| &file.path) {
            self.preview_top = 0;
        } else if selected.is_some_and(|file| self.reading.waits_for(file)) {
            // What is seen of the file stays until its new content is there.
            return;
        }
        self.lay_preview_out(library);
        self.scroll_preview(Move::By(0));
    }

    fn lay_preview_out(&mut self, library: &Library) {
        self.previewed = self.selected_file().cloned();
        (self.preview, self.marked_row) = match &self.previewed {
            Some(file) if self.preview_width > 0 => {
                let document = self.reading.document(file);
                let metrics = library.metrics_of(&file.path);
                preview::of(file, document, &metrics, self.preview_width, self.marked())
            }
            _ => (Vec::new(), None),
        };
    }
}

fn is_match(file: &ReportFile, needle: Option<&str>) -> bool {
    needle.is_none_or(|needle| file.path.to_lowercase().contains(needle))
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

/// An age in steps that an idle screen need not follow by the second.
fn age(modified_ns: i128, wall_ns: i128) -> String {
    let is_now = (0..MINUTE_NS).contains(&(wall_ns - modified_ns));
    if is_now { NOW.to_owned() } else { format::age(modified_ns, wall_ns) }
}
