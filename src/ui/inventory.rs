//! The Inventory pane: the files, and a preview of the selected one beside or below.
//!
//! ```text
//! ╭─ Files · /gemma▏ ──────────────────────────────╮╭─ csv/gemma3_270m_baseline.csv ─╮
//! │   file                     rows    size    age  ││model,ttft_s,tokens_per_second  │
//! │▌● csv/gemma3_270m.csv        25    1 KB    3 s ✓││gemma3:270m,0.06,295.0          │
//! │   report.json                 –   12 KB    2 d ✗││                                │
//! ╰───────────────────────────────────── 1 of 101 ─╯╰────────────────────────────────╯
//! ```

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    keys, labels, symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        panel::{Panel, draw_rows, scroll_bar},
        table::{Cells, List},
    },
};
use crate::{
    app::{
        App, Focus,
        action::Action,
        folders::{Folder, TreeRow},
        inventory::{FILE_COLUMNS, FileLine},
        preview::Preview,
    },
    ingest::{
        file::{Kind, Status},
        inventory::WatchState,
    },
    metrics::format,
    text::sanitize::Shown,
};

/// Columns that a file stands further in than its folder.
const INDENT: usize = 2;

/// Draws the tab.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let buffer = frame.buffer_mut();
    list(buffer, app.areas.list, app, theme);
    preview(buffer, app.areas.detail, app, theme);
}

fn list(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.inventory;
    let order = if tab.is_following() { "following the newest" } else { tab.sort.title() };
    let order = labels::both(order, if tab.is_reversed { "reversed" } else { "" });
    let filter = labels::both(&order, &labels::filter(tab.filter.as_deref(), tab.is_typing));
    let panel =
        Panel { title: "Files", subtitle: &filter, is_focused: app.focus == Focus::List, ..Panel::default() };
    let empty = |buffer: &mut Buffer, inside| empty(buffer, inside, app, theme);
    let is_copy = |line: &FileLine| tab.twin_of(&line.file).is_some();
    let (top, selected) = (tab.top, tab.selected);
    if let Some(rows) = tab.tree() {
        let tree = List { columns: &FILE_COLUMNS, lines: rows, top, selected };
        tree.draw_framed((buffer, area), panel, theme, empty, |cells, row, theme| match row {
            TreeRow::Folder(folder) => draw_folder(cells, folder, app.wall_ns, theme),
            TreeRow::File(line, depth) => {
                if let Some(line) = tab.lines.get(*line) {
                    let name = line.path.as_str().rsplit('/').next().unwrap_or_default();
                    let name = format!("{}{name}", " ".repeat((depth + 1) * INDENT));
                    draw_line(cells, line, (&name, is_copy(line)), theme);
                }
            }
        });
        return;
    }
    let list = List { columns: &FILE_COLUMNS, lines: &tab.lines, top, selected };
    list.draw_framed((buffer, area), panel, theme, empty, |cells, line, theme| {
        draw_line(cells, line, (line.path.as_str(), is_copy(line)), theme);
    });
}

fn draw_folder(mut cells: Cells<'_, 8>, folder: &Folder, now_ns: i128, theme: &Theme) {
    let sign = if folder.is_folded { symbols::FOLDED } else { symbols::OPEN };
    let files = labels::counted(folder.files, "file");
    let name = format!("{}{sign} {} {files}", " ".repeat(folder.depth * INDENT), folder.name);
    let rows = if folder.rows == 0 { String::from(symbols::NONE) } else { format::count(folder.rows) };
    let (warning, style) = match folder.faulty {
        0 => ("", theme.body()),
        _ => (symbols::WARNING, theme.status(Status::Partial)),
    };
    cells
        .cell("", theme.body())
        .cell(&name, theme.strong())
        .cell("", theme.body())
        .cell(&rows, theme.body())
        .cell(&folder.size, theme.body())
        .cell(&format::age(folder.newest_ns, now_ns), theme.muted())
        .cell(warning, style)
        .cell("", style);
}

