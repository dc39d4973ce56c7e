//! A theme's file: TOML with names for colours, and how each role looks in words
//! (`accent bold on black`). What cannot be taken of it is left out and told; the rest holds.

use std::{collections::BTreeMap, ops::Range};

use ratatui::style::{Modifier, Style};
use toml::de::{DeTable, DeValue};

use super::{
    Slot,
    color::{self, Depth, Tint},
};
use crate::text::sanitize::Shown;

/// The themes that the program comes with, by name.
pub const EMBEDDED: [(&str, &str); 4] = [
    (BASE, include_str!("../../../assets/themes/ansi.toml")),
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../../assets/themes/high-contrast.toml")),
];

/// The theme that all others rest on.
pub const BASE: &str = "ansi";

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// Text of a theme that the program comes with.
pub fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A theme as it is written.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    colors: BTreeMap<String, Tint>,
    roles: BTreeMap<Slot, Written>,
}

/// How a role looks, in words, and where that stands.
#[derive(Clone, Debug)]
struct Written {
    words: String,
    place: String,
}

impl Sheet {
    /// The sheet of a text over that of its base. `file` is what messages call it.
    pub fn read(text: &str, file: &str, problems: &mut Vec<String>) -> Self {
        let place = |span: &Range<usize>| {
            let before = text.get(..span.start).unwrap_or(text);
            format!("{}:{}", Shown::new(file), before.matches('\n').count() + 1)
        };
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let place = place(&error.span().unwrap_or_default());
                problems.push(format!("{place}: not TOML: {}", Shown::new(error.message())));
                return Self::of_base(problems);
            }
        };
        let base = table.get_ref().get("base");
        let mut sheet = match base.map(|base| (base.get_ref(), base.span())) {
            None if file == BASE => Self::default(),
            None => Self::of_base(problems),
            Some((DeValue::String(name), span)) => {
                if let Some(text) = embedded(name).filter(|_| file != &**name) {
                    Self::read(text, name, problems)
                } else {
                    problems.push(format!("{}: no theme `{}`; {}", place(&span), Shown::new(name), known()));
                    Self::of_base(problems)
                }
            }
            Some((_, span)) => {
                problems.push(format!("{}: `base` must be the name of a theme", place(&span)));
                Self::of_base(problems)
            }
        };
        for (name, value) in table.get_ref() {
            let at = place(&name.span());
            match (&**name.get_ref(), value.get_ref()) {
                ("base", _) => {}
                ("colors", DeValue::Table(colors)) => {
                    for (name, value) in colors {
                        match tint(value.get_ref()) {
                            Ok(tint) => drop(sheet.colors.insert(name.get_ref().to_string(), tint)),
                            Err(reason) => problems.push(format!("{}: {reason}", place(&value.span()))),
                        }
                    }
                }
                ("roles", DeValue::Table(roles)) => {
                    for (name, value) in roles {
                        let Some(slot) = Slot::named(name.get_ref()) else {
                            let name = Shown::new(name.get_ref());
                            problems.push(format!("{}: unknown role `{name}`", place(&value.span())));
                            continue;
                        };
                        let DeValue::String(words) = value.get_ref() else {
                            problems.push(format!("{}: a role looks as words say", place(&value.span())));
                            continue;
                        };
                        let written = Written { words: words.to_string(), place: place(&value.span()) };
                        sheet.roles.insert(slot, written);
                    }
                }
                ("colors" | "roles", _) => problems.push(format!("{at}: `{name}` must be a table")),
                (other, _) => problems
                    .push(format!("{at}: unknown key `{}`; keys: base, colors, roles", Shown::new(other))),
            }
        }
        sheet
    }

    fn of_base(problems: &mut Vec<String>) -> Self {
        embedded(BASE).map(|text| Self::read(text, BASE, problems)).unwrap_or_default()
    }

    /// The style of every role on a terminal of this depth.
    pub fn styles(&self, depth: Depth, problems: &mut Vec<String>) -> [Style; Slot::ALL.len()] {
        let body = self.style(Slot::Body, depth, problems);
        Slot::ALL.map(|slot| match slot {
            Slot::Body => body,
            _ => body.patch(self.style(slot, depth, problems)),
        })
    }

    fn style(&self, slot: Slot, depth: Depth, problems: &mut Vec<String>) -> Style {
        let mut style = Style::new();
        let Some(Written { words, place }) = self.roles.get(&slot) else { return style };
        let mut is_behind = false;
        for word in words.split_whitespace() {
            let modifier = MODIFIERS.iter().find(|(name, _)| *name == word);
            let own = self.colors.get(word).copied();
            let tint = own.or_else(|| color::parse(word).map(|wanted| Tint { wanted, few: None }));
            match (word, modifier, tint) {
                ("on", ..) => {
                    is_behind = true;
                    continue;
                }
                (_, Some((_, modifier)), _) => style = style.add_modifier(*modifier),
                (_, None, Some(tint)) if is_behind => style.bg = tint.at(depth),
                (_, None, Some(tint)) => style.fg = tint.at(depth),
                (_, None, None) => {
                    problems.push(format!("{place}: unknown colour or word `{}`", Shown::new(word)));
                }
            }
            is_behind = false;
        }
        style
    }
}

/// A colour, or two of which the second is for terminals with 16.
fn tint(value: &DeValue<'_>) -> Result<Tint, String> {
    let color = |value: &DeValue<'_>| {
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => return Err("a colour is a text or a number".to_owned()),
        };
        color::parse(&text).ok_or_else(|| format!("unknown colour `{}`", Shown::new(&text)))
    };
    match value {
        DeValue::Array(both) if both.len() == 2 => {
            let both: Vec<&DeValue<'_>> = both.iter().map(toml::Spanned::get_ref).collect();
            Ok(Tint { wanted: color(both[0])?, few: Some(color(both[1])?) })
        }
        DeValue::Array(_) => Err("a list of colours has two: one, and what stands for it among 16".into()),
        one => Ok(Tint { wanted: color(one)?, few: None }),
    }
}

/// The names of the themes that the program comes with, for a message.
pub fn known() -> String {
    let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    format!("there are: {}", names.join(", "))
}
