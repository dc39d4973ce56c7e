//! Reads a tool's text line by line, as its adapter says.

use std::{collections::BTreeMap, sync::Arc};

use regex::Captures;

use super::{
    super::file::Cell,
    record::{Field, Record},
    spec::{Act, Line, LineSpec, Text},
    value,
};

/// In the place of a unit: the value is hours, minutes and seconds between colons.
const CLOCK: &str = "clock";

/// Longer lines are no tool's figures; they are not matched.
const MAX_LINE: usize = 16 * 1024;
/// Records of one text: what is beyond is said.
const MAX_RECORDS: usize = 2_000_000;

/// A line with its number, counted from 1.
pub(super) type Numbered<'t> = (u32, &'t str);

/// What one adapter read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub records: Vec<Record>,
    /// By index: the line was known.
    pub known: Vec<bool>,
    /// Records that there was no room for.
    pub lost: usize,
}

/// Reads all lines.
pub(super) fn read(adapter: &Text, lines: &[Numbered<'_>]) -> Found {
    let (set, patterns) = adapter.patterns();
    let mut reader = Reader {
        adapter,
        found: Found { known: vec![false; lines.len()], ..Found::default() },
        kept: Vec::new(),
        remembered: Vec::new(),
        current: Record::default(),
        around: Vec::new(),
        columns: Vec::new(),
        heads: Vec::new(),
    };
    for (index, &(number, line)) in lines.iter().enumerate() {
        if line.is_empty() || line.len() > MAX_LINE {
            continue;
        }
        let matching = set.matches(line);
        reader.found.known[index] =
            matching.iter().any(|rule| reader.line(number, line, &adapter.spec.line[rule], &patterns[rule]));
    }
    reader.flush();
    reader.found
}

struct Reader<'a> {
    adapter: &'a Text,
    found: Found,
    /// Stands in every record.
    kept: Vec<Field>,
    /// Texts that later lines fill in.
    remembered: Vec<(String, String)>,
    /// The block being read …
    current: Record,
    /// … and what stood around it when it began.
    around: Vec<Field>,
    /// Names and units of a table's columns.
    columns: Vec<(String, Option<String>)>,
    /// Labels of the columns whose cells are records.
    heads: Vec<BTreeMap<String, String>>,
}

