//! Styles by role: a theme says in TOML how each looks (`assets/themes`), and the terminal
//! gets it in as many colours as it shows. `NO_COLOR` leaves weight, dimness and reversal.
//! No pane names a colour.

pub mod color;
pub mod ground;
mod sheet;
#[cfg(test)]
mod tests;

use ratatui::style::Style;

use self::{color::Depth, ground::Ground, sheet::Sheet};
use super::ascii::Signs;
use crate::{
    app::{metrics::chart::Tone, notices::Severity},
    config::look::AUTO,
    ingest::file::{Kind, Status},
    text::{sanitize::Shown, wrap::Role},
};

macro_rules! slots {
    ($($variant:ident = $name:literal,)+) => {
        /// The roles of a theme's file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "`assets/themes/ansi.toml` says what each is")]
        pub enum Slot { $($variant,)+ }

        impl Slot {
            /// Every role.
            pub const ALL: [Slot; [$($name),+].len()] = [$(Slot::$variant),+];

            /// Its name in a theme's file.
            pub fn name(self) -> &'static str {
                match self { $(Slot::$variant => $name),+ }
            }

            /// The role of a name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Slot::$variant),)+ _ => None }
            }
        }
    };
}

slots! {
    Body = "body",
    Muted = "muted",
    Behind = "behind",
    Strong = "strong",
    Name = "name",
    Tab = "tab",
    TabSelected = "tab-selected",
    Title = "title",
    TitleFocused = "title-focused",
    Border = "border",
    BorderFocused = "border-focused",
    Thumb = "thumb",
    Column = "column",
    Selected = "selected",
    Marker = "marker",
    Fresh = "fresh",
    Busy = "busy",
    Good = "good",
    Figure = "figure",
    Meter = "meter",
    MeterHigh = "meter-high",
    MeterRest = "meter-rest",
    Spark = "spark",
    Cold = "cold",
    Best = "best",
    Step = "step",
    Key = "key",
    Input = "input",
    Info = "info",
    Warning = "warning",
    Error = "error",
    Csv = "csv",
    Json = "json",
    Markdown = "markdown",
    Text = "text",
    Heading1 = "heading-1",
    Heading2 = "heading-2",
    Heading3 = "heading-3",
    Emphasis = "emphasis",
    Struck = "struck",
    Code = "code",
    Link = "link",
    Quote = "quote",
    Bullet = "bullet",
    Rule = "rule",
    Number = "number",
}

/// Styles for everything on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Which signs the screen is drawn with.
    pub signs: Signs,
    styles: [Style; Slot::ALL.len()],
}

impl Default for Theme {
    /// In the terminal's own 16 colours.
    fn default() -> Self {
        Self::named(sheet::BASE, Depth::Sixteen)
    }
}

/// The theme in force, for each background: the same for all where it was chosen by name.
#[derive(Clone, Debug)]
pub struct Themes {
    /// While nobody knows: of `auto` the terminal's own colours, which suit either.
    unknown: Theme,
    dark: Theme,
    light: Theme,
}

impl Themes {
    /// The theme of a name, or `auto`. `own` gives the text of a theme of the user's. What is
    /// wrong with a theme is told, with its file and line; the rest of it holds.
    pub fn new(
        name: &str,
        depth: Depth,
        signs: Signs,
        mut own: impl FnMut(&str) -> Option<String>,
    ) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let mut read = |name: &str, depth: Depth| {
            let file = format!("themes/{name}.toml");
            let sheet = match (own(name), sheet::embedded(name)) {
                (Some(text), _) => Sheet::read(&text, &file, &mut problems),
                (None, Some(text)) => Sheet::read(text, name, &mut problems),
                (None, None) => return None,
            };
            Some(Theme { signs, styles: sheet.styles(depth, &mut problems) })
        };
        let one = if name == AUTO { None } else { read(name, depth) };
        let is_unknown = name != AUTO && one.is_none();
        let themes = if let Some(theme) = one {
            Themes { unknown: theme.clone(), dark: theme.clone(), light: theme }
        } else {
            let few = if depth == Depth::None { depth } else { Depth::Sixteen };
            Themes {
                unknown: read(sheet::BASE, few).unwrap_or_default(),
                dark: read("dark", depth).unwrap_or_default(),
                light: read("light", depth).unwrap_or_default(),
            }
        };
        if is_unknown {
            let name = Shown::new(name);
            problems.push(format!(
                "theme: no theme `{name}`; {}, or your own themes/{name}.toml",
                sheet::known()
            ));
        }
        (themes, problems)
    }

    /// The one for a background.
    pub fn on(&self, ground: Option<Ground>) -> &Theme {
        match ground {
            None => &self.unknown,
            Some(Ground::Dark) => &self.dark,
            Some(Ground::Light) => &self.light,
        }
    }

    /// Does the background decide?
    pub fn heed_ground(&self) -> bool {
        self.dark != self.light
    }
}

impl Theme {
    /// Without colours.
    pub fn plain() -> Self {
        Self::named(sheet::BASE, Depth::None)
    }

