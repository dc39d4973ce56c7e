//! The grid of a sweep: settings and the values that each of them takes.

use crate::{
    config::Key,
    report::model::{ALL_LAYERS, Params},
};

/// A grid of more is a slip of the keyboard: it would run for days.
const MAX_CONFIGURATIONS: usize = 10_000;
/// The axes that every file of a sweep has, swept or not.
const ALWAYS: [Key; 3] = [Key::NumGpu, Key::NumCtx, Key::Temperature];

/// A setting and its values, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The setting.
    pub key: Key,
    /// Its values, in the order in which they were given, each once.
    pub values: Vec<String>,
}

/// What is swept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// The settings, those of every file first.
    pub axes: Vec<Axis>,
}

/// One point of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// `g999_c1024_t0.2`: of what is swept, by which rows are told apart.
    pub name: String,
    /// The value of each axis.
    pub values: Vec<String>,
    /// The settings.
    pub params: Params,
}

impl Grid {
    /// Reads `num_gpu=0,10,num_ctx=1024,2048`. Blanks and semicolons part as commas do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut grid = Self::default();
        let is_between = |letter: char| letter == ',' || letter == ';' || letter.is_whitespace();
        for word in text.split(is_between).filter(|word| !word.is_empty()) {
            let value = match word.split_once('=') {
                None => word,
                Some((name, value)) => {
                    let key = swept(name)?;
                    if grid.axes.iter().any(|axis| axis.key == key) {
                        return Err(format!("`{name}` is there twice"));
                    }
                    grid.axes.push(Axis { key, values: Vec::new() });
                    value
                }
            };
            let Some(axis) = grid.axes.last_mut() else {
                return Err(format!("`{word}` belongs to no setting; write num_ctx={word}"));
            };
            if value.is_empty() {
                continue;
            }
            let written = as_written(axis.key, value)?;
            if !axis.values.contains(&written) {
                axis.values.push(written);
            }
        }
        if grid.axes.is_empty() {
            return Err("there is nothing to sweep; write num_ctx=1024,2048".into());
        }
        if let Some(axis) = grid.axes.iter().find(|axis| axis.values.is_empty()) {
            return Err(format!("`{}` has no value", axis.key.name()));
        }
        grid.axes.sort_by_key(|axis| place(axis.key));
        if grid.len() > MAX_CONFIGURATIONS {
            return Err(format!("{} configurations are over the limit of {MAX_CONFIGURATIONS}", grid.len()));
        }
        Ok(grid)
    }

    /// How many configurations it has.
    pub fn len(&self) -> usize {
        self.axes
            .iter()
            .map(|axis| axis.values.len())
            .try_fold(1usize, usize::checked_mul)
            .unwrap_or(usize::MAX)
    }

    /// Nothing is swept.
    pub fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// Every configuration over the settings that hold besides; the last axis moves fastest.
    pub fn configurations(&self, base: &Params) -> Vec<Configuration> {
        let mut points: Vec<Vec<String>> = vec![Vec::new()];
        for axis in &self.axes {
            points = points
                .iter()
                .flat_map(|point| {
                    axis.values.iter().map(move |value| {
                        let mut point = point.clone();
                        point.push(value.clone());
                        point
                    })
                })
                .collect();
        }
        points.into_iter().map(|values| self.configuration(values, base)).collect()
    }

    fn configuration(&self, values: Vec<String>, base: &Params) -> Configuration {
        let mut params = base.clone();
        let mut name = Vec::new();
        for (axis, value) in self.axes.iter().zip(&values) {
            // It was read once already.
            let _ = axis.key.set(&mut params, value);
            name.push(format!("{}{value}", letters(axis.key)));
        }
        Configuration { name: name.join("_"), values, params }
    }

    /// The text that [`Grid::parse`] reads as this grid.
    pub fn text(&self) -> String {
        let axes = self.axes.iter().map(|axis| format!("{}={}", axis.key.name(), axis.values.join(",")));
        axes.collect::<Vec<_>>().join(",")
    }

    /// The settings that are swept besides those that every file has.
    pub fn further(&self) -> impl Iterator<Item = Key> {
        self.axes.iter().map(|axis| axis.key).filter(|key| !ALWAYS.contains(key))
    }
}

fn swept(name: &str) -> Result<Key, String> {
    let names = || {
        let keys = Key::editable().filter(|key| !letters(*key).is_empty());
        keys.map(Key::name).collect::<Vec<_>>().join(", ")
    };
    let key = Key::param(name).filter(|key| !letters(*key).is_empty());
    key.ok_or_else(|| format!("`{name}` cannot be swept; what can: {}", names()))
}

/// The value as its setting prints it, so that `0.20` and `0.2` are one.
fn as_written(key: Key, value: &str) -> Result<String, String> {
    let mut params = Params::default();
    key.set(&mut params, value)?;
    if key == Key::NumGpu && params.num_gpu.is_some_and(|layers| layers >= ALL_LAYERS) {
        return Ok("all".into());
    }
    Ok(key.text(&params))
}

fn place(key: Key) -> usize {
    let first = ALWAYS.iter().position(|always| *always == key);
    let all = || Key::ALL.iter().position(|other| *other == key).unwrap_or(0) + ALWAYS.len();
    first.unwrap_or_else(all)
}

/// What the name of a configuration calls a setting; empty for what no sweep is about.
fn letters(key: Key) -> &'static str {
    match key {
        Key::NumGpu => "g",
        Key::NumCtx => "c",
        Key::Temperature => "t",
        Key::TopK => "k",
        Key::TopP => "p",
        Key::MinP => "m",
        Key::RepeatPenalty => "r",
        Key::Seed => "s",
        Key::NumPredict => "n",
        Key::Threads => "th",
        Key::Batch => "b",
        Key::FlashAttn => "fa",
        Key::KvType => "kv",
        Key::Lookup => "l",
        _ => "",
    }
}
