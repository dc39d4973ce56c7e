//! Routes events to slices. The only way the state changes.

use std::{path::PathBuf, time::Duration};

use super::{
    App, Focus, Popup, Tab,
    action::Action,
    compare::SideOf,
    cursor::Move,
    effect::Effect,
    event::{Event, Key, KeyCode},
    form::Form,
    keymap::{Context, Resolved},
    metrics::chart::View,
    notices::Severity,
    palette::palette,
    preview::Mark,
    report::evidence::SourceRow,
    versions::VersionsWanted,
};
use crate::{engine::protocol::EngineEvent, signals::Signal};

/// How often a screen is drawn on which a time runs.
const RUNNING_STEP: Duration = Duration::from_millis(100);
/// Longest filter: more is a slip of the mouse.
pub(super) const FILTER_CHARS: usize = 200;

impl App {
    /// Takes one event, changes the state, and says what must be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let is_quiet = matches!(
            event,
            Event::Tick { .. }
                | Event::Library(_)
                | Event::Engine(EngineEvent::Piece { .. } | EngineEvent::Prefill { .. })
        );
        let mut effects = self.take(event);
        self.outside.look(self.report.activity, self.report.is_busy(), self.now);
        effects.extend(self.unload_unused());
        effects.extend(self.freshen());
        effects.extend(self.explain());
        effects.extend(self.read_selected());
        effects.extend(self.read_history());
        effects.extend(self.search_file());
        effects.extend(self.read_version());
        effects.extend(self.look());
        if self.tab == Tab::Engine {
            if is_quiet { self.refresh_engine() } else { self.lay_engine_out() }
        }
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Tick { now, wall_ns } => self.tick(now, wall_ns),
            Event::Key(key) => return self.press_key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse) => self.use_mouse(mouse),
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.relayout();
            }
            // It changes how the state looks, not the state.
            Event::Background(_) => {}
            Event::Signal(signal) => return self.take_signal(signal),
            Event::Library(event) => return self.take_library(*event),
            Event::Document(read) => self.inventory.take_document(*read, &self.library),
            Event::Runs(read) => self.take_runs(*read),
            Event::Progressed(progress) => self.take_progress(progress),
            Event::Computed(answer) => return self.take_answer(*answer),
            Event::Models(listing) => self.take_models(*listing),
            Event::EngineSeen(sight) => self.take_sight(*sight),
            Event::Engine(event) => return self.take_engine(event),
            Event::Bench(news) => self.take_bench(news),
            Event::Machine(sample) => {
                self.machine.take(*sample, self.now);
                return self.yield_gpu().into_iter().collect();
            }
            Event::Remains(news) => self.take_remains(news),
            Event::Saved(result) => {
                let effects = self.tell_end(&result);
                self.take_saved(result);
                return effects;
            }
        }
        Vec::new()
    }

    /// When to be woken if nothing happens, in time since the start as [`App::now`]; `None`:
    /// nothing animates, sleep.
    pub fn next_wakeup(&self) -> Option<Duration> {
        let running = self.report.is_busy().then(|| self.now + RUNNING_STEP);
        let wakeups = [
            running,
            self.notices.next_expiry(),
            self.inventory.next_wakeup(),
            self.metrics.next_wakeup(),
            self.engine_wakeup(),
            self.freshening.wakeup(self.now),
        ];
        wakeups.into_iter().flatten().min()
    }

    fn tick(&mut self, now: Duration, wall_ns: i128) {
        self.now = now;
        self.wall_ns = wall_ns;
        self.notices.expire(now);
        self.inventory.tick(now, wall_ns);
        self.metrics.tick(now);
    }

    fn take_signal(&mut self, signal: Signal) -> Vec<Effect> {
        match signal {
            Signal::Hangup | Signal::Interrupt | Signal::Quit | Signal::Terminate => {
                self.quit(signal.exit_code())
            }
            Signal::Suspend => vec![Effect::Suspend],
            Signal::Continue => vec![Effect::Redraw],
        }
    }

    fn press_key(&mut self, key: Key) -> Vec<Effect> {
        let key = key.normalized();
        let context = self.context();
        // What is typed must not be lost to another tab.
        if self.popup != Popup::None && context == Context::Typing && key.is_sideways() {
            self.type_key(key);
            return Vec::new();
        }
        match self.keymap.resolve(context, &self.pending, key) {
            Resolved::Pending => self.pending.push(key),
            Resolved::Action(action) => {
                self.pending.clear();
                return self.perform(action);
            }
            // A chord that leads nowhere is forgotten and its last key stands for itself, but
            // Esc only takes the chord back.
            Resolved::None if !self.pending.is_empty() => {
                self.pending.clear();
                if key.code != KeyCode::Esc {
                    return self.press_key(key);
                }
            }
            Resolved::None if context == Context::Typing => self.type_key(key),
            Resolved::None => {}
        }
        Vec::new()
    }

    /// Does what the user means.
    pub(super) fn perform(&mut self, action: Action) -> Vec<Effect> {
        if let Some(why) = self.nothing_to_do(action) {
            self.say(Severity::Info, &why);
            return Vec::new();
        }
        self.act(action)
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::NextTab => self.select_tab(self.tab.further(1)),
            Action::PreviousTab => self.select_tab(self.tab.further(Tab::ALL.len() - 1)),
            Action::ShowInventory
            | Action::ShowMetrics
            | Action::ShowCompare
            | Action::ShowReport
            | Action::ShowHistory
            | Action::ShowEngine => self.show_tab(action),
            Action::RepeatRun => return self.repeat_run(),
            Action::Up => self.go(Move::By(-1)),
            Action::Down => self.go(Move::By(1)),
            Action::HalfPageUp => self.go(Move::HalfPages(-1)),
            Action::HalfPageDown => self.go(Move::HalfPages(1)),
            Action::PageUp => self.go(Move::Pages(-1)),
            Action::PageDown => self.go(Move::Pages(1)),
            Action::Start => self.go(Move::Start),
            Action::End => self.go(Move::End),
            Action::FocusNext => self.set_focus(match self.focus {
                Focus::List => Focus::Detail,
                Focus::Detail => Focus::List,
            }),
            Action::Open if self.finds() => return self.choose(),
            Action::Open if self.has_field() => return self.take_field(),
            Action::Open if self.tab == Tab::History => return self.open_run(),
            Action::Open if self.tab == Tab::Engine => return self.use_model(),
            Action::Open => self.open(),
            Action::Back => return self.back(),
            Action::Left => self.go_aside(-1),
            Action::Right => self.go_aside(1),
            Action::ToggleFold => self.toggle_fold(),
            Action::ToggleTree => self.toggle_tree(),
            Action::FoldAll => self.fold_all(false),
            Action::UnfoldAll => self.fold_all(true),
            Action::NextView if self.tab == Tab::Inventory => self.inventory.preview.change_shape(1),
            Action::PreviousView if self.tab == Tab::Inventory => self.inventory.preview.change_shape(-1),
            Action::NextView => self.change_view(1),
            Action::PreviousView => self.change_view(View::ALL.len() - 1),
            Action::ZoomIn if self.tab == Tab::Metrics => self.metrics.change_zoom(1, &self.shown),
            Action::ZoomOut if self.tab == Tab::Metrics => self.metrics.change_zoom(-1, &self.shown),
            Action::NextPartner if self.tab == Tab::Metrics => self.metrics.change_partner(&self.shown),
            Action::ReverseSort if self.tab == Tab::Inventory => {
                self.inventory.reverse_sort(&self.library, self.now);
            }
            Action::ZoomIn | Action::ZoomOut | Action::NextPartner | Action::ReverseSort => {}
            Action::MarkBase if self.tab == Tab::History => self.mark_run(),
            Action::Compare if self.tab == Tab::History => return self.compare_runs(),
            Action::PreviousVersion => self.want_version(VersionsWanted::Walk(-1)),
            Action::NextVersion => self.want_version(VersionsWanted::Walk(1)),
            Action::Compare if self.tab == Tab::Report => self.want_version(VersionsWanted::Changes),
            Action::CopySection => return self.copy_section(),
            Action::MarkBase if self.tab == Tab::Compare => self.choose_side(SideOf::Base),
            Action::Compare if self.tab == Tab::Compare => self.choose_side(SideOf::Candidate),
            Action::MarkBase => self.mark_base(),
            Action::Compare => return self.compare_selected(),
            Action::SwapSides => return self.swap_sides(),
            Action::Generate => return self.generate(),
            Action::Cancel => return self.cancel().unwrap_or_else(|| self.stop_bench()),
            Action::Benchmark => self.ask_for_bench(),
            Action::NextFigure => self.walk(1),
            Action::PreviousFigure => self.walk(-1),
            Action::ToggleFollow => self.toggle_follow(),
            Action::NextSort => self.change_sort(),
            Action::GroupBy => self.choose_groups(),
            Action::Where => self.choose_rows(),
            Action::Filter => self.begin_filter(),
            Action::ClearFilter => {
                self.set_filter(None);
                if self.tab == Tab::Metrics {
                    self.uncut();
                }
            }
            Action::Help => self.toggle_popup(Popup::Help(0)),
            Action::Palette => self.toggle_popup(Popup::Palette(palette())),
            Action::Problems => self.toggle_popup(Popup::Problems(0)),
            Action::Copy => return self.copy(),
            Action::Edit => return self.edit(),
            Action::Rescan => {
                self.say(Severity::Info, "reading the folder again");
                self.engine_tab.forget_listing();
                return vec![Effect::Rescan];
            }
            Action::ToggleMeters => return vec![Effect::Meter(self.machine.switch())],
            Action::EditSettings => self.toggle_popup(Popup::Form(Form::default())),
            Action::NextValue => self.change_setting(1),
            Action::PreviousValue => self.change_setting(-1),
            Action::ResetSetting => self.reset_setting(),
            Action::LoadModel => return self.load_model(),
            Action::UnloadModel => return self.unload(),
            Action::SaveElsewhere | Action::Recover => return self.rescue(action),
            Action::Quit => return self.quit(0),
            Action::CancelOrQuit => return self.cancel_or_quit(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::ToggleMouse => return self.toggle_mouse(),
        }
        Vec::new()
    }

    fn show_tab(&mut self, action: Action) {
        self.select_tab(match action {
            Action::ShowMetrics => Tab::Metrics,
            Action::ShowCompare => Tab::Compare,
            Action::ShowReport => Tab::Report,
            Action::ShowHistory => Tab::History,
            Action::ShowEngine => Tab::Engine,
            _ => Tab::Inventory,
        });
    }

    pub(super) fn select_tab(&mut self, tab: Tab) {
        self.end_typing();
        self.popup = Popup::None;
        self.tab = tab;
        self.came_from = None;
        self.focus = Focus::List;
        self.relayout();
    }

    pub(super) fn set_focus(&mut self, focus: Focus) {
        self.focus = focus;
        self.relayout();
    }

    fn go(&mut self, to: Move) {
        match (&self.popup, self.tab, self.focus) {
            (popup, ..) if *popup != Popup::None => self.scroll_popup(to),
            (_, Tab::Inventory, Focus::List) => self.inventory.go(to, &self.library),
            (_, Tab::Inventory, Focus::Detail) => self.inventory.preview.go(to),
            (_, Tab::Metrics, Focus::List) => self.metrics.go(to, &self.shown),
            (_, Tab::Metrics, Focus::Detail) => self.metrics.scroll_detail(to),
            (_, Tab::History, Focus::List) => self.history.go(to),
            (_, Tab::History, Focus::Detail) => self.history.scroll_detail(to),
            (_, Tab::Compare, Focus::List) => self.compare.go(to),
            (_, Tab::Compare, Focus::Detail) => self.compare.scroll_detail(to),
            (_, Tab::Report, _) => self.report.scroll(to, usize::from(self.areas.pane.height)),
            (_, Tab::Engine, Focus::List) => self.engine_tab.go(to),
            (_, Tab::Engine, Focus::Detail) => self.engine_tab.scroll_detail(to),
        }
    }

    fn open(&mut self) {
        if self.context() == Context::Typing {
            self.end_typing();
        } else if self.tab == Tab::Report {
            match self.report.source() {
                Some(source) => self.open_source(source),
                None if self.report.evidence.position().is_some() => {
                    self.say(Severity::Info, "counted from the listing of the folder, not from a row");
                }
                None => {}
            }
        } else if self.tab == Tab::Metrics && self.focus == Focus::Detail {
            if let Some(source) = self.metrics.stopped_at().and_then(|stop| stop.place.clone()) {
                self.open_source(source);
            }
        } else if self.context() == Context::Preview
            || self.tab == Tab::Inventory && self.inventory.selected_folder().is_some()
        {
            self.toggle_fold();
        } else {
            self.set_focus(Focus::Detail);
        }
    }

    fn toggle_follow(&mut self) {
        match self.tab {
            Tab::Inventory => self.inventory.toggle_follow(&self.library, self.now),
            Tab::Report => self.report.toggle_follow(),
            Tab::Metrics | Tab::Compare | Tab::History | Tab::Engine => {}
        }
    }

    fn change_sort(&mut self) {
        match self.tab {
            Tab::Inventory => self.inventory.change_sort(&self.library, self.now),
            Tab::Metrics => self.metrics.change_sort(&self.shown, self.now),
            Tab::Compare => self.compare.change_sort(),
            Tab::Report | Tab::History | Tab::Engine => {}
        }
    }

    fn change_view(&mut self, by: usize) {
        if self.tab == Tab::Metrics {
            self.metrics.change_view(by, &self.shown);
        }
    }

    /// A file at the row that a figure or a value comes from.
    fn open_source(&mut self, source: SourceRow) {
        if self.library.inventory.get(&source.path).is_none() {
            let text = format!("`{}` is no longer in the folder", source.path);
            self.say(Severity::Warning, &text);
            return;
        }
        let came_from = self.tab;
        self.select_tab(Tab::Inventory);
        self.inventory.filter = None;
        self.inventory.refresh(&self.library, self.now);
        let evidence = &self.report.evidence;
        let sentences = evidence.sentences(&source.path, source.line);
        let is_used = came_from == Tab::Report
            || evidence.rows_of(&source.path).iter().any(|(line, _)| Some(*line) == source.line);
        self.inventory.mark(Mark { source, sentences, is_used }, &self.library);
        self.came_from = Some(came_from);
        self.set_focus(Focus::Detail);
    }

    /// The next figure of the report, or the next row of a file that the report uses.
    fn walk(&mut self, by: isize) {
        match self.tab {
            Tab::Report => self.report.walk(by),
            Tab::Inventory => self.walk_file(by),
            Tab::Metrics | Tab::Compare | Tab::History | Tab::Engine => {}
        }
    }

    /// One level out. Never quits.
    fn back(&mut self) -> Vec<Effect> {
        if self.leave_field() {
            return Vec::new();
        }
        if self.popup != Popup::None {
            self.popup = Popup::None;
            self.relayout();
        } else if self.filter().is_some() {
            self.set_filter(None);
        } else if let Some(effects) = self.cancel() {
            return effects;
        } else if let Some(tab) = self.came_from.filter(|_| self.tab == Tab::Inventory) {
            self.inventory.unmark();
            self.select_tab(tab);
            if tab == Tab::Metrics {
                self.set_focus(Focus::Detail);
            }
        } else if self.tab == Tab::Report && self.report.deselect() {
            // The figure is left, the report stays where it is.
        } else if self.focus != Focus::List {
            self.set_focus(Focus::List);
        } else {
            self.notices.dismiss();
        }
        Vec::new()
    }

    fn cancel_or_quit(&mut self) -> Vec<Effect> {
        if self.report.activity == super::report::Activity::Cancelling {
            return self.quit(Signal::Interrupt.exit_code());
        }
        match self.cancel() {
            Some(effects) => {
                if self.report.is_busy() {
                    self.say(Severity::Info, "cancelling; press again to quit");
                }
                effects
            }
            None => self.quit(Signal::Interrupt.exit_code()),
        }
    }

    fn edit(&mut self) -> Vec<Effect> {
        let place = match self.tab {
            Tab::Inventory => self.inventory.selected_file().map(|file| {
                let problem = || file.document.problems.first().and_then(|problem| problem.line);
                let line = self.line_of_cursor().or_else(problem);
                (file.os_path.clone(), line.unwrap_or(1))
            }),
            Tab::Metrics => self.newest_value(),
            Tab::Compare => None,
            Tab::History => self.history.selected_run().map(|run| (run.os_path.clone(), 1)),
            Tab::Engine => self.engine_tab.log_file().map(|path| (path, 1)),
            Tab::Report => self.report.saved.as_ref().map(|path| (PathBuf::from(path.as_str()), 1)),
        };
        if place.is_none() {
            self.say(Severity::Info, "no file to edit here");
        }
        place.map(|(path, line)| Effect::Edit(path, line)).into_iter().collect()
    }

    /// Where the newest value of the selected series stands.
    fn newest_value(&self) -> Option<(PathBuf, u64)> {
        let series = self.shown.series().get(self.metrics.selected_series()?)?;
        let value = series.values.last()?;
        let path = series.files.get(value.file as usize)?;
        let file = self.library.inventory.get(path)?;
        Some((file.os_path.clone(), u64::from(value.line)))
    }

    pub(super) fn filter(&self) -> Option<&String> {
        match self.tab {
            Tab::Inventory if self.focus == Focus::Detail => self.inventory.preview.searched(),
            Tab::Inventory => self.inventory.filter.as_ref(),
            Tab::Metrics => self.metrics.filter.as_ref(),
            Tab::Compare | Tab::Report | Tab::History | Tab::Engine => None,
        }
    }

    fn begin_filter(&mut self) {
        match self.tab {
            Tab::Inventory if self.focus == Focus::Detail => return self.inventory.preview.begin_search(),
            Tab::Inventory => {
                self.inventory.is_typing = true;
                self.inventory.filter.get_or_insert_default();
            }
            Tab::Metrics => {
                self.metrics.is_typing = true;
                self.metrics.filter.get_or_insert_default();
            }
            Tab::Compare | Tab::Report | Tab::History | Tab::Engine => {}
        }
        if self.focus != Focus::List {
            self.set_focus(Focus::List);
        }
    }

    /// A filter of `None` also ends typing.
    fn set_filter(&mut self, filter: Option<String>) {
        let is_typing = filter.is_some();
        match self.tab {
            Tab::Inventory if self.focus == Focus::Detail => self.inventory.preview.set_search(filter),
            Tab::Inventory => {
                self.inventory.is_typing &= is_typing;
                self.inventory.set_filter(filter, &self.library, self.now);
            }
            Tab::Metrics => {
                self.metrics.filter = filter;
                self.metrics.is_typing &= is_typing;
                self.metrics.refresh(&self.shown, self.now, false);
            }
            Tab::Compare | Tab::Report | Tab::History | Tab::Engine => {}
        }
    }

    /// The filter holds as it is; an empty one is none.
    fn end_typing(&mut self) {
        if self.inventory.preview.is_typing() {
            self.inventory.preview.end_typing();
        } else if self.context_below() == Context::Typing {
            let filter = self.filter().filter(|filter| !filter.is_empty()).cloned();
            self.inventory.is_typing = false;
            self.metrics.is_typing = false;
            self.set_filter(filter);
        }
    }

    fn type_key(&mut self, key: Key) {
        if self.finds() {
            return self.type_into_finder(key);
        }
        if self.has_field() {
            return self.type_into_field(key);
        }
        let mut filter = self.filter().cloned().unwrap_or_default();
        match key.code {
            KeyCode::Char(letter) if key.is_text() => filter.push(letter),
            KeyCode::Backspace => {
                if filter.pop().is_none() {
                    return self.set_filter(None);
                }
            }
            _ => return,
        }
        self.set_filter(Some(filter.chars().take(FILTER_CHARS).collect()));
    }

    fn paste(&mut self, text: &str) {
        if self.paste_into_field(text) {
            // The field has it.
        } else if self.popup == Popup::None && self.context() == Context::Typing {
            let typed = self.filter().cloned().unwrap_or_default();
            let pasted = text.chars().filter(|letter| !letter.is_control());
            self.set_filter(Some(typed.chars().chain(pasted).take(FILTER_CHARS).collect()));
        }
    }
}
