//! Reads a file of rules: what can be taken, and where the rest is wrong.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    super::{
        Kind,
        observe::{MEASURES, SLOTS},
        template::Template,
    },
    Compare, Condition, Rule, RuleProblem,
};
use crate::text::sanitize::Shown;

const KEYS: [&str; 8] = ["name", "after", "when", "topic", "advice", "risk", "mitigation", "off"];

type Value<'v> = Spanned<DeValue<'v>>;

/// Lays the rules of a text over others.
pub(super) fn lay_over(rules: &mut Vec<Rule>, text: &str, file: &str) -> Vec<RuleProblem> {
    let mut reader = Reader { text, file: Shown::new(file), problems: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.problem(error.span().map_or(0, |span| span.start), error.message());
    }
    for (name, value) in root.get_ref() {
        match (&**name.get_ref(), value.get_ref().as_array()) {
            ("rule", Some(entries)) => entries.iter().for_each(|entry| reader.rule(rules, entry)),
            ("rule", None) => reader.problem(value.span().start, "`rule` is a list; write [[rule]]"),
            (name, _) => {
                let message = format!("no table `{name}`; there is [[rule]]");
                reader.problem(value.span().start, &message);
            }
        }
    }
    reader.problems.sort_by_key(|problem| (problem.line, problem.column));
    reader.problems
}

struct Reader<'t> {
    text: &'t str,
    file: Shown,
    problems: Vec<RuleProblem>,
}

impl Reader<'_> {
    fn rule(&mut self, rules: &mut Vec<Rule>, entry: &Value<'_>) {
        let at = entry.span().start;
        let Some(table) = entry.get_ref().as_table() else {
            return self.problem(at, "a rule is a table");
        };
        for (key, _) in table {
            if !KEYS.contains(&&**key.get_ref()) {
                let message = format!("no key `{}` in a rule; there are {}", key.get_ref(), KEYS.join(", "));
                self.problem(key.span().start, &message);
            }
        }
        let Some(name) = self.string(table, "name").filter(|name| !name.trim().is_empty()) else {
            return self.problem(at, "a rule needs a `name`");
        };
        let known = rules.iter().position(|rule| rule.name == name);
        if get(table, "off").is_some_and(|value| value.get_ref().as_bool() == Some(true)) {
            match known {
                Some(known) => drop(rules.remove(known)),
                None => self.problem(at, &format!("no rule `{name}` to take away")),
            }
            return;
        }
        let after = self.after(table);
        let mut rule = match (known.and_then(|known| rules.get(known)), after) {
            (Some(known), after) => Rule { after: after.unwrap_or(known.after), ..known.clone() },
            (None, Some(after)) => Rule {
                name: name.clone(),
                after,
                when: Vec::new(),
                topic: Template::default(),
                advice: Vec::new(),
                risk: Vec::new(),
                mitigation: Vec::new(),
            },
            (None, None) => {
                if get(table, "after").is_none() {
                    self.problem(at, &format!("the new rule `{name}` needs an `after`"));
                }
                return;
            }
        };
        if get(table, "when").is_some() {
            rule.when = self.conditions(table);
        }
        if let Some(topic) = get(table, "topic").and_then(|value| self.template(value)) {
            rule.topic = topic;
        } else if known.is_none() {
            self.problem(at, &format!("the new rule `{name}` needs a `topic`"));
        }
        for (key, templates) in
            [("advice", &mut rule.advice), ("risk", &mut rule.risk), ("mitigation", &mut rule.mitigation)]
        {
            if let Some(value) = get(table, key) {
                *templates = self.list(value, key).iter().filter_map(|value| self.template(value)).collect();
            }
        }
        if rule.risk.is_empty() != rule.mitigation.is_empty() {
            self.problem(at, &format!("`{name}` needs a `risk` and a `mitigation`, or neither"));
        }
        match known.and_then(|known| rules.get_mut(known)) {
            Some(known) => *known = rule,
            None => rules.push(rule),
        }
    }

    fn after(&mut self, table: &DeTable<'_>) -> Option<Kind> {
        let name = self.string(table, "after")?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        if kind.is_none() {
            let names = Kind::ALL.map(Kind::name).join(", ");
            self.problem(place(table, "after"), &format!("no kind `{name}`; there are {names}"));
        }
        kind
    }

    fn conditions(&mut self, table: &DeTable<'_>) -> Vec<Condition> {
        let Some(value) = get(table, "when") else { return Vec::new() };
        let mut conditions = Vec::new();
        for value in self.list(value, "when") {
            let Some(text) = value.get_ref().as_str() else {
                self.problem(value.span().start, "a condition is a text such as \"n < 5\"");
                continue;
            };
            match condition(text) {
                Ok(condition) => conditions.push(condition),
                Err(message) => self.problem(value.span().start, &message),
            }
        }
        conditions
    }

    fn template(&mut self, value: &Value<'_>) -> Option<Template> {
        let start = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            self.problem(start, "a sentence is a text");
            return None;
        };
        match Template::parse(text) {
            Ok(template) => {
                if let Some(slot) = template.slots().into_iter().find(|slot| !SLOTS.contains(slot)) {
                    let message = format!("no slot `{{{slot}}}`; there are {}", SLOTS.join(", "));
                    self.problem(start, &message);
                    return None;
                }
                Some(template)
            }
            Err(error) => {
                // A text without escapes stands in the file as it is, behind its quote.
                let is_as_is = self.text.get(start + 1..).is_some_and(|rest| rest.starts_with(text));
                self.problem(if is_as_is { start + 1 + error.at } else { start }, &error.message);
                None
            }
        }
    }

    fn list<'v, 'd>(&mut self, value: &'v Value<'d>, key: &str) -> &'v [Value<'d>] {
        let Some(list) = value.get_ref().as_array() else {
            self.problem(value.span().start, &format!("`{key}` takes a list of texts"));
            return &[];
        };
        list
    }

    fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = get(table, key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span().start, &format!("`{key}` takes a text"));
        }
        text
    }

    fn problem(&mut self, at: usize, message: &str) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.problems.push(RuleProblem {
            file: self.file.clone(),
            line,
            column,
            message: Shown::new(message),
        });
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    const SIGNS: [(&str, Compare); 5] = [
        ("<=", Compare::LessOrEqual),
        (">=", Compare::MoreOrEqual),
        ("<", Compare::Less),
        (">", Compare::More),
        ("=", Compare::Equal),
    ];
    let found = SIGNS.into_iter().find_map(|(sign, compare)| Some((text.split_once(sign)?, compare)));
    let Some(((measure, value), compare)) = found else {
        return Err(format!("no condition: `{text}`; write one such as \"n < 5\""));
    };
    let (measure, value) = (measure.trim(), value.trim());
    if !MEASURES.contains(&measure) {
        return Err(format!("nothing measures `{measure}`; there are {}", MEASURES.join(", ")));
    }
    let value = value.parse().map_err(|_| format!("no number: `{value}`"))?;
    Ok(Condition { measure: measure.to_owned(), compare, value })
}

fn get<'t, 'v>(table: &'t DeTable<'v>, key: &str) -> Option<&'t Value<'v>> {
    table.iter().find(|(name, _)| *name.get_ref() == key).map(|(_, value)| value)
}

fn place(table: &DeTable<'_>, key: &str) -> usize {
    get(table, key).map_or(0, |value| value.span().start)
}
