//! What the mouse does.

use ratatui::layout::{Position, Rect};

use super::{
    App, Focus, Popup, Tab,
    cursor::Move,
    effect::Effect,
    event::{Mouse, MouseKind},
    notices::Severity,
};

/// Rows that one step of the wheel scrolls.
const WHEEL: isize = 3;

impl App {
    pub(super) fn toggle_mouse(&mut self) -> Vec<Effect> {
        self.has_mouse = !self.has_mouse;
        self.say(
            Severity::Info,
            if self.has_mouse {
                "the mouse works here again"
            } else {
                "the mouse is the terminal's: it selects and copies text"
            },
        );
        vec![Effect::UseMouse(self.has_mouse)]
    }

    pub(super) fn use_mouse(&mut self, mouse: Mouse) {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseKind::Press => self.press_at(at),
            MouseKind::WheelUp => self.wheel_at(at, -WHEEL),
            MouseKind::WheelDown => self.wheel_at(at, WHEEL),
        }
    }

    fn press_at(&mut self, at: Position) {
        let areas = self.areas;
        if self.popup != Popup::None {
            if !areas.popup.contains(at) {
                self.popup = Popup::None;
                self.relayout();
            }
        } else if let Some(index) = areas.tab_titles.iter().position(|title| title.contains(at)) {
            self.select_tab(Tab::ALL[index]);
        } else if areas.list.contains(at) {
            self.set_focus(Focus::List);
            if self.tab == Tab::Inventory && at.y + 1 == areas.list_rows.y {
                let x = at.x.saturating_sub(areas.list_rows.x);
                self.inventory.press_title(x, areas.list_rows.width, &self.library, self.now);
            }
            if areas.list_rows.contains(at) {
                let row = usize::from(at.y - areas.list_rows.y);
                match self.tab {
                    Tab::Inventory => self.inventory.press(row, &self.library),
                    Tab::Metrics => self.metrics.press(row, &self.shown),
                    Tab::Compare => self.compare.press(row),
                    Tab::History => self.history.press(row),
                    Tab::Engine => self.engine_tab.press(row),
                    Tab::Report => {}
                }
            }
        } else if areas.detail.contains(at) {
            self.set_focus(Focus::Detail);
            if self.tab == Tab::Inventory && areas.detail_rows.contains(at) {
                self.inventory.preview.press(usize::from(at.y - areas.detail_rows.y));
            }
        }
    }

    fn wheel_at(&mut self, at: Position, rows: isize) {
        let is_over = |area: Rect| area.contains(at);
        if self.popup != Popup::None {
            self.scroll_popup(Move::By(rows));
        } else if is_over(self.areas.list) {
            match self.tab {
                Tab::Inventory => self.inventory.scroll(rows, &self.library),
                Tab::Metrics => self.metrics.scroll(rows, &self.shown),
                Tab::Compare => self.compare.scroll(rows),
                Tab::History => self.history.scroll(rows),
                Tab::Engine => self.engine_tab.scroll(rows),
                Tab::Report => {}
            }
        } else if is_over(self.areas.detail) {
            match self.tab {
                Tab::Inventory => self.inventory.preview.scroll(rows),
                Tab::Metrics => self.metrics.scroll_detail(Move::By(rows)),
                Tab::Compare => self.compare.scroll_detail(Move::By(rows)),
                Tab::History => self.history.scroll_detail(Move::By(rows)),
                Tab::Engine => self.engine_tab.scroll_detail(Move::By(rows)),
                Tab::Report => {}
            }
        } else if is_over(self.areas.pane_frame) {
            self.report.view.scroll_by(rows);
        }
    }
}
