//! A name as words.

/// The words of a name in lower case, split at everything that is no letter or digit and
/// at `camelCase` humps: `Tokens/sec` → `tokens per sec`, `p(95)` → `p95`.
pub fn words(name: &str) -> String {
    let name = name.split('#').next().unwrap_or(name);
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        if let Some(word) = match c {
            '/' => Some("per"),
            '%' => Some("pct"),
            _ => None,
        } {
            push_space(&mut out);
            out.push_str(word);
            before = ' ';
            continue;
        }
        if !(c.is_alphanumeric() || c == '°') {
            // `p(95)` is one word, `p99.9` too.
            let is_decimal =
                c == '.' && before.is_ascii_digit() && letters.peek().is_some_and(char::is_ascii_digit);
            if is_decimal {
                out.push('.');
            }
            let is_one_word = is_decimal || (c == '(' && before == 'p');
            before = if is_one_word { before } else { ' ' };
            continue;
        }
        let is_hump = c.is_uppercase() && before.is_lowercase();
        if before == ' ' || is_hump {
            push_space(&mut out);
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

fn push_space(out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
}

/// The last part of a nested name (`options.temperature` → `temperature`,
/// `model.name` → `model`).
pub fn leaf(name: &str) -> &str {
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or(name);
    match (last, parts.next()) {
        ("name", Some(owner)) if !owner.is_empty() => owner,
        ("", _) => name,
        _ => last,
    }
}
