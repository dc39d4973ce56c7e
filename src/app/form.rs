//! The form: every setting of the next report and its persona, edited in place. What is typed
//! is read as `--set` reads it, and what cannot be used is said at the field.

use super::{
    App, EngineState, Popup,
    cursor::{Cursor, Move},
    event::{Key as KeyPress, KeyCode},
    notices::Severity,
    sheet::{Sheet, run},
};
use crate::{
    config::{Key, Origin},
    report::model::{Params, Reserve},
    text::{
        sanitize::Shown,
        wrap::{self, Role, Row},
    },
};

/// Longest value: more is a slip of the mouse.
const TYPED_CHARS: usize = 100;
/// Columns of the names.
const NAME: usize = 15;
/// Columns of the values, where the origin stands behind them.
const VALUE: usize = 24;
/// From this width on there is room for the origin.
const WITH_ORIGIN: u16 = 56;
/// Rows below the fields that tell what the selected one is, with an empty one above them.
const TOLD: usize = 4;
/// The same where the popup has few rows.
const TOLD_SHORT: usize = 2;
/// Fewer rows than this are few.
const FEW: usize = 10;
/// What puts a value back.
const DEFAULT: &str = "default";
/// Values that are often wanted, to be walked through.
const CONTEXTS: [&str; 6] = [DEFAULT, "2048", "4096", "8192", "16384", "32768"];
const TEMPERATURES: [&str; 5] = [DEFAULT, "0", "0.3", "0.7", "1"];
const LAYERS: [&str; 3] = [DEFAULT, "all", "0"];
const TIMES: [&str; 5] = ["5m", "30m", "2h", "-1", "0"];

/// Which setting is selected, and what is typed for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Index of the selected one.
    pub selected: usize,
    /// First visible one.
    pub top: usize,
    /// What is typed so far, while something is.
    pub typed: Option<String>,
    /// Why that cannot be used.
    fault: Option<String>,
}

/// A setting as it holds, with what stands behind `default`.
pub(super) fn value(app: &App, key: Key) -> String {
    match key {
        Key::Persona => return app.persona.0.clone(),
        Key::KeepAlive => return app.settings.keep_alive.to_string(),
        _ => {}
    }
    let text = key.text(&app.params);
    if text != DEFAULT {
        return text;
    }
    let used = match key {
        Key::NumGpu => "as many as fit".to_owned(),
        Key::GpuReserve => format!("{} MiB", Reserve::default()),
        Key::Seed => "drawn anew".to_owned(),
        Key::Threads => "the free cores".to_owned(),
        Key::Batch => "by model and threads".to_owned(),
        Key::FlashAttn => "the engine decides".to_owned(),
        _ => match family(app) {
            Some((arch, trained)) => key.text(&Params::default().used(&arch, trained)),
            None => return text,
        },
    };
    format!("{DEFAULT} ({used})")
}

/// What a setting may be.
pub(super) fn allowed(app: &App, key: Key) -> String {
    match key {
        Key::Persona => app.settings.personas.keys().cloned().collect::<Vec<_>>().join(", "),
        _ => key.allowed(),
    }
}

/// Architecture and training of the model that the next report is written with, if they are known.
fn family(app: &App) -> Option<(String, u32)> {
    let header = app.engine_tab.chosen().and_then(|found| found.header.as_ref());
    let loaded = app.model.as_ref().map(|model| (model.arch.clone(), model.context_train));
    loaded.or_else(|| header.map(|header| (header.arch.clone(), header.context_train)))
}

impl App {
    /// Rows that the form would like.
    pub(super) fn form_height() -> usize {
        Key::editable().count() + TOLD
    }

    /// Begins to edit the selected setting, or takes what was typed for it.
    pub(super) fn edit_setting(&mut self) {
        let Popup::Form(form) = &mut self.popup else { return };
        if let Some(text) = form.typed.clone() {
            self.take_typed(&text);
        } else {
            form.typed = Some(String::new());
        }
        self.relayout();
    }