fn draw_line(mut cells: Cells<'_, 8>, line: &FileLine, (name, is_copy): (&str, bool), theme: &Theme) {
    let file = &line.file;
    let (sign, status, status_style) = match (file.generated, file.status) {
        (true, Status::Ok) => (symbols::OWN, "own", theme.muted()),
        (_, Status::Ok) if is_copy => (symbols::COPY, "copy", theme.muted()),
        (_, Status::Ok) => (symbols::OK, "ok", theme.good()),
        (_, Status::Partial) => (symbols::WARNING, "partial", theme.status(Status::Partial)),
        (_, Status::Error) => (symbols::ERROR, "error", theme.status(Status::Error)),
        (_, Status::Skipped) => (symbols::NONE, "skipped", theme.status(Status::Skipped)),
    };
    let path = if file.generated { theme.muted() } else { theme.body() };
    let rows = file.document.rows();
    let fresh = match (line.is_fresh, line.is_new) {
        (false, _) => "",
        (true, true) => symbols::NEW,
        (true, false) => symbols::FRESH,
    };
    cells
        .cell(fresh, theme.fresh())
        .cell(name, path)
        .cell(kind_name(file.kind), theme.kind(file.kind))
        .cell(&if rows == 0 { String::from(symbols::NONE) } else { format::count(rows) }, theme.body())
        .cell(&line.size, theme.body())
        .cell(&line.age, theme.muted())
        .cell(sign, status_style)
        .cell(status, status_style);
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv",
        Kind::Json => "json",
        Kind::Markdown => "md",
        Kind::Text => "text",
    }
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let folder = app.folder.as_str();
    let (what, hint): (String, String) = if app.inventory.filter.is_some()
        && !app.library.inventory.is_empty()
    {
        (String::from("no file matches the filter"), keys::hint(app, Action::ClearFilter, "shows all"))
    } else if app.library.watch == WatchState::Missing {
        (format!("{folder} is not there"), String::from("it is waited for: files appear here when it comes"))
    } else if app.library.is_complete {
        (
            format!("no CSV, JSON or Markdown in {folder} yet"),
            String::from("results appear here as they are written"),
        )
    } else {
        (format!("{} reading {folder}", symbols::spinner(app.now)), String::new())
    };
    message(buffer, area, &[Sentence::new(&what, theme.strong()), Sentence::new(&hint, theme.muted())]);
}

fn preview(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.inventory;
    if let Some(folder) = tab.selected_folder() {
        return preview_folder(buffer, area, folder, app, theme);
    }
    let shown = &tab.preview;
    let (top, height, total) = shown.scrolled();
    let foot = match shown.position() {
        Some((selected, total)) => labels::position(selected, total),
        None => labels::rows(top, height, total),
    };
    let panel = Panel {
        title: tab.selected_line().map_or("Preview", |line| line.path.as_str()),
        subtitle: &labels::both(shown.shape().title(), &search(shown)),
        foot: &foot,
        is_focused: app.focus == Focus::Detail,
        ..Panel::default()
    };
    let inside = panel.draw(buffer, area, theme);
    draw_rows(buffer, inside, &shown.rows, |role| theme.role(role));
    scroll_bar(buffer, area, top, total, theme);
    if let Some(row) = shown.cursor_row.and_then(|row| u16::try_from(row).ok()) {
        let row = Rect { y: inside.y.saturating_add(row), height: 1, ..inside };
        buffer.set_style(row.intersection(inside), theme.selected());
    }
}

/// A folder of the tree: what it holds, and what to do with it.
fn preview_folder(buffer: &mut Buffer, area: Rect, folder: &Folder, app: &App, theme: &Theme) {
    let title = Shown::new(&folder.path);
    let is_focused = app.focus == Focus::Detail;
    let inside = Panel { title: title.as_str(), is_focused, ..Panel::default() }.draw(buffer, area, theme);
    let files = labels::counted(folder.files, "file");
    let what = format!("{files}, {}, {}", folder.size, labels::counted(folder.rows, "row"));
    let faulty = match folder.faulty {
        0 => String::new(),
        faulty => format!("{} with problems", labels::counted(faulty, "file")),
    };
    let does = if folder.is_folded { "unfolds it" } else { "folds it" };
    let hint = keys::hint(app, Action::ToggleFold, does);
    let mut sentences = vec![
        Sentence::new(&what, theme.strong()),
        Sentence::new(&faulty, theme.status(Status::Partial)),
        Sentence::new(&hint, theme.muted()),
    ];
    sentences.retain(|sentence| !sentence.text.is_empty());
    message(buffer, inside, &sentences);
}

/// `/gpu · 3 of 17`
fn search(shown: &Preview) -> String {
    let typed = labels::filter(shown.searched().map(String::as_str), shown.is_typing());
    let tally = match shown.tally() {
        None => String::new(),
        Some((_, 0)) => String::from("no match"),
        Some((Some(at), total)) => labels::position(at, total),
        Some((None, total)) => labels::matches(total),
    };
    labels::both(&typed, &tally)
}
