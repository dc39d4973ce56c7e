//! Drawing: pure functions from the state to a frame. Geometry comes from `app.areas`,
//! text comes laid out; here it gets its style and its place.

pub mod ascii;
mod bench;
pub mod changes;
pub mod compare;
pub mod engine;
pub mod footer;
pub mod form;
pub mod gauges;
pub mod header;
pub mod help;
pub mod history;
pub mod inventory;
pub mod keys;
pub mod labels;
pub mod meters;
pub mod metrics;
pub mod palette;
pub mod place;
pub mod problems;
pub mod report;
pub mod symbols;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod widgets;

use ratatui::{Frame, layout::Rect};

use self::{
    theme::Theme,
    widgets::message::{Sentence, message},
};
use crate::app::{
    App, Popup, Tab,
    areas::{MIN_HEIGHT, MIN_WIDTH},
    compare::SideOf,
};

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let screen = frame.area();
    if theme.has_ground() {
        frame.buffer_mut().set_style(screen, theme.body());
    }
    if screen.width < MIN_WIDTH || screen.height < MIN_HEIGHT {
        too_small(frame, screen, theme);
    } else {
        draw_whole(frame, app, theme);
    }
    ascii::replace(frame.buffer_mut(), theme.signs);
}

fn draw_whole(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let areas = &app.areas;
    header::render(frame.buffer_mut(), areas.header, app, theme);
    header::render_tabs(frame.buffer_mut(), areas.tabs, app, theme);
    match app.tab {
        Tab::Inventory => inventory::render(frame, app, theme),
        Tab::Metrics => metrics::render(frame, app, theme),
        Tab::Compare => compare::render(frame, app, theme),
        Tab::Report => report::render(frame, app, theme),
        Tab::History => history::render(frame, app, theme),
        Tab::Engine => engine::render(frame, app, theme),
    }
    footer::render_status(frame.buffer_mut(), areas.status, app, theme);
    match &app.popup {
        Popup::None => {}
        Popup::Help(top) => help::render(frame.buffer_mut(), app, *top, theme),
        Popup::Problems(top) => problems::render(frame.buffer_mut(), app, *top, theme),
        Popup::Changes(top) => changes::render(frame.buffer_mut(), app, *top, theme),
        Popup::Palette(_) => palette::render(frame.buffer_mut(), app, "Actions", theme),
        Popup::GroupBy(_) => palette::render(frame.buffer_mut(), app, "Group by", theme),
        Popup::Rows(_) => palette::render(frame.buffer_mut(), app, "Rows that count", theme),
        Popup::Sides(SideOf::Base, _) => palette::render(frame.buffer_mut(), app, "Base", theme),
        Popup::Sides(SideOf::Candidate, _) => palette::render(frame.buffer_mut(), app, "Candidate", theme),
        Popup::Form(form) => form::render(frame.buffer_mut(), app, form, theme),
        Popup::Bench(_) => bench::render(frame.buffer_mut(), app, theme),
        Popup::Place(_) => place::render(frame.buffer_mut(), app, theme),
    }
    footer::render(frame.buffer_mut(), areas.footer, app, theme);
}

fn too_small(frame: &mut Frame<'_>, screen: Rect, theme: &Theme) {
    let needed = format!("needs {MIN_WIDTH}×{MIN_HEIGHT}, has {}×{}", screen.width, screen.height);
    let sentences =
        [Sentence::new("terminal too small", theme.strong()), Sentence::new(&needed, theme.muted())];
    message(frame.buffer_mut(), screen, &sentences);
}