    /// Forgets what is typed; `false` where nothing was.
    pub(super) fn leave_field(&mut self) -> bool {
        let Popup::Form(form) = &mut self.popup else { return false };
        form.fault = None;
        let was_typing = form.typed.take().is_some();
        self.relayout();
        was_typing
    }

    /// Puts the selected setting back to what it is by default.
    pub(super) fn reset_setting(&mut self) {
        let Popup::Form(form) = &self.popup else { return };
        let Some(key) = Key::editable().nth(form.selected) else { return };
        let before = value(self, key);
        self.set_told(key, DEFAULT);
        if value(self, key) == before {
            self.say(Severity::Info, &format!("`{}` is as it is by default", key.name()));
        }
    }

    /// The next of the values that are often wanted, or the one before.
    pub(super) fn change_setting(&mut self, by: isize) {
        let Popup::Form(form) = &self.popup else { return };
        let Some(key) = Key::editable().nth(form.selected) else { return };
        let choices: Vec<String> = match key {
            Key::Persona => self.settings.personas.keys().cloned().collect(),
            Key::Writing => key.allowed().split(", ").map(str::to_owned).collect(),
            Key::NumGpu => LAYERS.map(str::to_owned).to_vec(),
            Key::NumCtx => CONTEXTS.map(str::to_owned).to_vec(),
            Key::Temperature => TEMPERATURES.map(str::to_owned).to_vec(),
            Key::KeepAlive => TIMES.map(str::to_owned).to_vec(),
            _ => return self.say(Severity::Info, "type a value for it"),
        };
        let now = match key {
            Key::Persona | Key::KeepAlive => value(self, key),
            _ => key.text(&self.params),
        };
        let last = choices.len().saturating_sub(1);
        let place = match choices.iter().position(|choice| *choice == now) {
            Some(place) if by < 0 => place.checked_sub(1).unwrap_or(last),
            Some(place) if place < last => place + 1,
            _ => 0,
        };
        if let Some(choice) = choices.get(place) {
            self.set_told(key, choice);
        }
    }

    /// A letter for the field, or one less.
    pub(super) fn type_into_form(&mut self, press: KeyPress) {
        let Popup::Form(Form { typed: Some(typed), fault, .. }) = &mut self.popup else { return };
        match press.code {
            KeyCode::Char(letter) if press.is_text() && typed.chars().count() < TYPED_CHARS => {
                typed.push(letter);
            }
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => return,
        }
        *fault = None;
        self.relayout();
    }

    /// Pasted text goes into the field; `false` where nothing is typed.
    pub(super) fn paste_into_form(&mut self, text: &str) -> bool {
        let Popup::Form(Form { typed: Some(typed), fault, .. }) = &mut self.popup else { return false };
        let room = TYPED_CHARS.saturating_sub(typed.chars().count());
        typed.extend(text.chars().filter(|letter| !letter.is_control()).take(room));
        *fault = None;
        self.relayout();
        true
    }

    /// Selects another setting; what was typed is taken first, and holds the cursor if it cannot be.
    pub(super) fn move_in_form(&mut self, to: Move) {
        let height = self.field_rows();
        let Popup::Form(form) = &self.popup else { return };
        if let (Some(text), false) = (form.typed.clone(), to == Move::By(0)) {
            self.take_typed(&text);
        }
        let Popup::Form(form) = &mut self.popup else { return };
        let cursor = Cursor { selected: form.selected, top: form.top };
        let to = if form.typed.is_some() { Move::By(0) } else { to };
        let cursor = cursor.moved(to, Key::editable().count(), height);
        (form.selected, form.top) = (cursor.selected, cursor.top);
        self.popup_rows = self.form_rows();
    }

    fn take_typed(&mut self, text: &str) {
        let Popup::Form(form) = &self.popup else { return };
        let Some(key) = Key::editable().nth(form.selected) else { return };
        // Nothing typed is nothing changed.
        let taken = if text.trim().is_empty() { Ok(()) } else { self.set_setting(key, text.trim()) };
        if let Popup::Form(form) = &mut self.popup {
            form.fault = taken.err();
            if form.fault.is_none() {
                form.typed = None;
            }
        }
    }

