//! Styles by role. Sixteen ANSI colours by default, over the terminal's own foreground
//! and background, so that dark and light terminals both read well; `NO_COLOR` leaves
//! weight, dimness and reversal. No pane names a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::{
    app::{metrics::chart::Tone, notices::Severity},
    ingest::file::{Kind, Status},
    text::wrap::Role,
};

/// Styles for everything on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    palette: Palette,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Palette {
    /// The 16 colours that every terminal's user has chosen to be readable.
    #[default]
    Ansi,
    /// `NO_COLOR`.
    Plain,
}

const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;

impl Theme {
    /// Without colours.
    pub fn plain() -> Self {
        Self { palette: Palette::Plain }
    }

    fn fg(&self, color: Color) -> Style {
        match self.palette {
            Palette::Ansi => Style::new().fg(color),
            Palette::Plain => Style::new(),
        }
    }

    /// Ordinary text.
    pub fn body(&self) -> Style {
        Style::new()
    }
    /// Secondary text: labels, units, ages.
    pub fn muted(&self) -> Style {
        Style::new().add_modifier(DIM)
    }
    /// What lies behind a popup.
    pub fn behind(&self) -> Style {
        Style::reset().add_modifier(DIM)
    }
    /// What the eye should find first.
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(BOLD)
    }
    /// The program's name.
    pub fn name(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(BOLD)
    }
    /// Name of a tab.
    pub fn tab(&self, is_selected: bool) -> Style {
        if is_selected { self.fg(Color::Cyan).add_modifier(BOLD | Modifier::REVERSED) } else { Style::new() }
    }
    /// Title of a pane.
    pub fn title(&self, is_focused: bool) -> Style {
        if is_focused { self.name() } else { self.strong() }
    }
    /// Frame of a pane.
    pub fn border(&self, is_focused: bool) -> Style {
        if is_focused { self.fg(Color::Cyan).add_modifier(DIM) } else { self.muted() }
    }
    /// The part of a scroll bar that stands for what is seen.
    pub fn thumb(&self) -> Style {
        self.fg(Color::Cyan)
    }
    /// Header of a table.
    pub fn column(&self) -> Style {
        Style::new().add_modifier(DIM | BOLD)
    }
    /// The selected row.
    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
    /// The marker in front of the selected row.
    pub fn marker(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(BOLD)
    }
    /// Came or changed in the last seconds; live.
    pub fn fresh(&self) -> Style {
        self.fg(Color::Green).add_modifier(BOLD)
    }
    /// Something under way.
    pub fn busy(&self) -> Style {
        self.fg(Color::Magenta).add_modifier(BOLD)
    }
    /// Done, good.
    pub fn good(&self) -> Style {
        self.fg(Color::Green)
    }
    /// A figure of the engine.
    pub fn figure(&self) -> Style {
        self.fg(Color::Cyan)
    }
    /// Full part of a meter.
    pub fn meter(&self) -> Style {
        self.fg(Color::Cyan)
    }
    /// A meter that is nearly full, where full is bad.
    pub fn meter_high(&self) -> Style {
        self.fg(Color::Yellow)
    }
    /// Empty part of a meter.
    pub fn meter_rest(&self) -> Style {
        self.muted()
    }
    /// A history.
    pub fn spark(&self) -> Style {
        self.fg(Color::LightBlue)
    }
    /// Points of a chart.
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Usual => self.spark(),
            Tone::Cold => self.fg(Color::Yellow),
            Tone::Best => self.good().add_modifier(BOLD),
            Tone::Step => self.fg(Color::Magenta),
        }
    }
    /// A key in the footer or the help.
    pub fn key(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(BOLD)
    }
    /// Text being typed.
    pub fn input(&self) -> Style {
        self.fg(Color::Yellow).add_modifier(BOLD)
    }

    /// How grave a notice is.
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Info => self.fg(Color::Cyan),
            Severity::Warning => self.fg(Color::Yellow),
            Severity::Error => self.fg(Color::Red).add_modifier(BOLD),
        }
    }
    /// How reading a file went.
    pub fn status(&self, status: Status) -> Style {
        match status {
            Status::Ok => self.good(),
            Status::Partial => self.severity(Severity::Warning),
            Status::Error => self.severity(Severity::Error),
            Status::Skipped => self.muted(),
        }
    }
    /// What a file is.
    pub fn kind(&self, kind: Kind) -> Style {
        match kind {
            Kind::Csv => self.fg(Color::Green),
            Kind::Json => self.fg(Color::LightBlue),
            Kind::Markdown => self.fg(Color::Magenta),
            Kind::Text => Style::new(),
        }
    }
    /// What a run of laid-out text is.
    pub fn role(&self, role: Role) -> Style {
        match role {
            Role::Body => Style::new(),
            Role::Heading(1) => self.fg(Color::Cyan).add_modifier(BOLD | Modifier::UNDERLINED),
            Role::Heading(2) | Role::TableHeader => self.fg(Color::Cyan).add_modifier(BOLD),
            Role::Heading(_) | Role::Strong => Style::new().add_modifier(BOLD),
            Role::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
            Role::Struck => Style::new().add_modifier(Modifier::CROSSED_OUT),
            Role::Code => self.fg(Color::Green),
            Role::Link => self.fg(Color::LightBlue).add_modifier(Modifier::UNDERLINED),
            Role::Quote => Style::new().add_modifier(Modifier::ITALIC | DIM),
            Role::Bullet => self.fg(Color::Cyan),
            Role::Rule | Role::Muted => self.muted(),
            Role::Figure => self.fg(Color::Magenta).add_modifier(BOLD),
            Role::Match => self.input().add_modifier(Modifier::UNDERLINED),
            Role::Selected => self.selected(),
        }
    }
}