impl Reader<'_> {
    /// Takes a line by a rule; `false` when it does not fit after all.
    fn line(&mut self, number: u32, line: &str, spec: &LineSpec, patterns: &Line) -> bool {
        if spec.unless.as_ref().is_some_and(|field| self.current.has(field)) {
            return false;
        }
        let Some(captures) = patterns.pattern.captures(line) else { return false };
        let group = |name: &str| captures.name(name).map_or("", |group| group.as_str());
        for name in &spec.remember {
            self.remembered.retain(|(known, _)| known != name);
            self.remembered.push((name.clone(), group(name).to_owned()));
        }
        match spec.act {
            Act::Skip => {}
            Act::Keep => {
                for field in self.fields(spec, patterns, &captures) {
                    self.kept.retain(|known| known.name != field.name);
                    self.kept.push(field);
                }
            }
            Act::Header => {
                let names = split(group("names"), spec);
                let named = names.into_iter().map(|name| match &spec.between {
                    Some(_) => {
                        let (name, unit) = super::super::field::split_unit(name);
                        (self.name(name), unit.map(str::to_owned))
                    }
                    None => (self.name(name), None),
                });
                self.columns = named.collect();
            }
            Act::Units => {
                let units = split(group("names"), spec);
                for (column, unit) in self.columns.iter_mut().zip(units) {
                    column.1 = super::super::field::is_unit(unit).then(|| unit.to_owned());
                }
            }
            Act::Cells => return self.cells(number, &split(group("cells"), spec)),
            Act::Heads => self.take_heads(spec, patterns, &captures),
            Act::Spread => return self.spread(number, spec, patterns, &captures),
            Act::Row => {
                let mut record = Record::default();
                self.fields(spec, patterns, &captures)
                    .into_iter()
                    .for_each(|field| record.add(number, field));
                let kept = self.kept.clone();
                self.push(record, kept);
            }
            Act::Begin | Act::Set => {
                let fields = self.fields(spec, patterns, &captures);
                let is_next = fields.iter().any(|field| self.current.has(&field.name));
                if spec.act == Act::Begin || is_next {
                    self.flush();
                }
                if self.current.fields.is_empty() {
                    self.around.clone_from(&self.kept);
                }
                for field in fields {
                    self.current.add(number, field);
                }
            }
        }
        true
    }

    /// One cell for each column of the table whose header was read.
    fn cells(&mut self, number: u32, cells: &[&str]) -> bool {
        if self.columns.is_empty() || cells.len() < self.columns.len() {
            return false;
        }
        let mut record = Record::default();
        for ((name, unit), cell) in self.columns.iter().zip(cells) {
            // `1.2345 (1.0)`: how it compares with the best is no value of its own.
            let cell = cell.split_once(" (").map_or(*cell, |(cell, _)| cell);
            let mut field = Field::read(name, cell, self.is_label(name));
            field.unit = field.unit.or_else(|| unit.as_deref().map(Arc::from));
            record.add(number, field);
        }
        let kept = self.kept.clone();
        self.push(record, kept);
        true
    }

    /// Labels of columns; what another line says of them stays.
    fn take_heads(&mut self, spec: &LineSpec, patterns: &Line, captures: &Captures<'_>) {
        let (Some(each), Some(pattern)) = (&spec.each, &patterns.each) else { return };
        let group = captures.name(&each.group).map_or("", |group| group.as_str());
        let names: Vec<&str> = pattern.capture_names().flatten().collect();
        let found: Vec<Captures<'_>> = pattern.captures_iter(group).collect();
        self.heads.resize_with(found.len(), BTreeMap::new);
        for (head, part) in self.heads.iter_mut().zip(&found) {
            for name in &names {
                match part.name(name) {
                    Some(label) => head.insert((*name).to_owned(), label.as_str().to_owned()),
                    None => head.remove(*name),
                };
            }
        }
    }

    /// Records side by side in a line, each labelled by its column.
    fn spread(&mut self, number: u32, spec: &LineSpec, patterns: &Line, captures: &Captures<'_>) -> bool {
        let (Some(each), Some(pattern)) = (&spec.each, &patterns.each) else { return false };
        let Some(group) = captures.name(&each.group) else { return false };
        let parts: Vec<Captures<'_>> = pattern.captures_iter(group.as_str()).collect();
        if parts.is_empty() || parts.len() > self.heads.len() {
            return false;
        }
        let of_line: Vec<Field> = patterns
            .pattern
            .capture_names()
            .flatten()
            .filter(|name| *name != each.group)
            .filter_map(|name| Some(Field::read(name, captures.name(name)?.as_str(), true)))
            .collect();
        for (index, part) in parts.iter().enumerate() {
            let labels = &self.heads[index];
            let filled = |template: &str| {
                let text = fill(template, part, Some(captures));
                labels.iter().fold(text, |text, (name, label)| text.replace(&format!("{{{name}}}"), label))
            };
            let Some(value) = part.name("value") else { continue };
            let name = self.name(&filled(&each.name));
            let mut field = Field::read(&name, value.as_str(), false);
            if let Some(unit) = spec.units.get(&name).or_else(|| spec.units.get("*")) {
                field.unit = field.unit.or_else(|| Some(filled(unit).into()));
            }
            let mut record = Record::default();
            record.add(number, field);
            for field in &of_line {
                record.add(number, field.clone());
            }
            let is_used = |name: &str| each.name.contains(&format!("{{{name}}}"));
            for (name, label) in labels.iter().filter(|(name, _)| !is_used(name)) {
                record.add(number, Field::read(name, label, true));
            }
            let kept = self.kept.clone();
            self.push(record, kept);
        }
        true
    }

    fn flush(&mut self) {
        let record = std::mem::take(&mut self.current);
        let around = std::mem::take(&mut self.around);
        self.push(record, around);
    }

    fn push(&mut self, mut record: Record, around: Vec<Field>) {
        if !record.has_number() {
            return;
        }
        if self.found.records.len() >= MAX_RECORDS {
            self.found.lost += 1;
            return;
        }
        let line = record.line;
        for field in around {
            record.add(line, field);
        }
        self.found.records.push(record);
    }

    fn is_label(&self, name: &str) -> bool {
        self.adapter.spec.dimensions.iter().any(|dimension| dimension == name)
    }

    fn name(&self, written: &str) -> String {
        self.adapter.spec.names.get(written).cloned().unwrap_or_else(|| written.to_owned())
    }

    /// The fields of a line.
    fn fields(&self, spec: &LineSpec, patterns: &Line, captures: &Captures<'_>) -> Vec<Field> {
        let mut fields = Vec::new();
        let prefix = spec.prefix.as_deref().map(|prefix| fill(prefix, captures, None)).unwrap_or_default();
        for name in patterns.pattern.capture_names().flatten() {
            let is_used = matches!(name, "value" | "unit")
                || spec.remember.iter().any(|remembered| remembered == name)
                || name.ends_with("__unit")
                || [&spec.name, &spec.prefix]
                    .into_iter()
                    .flatten()
                    .chain(spec.units.values())
                    .any(|template| template.contains(&format!("{{{name}}}")))
                || spec.each.as_ref().is_some_and(|each| each.group == name);
            let Some(text) = captures.name(name).filter(|_| !is_used) else { continue };
            let unit = captures.name(&format!("{name}__unit")).map(|unit| unit.as_str());
            let is_label = spec.act == Act::Keep || self.is_label(name);
            let name = &format!("{prefix}{name}");
            self.field(spec, name, text.as_str(), unit, is_label, captures, &mut fields);
        }
        if let Some(template) = &spec.name
            && let Some(value) = captures.name("value")
        {
            let name = self.name(&self.fill_known(fill(template, captures, None)));
            let unit = captures.name("unit").map(|unit| unit.as_str());
            self.field(spec, &name, value.as_str(), unit, self.is_label(&name), captures, &mut fields);
        }
        if let (Some(each), Some(pattern)) = (&spec.each, &patterns.each)
            && let Some(group) = captures.name(&each.group)
        {
            for part in pattern.captures_iter(group.as_str()) {
                let Some(value) = part.name("value") else { continue };
                let name = self.name(&self.fill_known(fill(&each.name, &part, Some(captures))));
                let unit = part.name("unit").map(|unit| unit.as_str());
                self.field(spec, &name, value.as_str(), unit, self.is_label(&name), captures, &mut fields);
            }
        }
        fields
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one field, from three places")]
    fn field(
        &self,
        spec: &LineSpec,
        name: &str,
        text: &str,
        unit: Option<&str>,
        is_label: bool,
        captures: &Captures<'_>,
        fields: &mut Vec<Field>,
    ) {
        if spec.units.get(name).is_some_and(|unit| unit == CLOCK)
            && let Some(seconds) = value::colons(text)
        {
            let cell = Cell::Number(seconds);
            fields.push(Field { name: name.into(), cell, unit: Some("s".into()), is_tools: true });
            return;
        }
        let mut field = Field::read(name, text, is_label);
        let unit = unit.map(str::trim).filter(|unit| !unit.is_empty());
        // A field that is named by its unit says it already.
        field.unit = field.unit.or_else(|| unit.filter(|unit| *unit != name).map(Arc::from));
        let any = spec.units.get("*").filter(|_| matches!(field.cell, Cell::Number(_)));
        if let Some(template) = spec.units.get(name).or(any) {
            field.is_tools = field.unit.is_none() && !template.contains('{');
            let written = field.unit.take().unwrap_or_default();
            let unit = self.fill_known(fill(&template.replace("{}", &written), captures, None));
            field.unit = Some(unit.into());
        }
        if !matches!(field.cell, Cell::Number(_) | Cell::Missing) {
            field.unit = None;
        }
        if self.adapter.spec.parts.as_deref() == Some(name) {
            let parts = text.split('/').skip(1).filter_map(|part| part.split_once('='));
            fields.extend(parts.map(|(key, value)| Field::read(key, value, true)));
        }
        fields.push(field);
    }

    /// `{name}` of what is remembered.
    fn fill_known(&self, template: String) -> String {
        if !template.contains('{') {
            return template;
        }
        let fill =
            |text: String, (name, value): &(String, String)| text.replace(&format!("{{{name}}}"), value);
        self.remembered.iter().fold(template, fill)
    }
}

/// `{group}` of the first captures, else of the second; without the dots of a leader.
fn fill(template: &str, captures: &Captures<'_>, outer: Option<&Captures<'_>>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let group = captures.name(name).or_else(|| outer?.name(name));
        match group {
            Some(group) => filled.push_str(group.as_str().trim().trim_end_matches('.')),
            // Left for what is kept.
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The parts of a line between gaps of so many spaces at the least, or between marks.
fn split<'t>(text: &'t str, spec: &LineSpec) -> Vec<&'t str> {
    if let Some(mark) = &spec.between {
        return text.trim_end_matches(mark.as_str()).split(mark.as_str()).map(str::trim).collect();
    }
    if spec.gap <= 1 {
        return text.split_whitespace().collect();
    }
    text.split(&" ".repeat(spec.gap)).map(str::trim).filter(|part| !part.is_empty()).collect()
}