    /// Sets a value that the form itself offers.
    fn set_told(&mut self, key: Key, text: &str) {
        if let Err(reason) = self.set_setting(key, text) {
            self.say(Severity::Warning, &reason);
        }
        if let Popup::Form(form) = &mut self.popup {
            (form.typed, form.fault) = (None, None);
        }
        self.relayout();
    }

    /// Sets a value of the next report.
    fn set_setting(&mut self, key: Key, text: &str) -> Result<(), String> {
        match key {
            Key::Persona => {
                let name = if text == DEFAULT { self.settings.usual_persona.as_str() } else { text };
                let Some((name, persona)) = self.settings.personas.get_key_value(name) else {
                    let known: Vec<&str> = self.settings.personas.keys().map(String::as_str).collect();
                    return Err(format!("no persona `{text}`; there are: {}", known.join(", ")));
                };
                self.persona = (name.clone(), persona.clone());
            }
            Key::KeepAlive => self.settings.keep_alive = key.keep_alive(text)?,
            _ => key.set(&mut self.params, text)?,
        }
        self.settings.set(key, if text == DEFAULT { Origin::Default } else { Origin::Form });
        if self.engine == EngineState::Ready && self.needs_load() {
            self.say(Severity::Info, "the next report loads the model anew, with these settings");
        }
        Ok(())
    }

    /// Rows of the popup that are fields.
    fn field_rows(&self) -> usize {
        let height = usize::from(self.areas.popup_rows.height);
        height.saturating_sub(if height < FEW { TOLD_SHORT } else { TOLD }).max(1)
    }

    /// The fields in sight, and what the selected one is.
    fn form_rows(&self) -> Vec<Row> {
        let Popup::Form(form) = &self.popup else { return Vec::new() };
        let width = self.areas.popup_text_width();
        let height = usize::from(self.areas.popup_rows.height);
        let seen = self.field_rows();
        let fields = Key::editable().enumerate().skip(form.top).take(seen);
        let mut rows: Vec<Row> = fields
            .map(|(index, key)| {
                let typed = form.typed.as_deref().filter(|_| index == form.selected);
                self.field(key, typed, width)
            })
            .collect();
        let mut sheet = Sheet::new(width);
        if let Some(key) = Key::editable().nth(form.selected) {
            match &form.fault {
                Some(fault) => sheet.runs(&[run(fault, Role::Strong)], 0),
                None => sheet.text(Role::Muted, &format!("{}: {}", key.help(), allowed(self, key))),
            }
        }
        let is_short = height < FEW;
        if !is_short {
            rows.resize(seen, Row::default());
            rows.push(Row::default());
        }
        let room = if is_short { TOLD_SHORT } else { TOLD - 1 };
        rows.extend(sheet.into_rows().into_iter().take(room));
        rows
    }

    fn field(&self, key: Key, typed: Option<&str>, width: u16) -> Row {
        let with_origin = width >= WITH_ORIGIN;
        let room = if with_origin { VALUE } else { usize::from(width).saturating_sub(NAME + 1) };
        let pad = |text: Shown, columns: usize| {
            let text = text.truncated(columns);
            let space = Shown::spaces(columns.saturating_sub(text.width()) + 1);
            (text, space)
        };
        let (name, gap) = pad(Shown::new(key.name()), NAME);
        let text =
            typed.map_or_else(|| Shown::new(&value(self, key)), |typed| Shown::new(&format!("{typed}▏")));
        let origin = self.settings.origin(key);
        let role = match (typed, origin) {
            (Some(_), _) => Role::Strong,
            (None, Origin::Default) => Role::Body,
            _ => Role::Figure,
        };
        let (text, after) = pad(text, room);
        let mut runs = vec![
            wrap::Run { text: name, role: Role::Body },
            wrap::Run { text: gap, role: Role::Body },
            wrap::Run { text, role },
        ];
        if with_origin {
            let rest = usize::from(width).saturating_sub(NAME + VALUE + 2);
            runs.push(wrap::Run { text: after, role: Role::Body });
            runs.push(wrap::Run { text: Shown::new(&origin.to_string()).truncated(rest), role: Role::Muted });
        }
        Row { runs }
    }
}