    fn named(name: &str, depth: Depth) -> Self {
        let mut problems = Vec::new();
        let sheet = Sheet::read(sheet::embedded(name).unwrap_or_default(), name, &mut problems);
        Self { signs: Signs::default(), styles: sheet.styles(depth, &mut problems) }
    }

    fn of(&self, slot: Slot) -> Style {
        self.styles[slot as usize]
    }

    /// Does it paint what is behind the text?
    pub fn has_ground(&self) -> bool {
        self.body() != Style::new()
    }

    /// Ordinary text.
    pub fn body(&self) -> Style {
        self.of(Slot::Body)
    }
    /// Secondary text: labels, units, ages.
    pub fn muted(&self) -> Style {
        self.of(Slot::Muted)
    }
    /// What lies behind a popup.
    pub fn behind(&self) -> Style {
        Style::reset().patch(self.of(Slot::Behind))
    }
    /// What the eye should find first.
    pub fn strong(&self) -> Style {
        self.of(Slot::Strong)
    }
    /// The program's name.
    pub fn name(&self) -> Style {
        self.of(Slot::Name)
    }
    /// Name of a tab.
    pub fn tab(&self, is_selected: bool) -> Style {
        self.of(if is_selected { Slot::TabSelected } else { Slot::Tab })
    }
    /// Title of a pane.
    pub fn title(&self, is_focused: bool) -> Style {
        self.of(if is_focused { Slot::TitleFocused } else { Slot::Title })
    }
    /// Frame of a pane.
    pub fn border(&self, is_focused: bool) -> Style {
        self.of(if is_focused { Slot::BorderFocused } else { Slot::Border })
    }
    /// The part of a scroll bar that stands for what is seen.
    pub fn thumb(&self) -> Style {
        self.of(Slot::Thumb)
    }
    /// Header of a table.
    pub fn column(&self) -> Style {
        self.of(Slot::Column)
    }
    /// The selected row.
    pub fn selected(&self) -> Style {
        self.of(Slot::Selected)
    }
    /// The marker in front of the selected row.
    pub fn marker(&self) -> Style {
        self.of(Slot::Marker)
    }
    /// Came or changed in the last seconds; live.
    pub fn fresh(&self) -> Style {
        self.of(Slot::Fresh)
    }
    /// Something under way.
    pub fn busy(&self) -> Style {
        self.of(Slot::Busy)
    }
    /// Done, good.
    pub fn good(&self) -> Style {
        self.of(Slot::Good)
    }
    /// A figure of the engine.
    pub fn figure(&self) -> Style {
        self.of(Slot::Figure)
    }
    /// Full part of a meter.
    pub fn meter(&self) -> Style {
        self.of(Slot::Meter)
    }
    /// A meter that is nearly full, where full is bad.
    pub fn meter_high(&self) -> Style {
        self.of(Slot::MeterHigh)
    }
    /// Empty part of a meter.
    pub fn meter_rest(&self) -> Style {
        self.of(Slot::MeterRest)
    }
    /// A history.
    pub fn spark(&self) -> Style {
        self.of(Slot::Spark)
    }
    /// Points of a chart.
    pub fn tone(&self, tone: Tone) -> Style {
        self.of(match tone {
            Tone::Usual => Slot::Spark,
            Tone::Cold => Slot::Cold,
            Tone::Disturbed => Slot::Error,
            Tone::Best => Slot::Best,
            Tone::Step => Slot::Step,
        })
    }
    /// A key in the footer or the help.
    pub fn key(&self) -> Style {
        self.of(Slot::Key)
    }
    /// Text being typed.
    pub fn input(&self) -> Style {
        self.of(Slot::Input)
    }

    /// How grave a notice is.
    pub fn severity(&self, severity: Severity) -> Style {
        self.of(match severity {
            Severity::Info => Slot::Info,
            Severity::Warning => Slot::Warning,
            Severity::Error => Slot::Error,
        })
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
        self.of(match kind {
            Kind::Csv => Slot::Csv,
            Kind::Json => Slot::Json,
            Kind::Markdown => Slot::Markdown,
            Kind::Text => Slot::Text,
        })
    }
    /// What a run of laid-out text is.
    pub fn role(&self, role: Role) -> Style {
        self.of(match role {
            Role::Body => Slot::Body,
            Role::Heading(1) => Slot::Heading1,
            Role::Heading(2) | Role::TableHeader => Slot::Heading2,
            Role::Heading(_) | Role::Strong => Slot::Heading3,
            Role::Emphasis => Slot::Emphasis,
            Role::Struck => Slot::Struck,
            Role::Code => Slot::Code,
            Role::Link => Slot::Link,
            Role::Quote => Slot::Quote,
            Role::Bullet => Slot::Bullet,
            Role::Rule => Slot::Rule,
            Role::Muted => Slot::Muted,
            Role::Figure => Slot::Number,
            Role::Match => Slot::Input,
            Role::Selected => Slot::Selected,
        })
    }
}
