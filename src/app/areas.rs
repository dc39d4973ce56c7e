//! Where everything is on the screen. Computed on resize and tab change; draw reports
//! nothing back.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{Focus, Tab};

/// Smallest screen that is drawn.
pub const MIN_WIDTH: u16 = 40;
/// Smallest screen that is drawn.
pub const MIN_HEIGHT: u16 = 10;

/// Below this width or height a frame would take more than it gives.
const MIN_FRAMED: (u16, u16) = (12, 4);
/// From this width on the preview of a file lies beside the list.
const FILES_BESIDE: u16 = 100;
/// The same for a series' detail: the table of series wants more room.
const SERIES_BESIDE: u16 = 150;
/// From this height of the body on there is room for list and detail one above the other.
const STACKED: u16 = 14;
/// From this height of the body on the gauges get their third row.
const TALL: u16 = 14;
/// Columns between the tabs.
const TAB_GAP: u16 = 0;
/// Widest popup: lines longer than this are hard to read.
const POPUP_WIDTH: u16 = 96;

/// The screen's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The whole screen.
    pub screen: Rect,
    /// Top line: folder, counts, watch state.
    pub header: Rect,
    /// Tab line.
    pub tabs: Rect,
    /// Each tab's place in the tab line: its title with a space on either side.
    pub tab_titles: [Rect; 6],
    /// The tab's content.
    pub body: Rect,
    /// The list or table of the tab (Inventory: files; Metrics: series; Compare: rows), frame included.
    pub list: Rect,
    /// The list's rows: inside the frame, below one row of column titles.
    pub list_rows: Rect,
    /// Beside or below it, frame included: preview of the file, detail of the series. Empty
    /// when there is no room; then it takes the list's place while it has the focus.
    pub detail: Rect,
    /// The detail's rows: inside the frame.
    pub detail_rows: Rect,
    /// Report: the stage line.
    pub stage: Rect,
    /// Report: the streaming pane's frame.
    pub pane_frame: Rect,
    /// Report: the streaming pane's text, inside the frame.
    pub pane: Rect,
    /// Report: the gauges.
    pub gauges: Rect,
    /// The open popup, frame included; empty when none is open.
    pub popup: Rect,
    /// The popup's rows: inside the frame.
    pub popup_rows: Rect,
    /// Notice and status line.
    pub status: Rect,
    /// Keys that work here, and the engine's figures.
    pub footer: Rect,
}

impl Areas {
    /// Lays the screen out. Only `screen` is set where it is too small to draw.
    pub fn new((width, height): (u16, u16), tab: Tab, focus: Focus) -> Self {
        let screen = Rect::new(0, 0, width, height);
        if width < MIN_WIDTH || height < MIN_HEIGHT {
            return Self { screen, ..Self::default() };
        }
        let [header, tabs, body, status, footer] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(screen);
        let areas = Self {
            screen,
            header,
            tabs,
            tab_titles: tab_titles(tabs, tab),
            body,
            status,
            footer,
            ..Self::default()
        };
        match tab {
            Tab::Inventory | Tab::History | Tab::Engine => areas.with_list(FILES_BESIDE, focus),
            Tab::Metrics | Tab::Compare => areas.with_list(SERIES_BESIDE, focus),
            Tab::Report => areas.with_report(),
        }
    }

    fn with_list(mut self, beside: u16, focus: Focus) -> Self {
        let body = self.body;
        (self.list, self.detail) = if body.width >= beside {
            halves(&Layout::horizontal([Constraint::Percentage(56), Constraint::Percentage(44)]), body)
        } else if body.height >= STACKED {
            // What is read needs the room more than what is chosen from.
            let list = if focus == Focus::Detail { 36 } else { 58 };
            halves(&Layout::vertical([Constraint::Percentage(list), Constraint::Min(0)]), body)
        } else if focus == Focus::Detail {
            (Rect::default(), body)
        } else {
            (body, Rect::default())
        };
        let inside = inner(self.list);
        self.list_rows =
            Rect { y: inside.y + inside.height.min(1), height: inside.height.saturating_sub(1), ..inside };
        self.detail_rows = inner(self.detail);
        self
    }

    fn with_report(mut self) -> Self {
        let gauges = if self.body.height >= TALL { 3 } else { 2 };
        [self.stage, self.pane_frame, self.gauges] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(gauges)])
                .areas(self.body);
        self.pane = inner(self.pane_frame);
        self
    }

    /// Columns for the text of a popup, whichever.
    pub fn popup_text_width(&self) -> u16 {
        inner(self.popup_of(u16::MAX)).width
    }

    /// The same with a popup of so many rows of text on it.
    #[must_use]
    pub fn with_popup(mut self, rows: usize) -> Self {
        if self.body.is_empty() {
            return self;
        }
        self.popup = self.popup_of(u16::try_from(rows).unwrap_or(u16::MAX));
        self.popup_rows = inner(self.popup);
        self
    }

    fn popup_of(&self, rows: u16) -> Rect {
        let screen = self.screen;
        let width = screen.width.saturating_sub(2).min(POPUP_WIDTH);
        let most = screen.height.saturating_sub(2);
        let height = rows.saturating_add(2).clamp(MIN_FRAMED.1.min(most), most);
        Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height)
    }
}

/// The inside of a frame; all of the area where there is no room for one.
pub fn inner(area: Rect) -> Rect {
    if area.width < MIN_FRAMED.0 || area.height < MIN_FRAMED.1 {
        return area;
    }
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

fn halves(layout: &Layout, area: Rect) -> (Rect, Rect) {
    let [first, second] = layout.areas(area);
    (first, second)
}

/// Where there is no room for all names, the tabs that are not seen have their numbers alone.
fn tab_titles(line: Rect, selected: Tab) -> [Rect; 6] {
    let whole: u16 = Tab::ALL.iter().map(|tab| tab.title().len() as u16 + 2 + TAB_GAP).sum();
    let has_room = whole <= line.width;
    let mut x = line.x;
    Tab::ALL.map(|tab| {
        let title = if has_room || tab == selected { tab.title() } else { tab.number() };
        let width = (title.len() as u16 + 2).min(line.right() - x);
        let place = Rect::new(x, line.y, width, line.height);
        x = (x + width + TAB_GAP).min(line.right());
        place
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(size: (u16, u16)) -> impl Iterator<Item = (Areas, Tab, Focus)> {
        Tab::ALL.into_iter().flat_map(move |tab| {
            [Focus::List, Focus::Detail].map(|focus| (Areas::new(size, tab, focus), tab, focus))
        })
    }

    #[test]
    fn every_size_stays_on_the_screen() {
        for size in
            (0..=60).step_by(3).flat_map(|height| (0..=200).step_by(7).map(move |width| (width, height)))
        {
            for (areas, tab, focus) in all(size) {
                let areas = areas.with_popup(usize::from(size.1));
                let parts = [
                    areas.header,
                    areas.tabs,
                    areas.body,
                    areas.list,
                    areas.list_rows,
                    areas.detail,
                    areas.detail_rows,
                    areas.stage,
                    areas.pane_frame,
                    areas.pane,
                    areas.gauges,
                    areas.popup,
                    areas.popup_rows,
                    areas.status,
                    areas.footer,
                ];
                for part in parts.into_iter().chain(areas.tab_titles) {
                    assert_eq!(part.intersection(areas.screen), part, "{size:?} {tab:?} {focus:?}");
                }
                assert!(areas.list.intersection(areas.detail).is_empty());
            }
        }
    }

    #[test]
    fn every_usable_size_shows_what_matters() {
        for size in [(40, 10), (80, 24), (100, 30), (200, 60)] {
            for (areas, tab, focus) in all(size) {
                match (tab, focus) {
                    (Tab::Report, _) => {
                        assert!(areas.pane.height >= 3 && areas.gauges.height >= 2, "{size:?}");
                    }
                    (_, Focus::List) => assert!(areas.list_rows.height >= 3, "{size:?}"),
                    (_, Focus::Detail) => assert!(areas.detail_rows.height >= 4, "{size:?}"),
                }
            }
        }
    }

    #[test]
    fn room_decides_where_the_detail_is() {
        let areas = Areas::new((200, 60), Tab::Inventory, Focus::List);
        assert_eq!((areas.list.y, areas.list.right()), (areas.detail.y, areas.detail.x));
        let areas = Areas::new((80, 24), Tab::Inventory, Focus::List);
        assert_eq!((areas.list.x, areas.list.bottom()), (areas.detail.x, areas.detail.y));
        let areas = Areas::new((40, 10), Tab::Inventory, Focus::List);
        assert!(areas.detail.is_empty());
        let areas = Areas::new((40, 10), Tab::Inventory, Focus::Detail);
        assert!(areas.list.is_empty() && areas.detail == areas.body);
    }
}
