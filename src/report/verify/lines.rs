//! Two texts line by line: what was changed, added or taken away, and where.

/// Above this many pairs of differing lines they are not matched one by one: a text that is
/// another altogether has no lines that belong together.
const MOST_PAIRS: usize = 4_000_000;

/// A line that differs; places are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing<'a> {
    /// Line of the text found; of a line that is gone, where it stood.
    pub line: u32,
    /// Line of the text expected, where it has one.
    pub expected_line: Option<u32>,
    /// What stands there.
    pub found: Option<&'a str>,
    /// What should.
    pub expected: Option<&'a str>,
}

/// The differences, in order.
pub fn differing<'a>(found: &[&'a str], expected: &[&'a str]) -> Vec<Differing<'a>> {
    let start = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let (found_rest, expected_rest) = (&found[start..], &expected[start..]);
    let end = found_rest
        .iter()
        .rev()
        .zip(expected_rest.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let found_rest = &found_rest[..found_rest.len() - end];
    let expected_rest = &expected_rest[..expected_rest.len() - end];
    let mut differing = Vec::new();
    let (mut from, mut to) = (0, 0);
    let ends = [(found_rest.len(), expected_rest.len())];
    for (found_at, expected_at) in common(found_rest, expected_rest).into_iter().chain(ends) {
        block(&mut differing, (found_rest, start, from..found_at), (expected_rest, start, to..expected_at));
        (from, to) = (found_at + 1, expected_at + 1);
    }
    differing
}

type Side<'s, 'a> = (&'s [&'a str], usize, std::ops::Range<usize>);

/// Lines between two that are the same: the first of one side stands for the first of the
/// other.
fn block<'a>(differing: &mut Vec<Differing<'a>>, found: Side<'_, 'a>, expected: Side<'_, 'a>) {
    let place = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    let (found_lines, found_start, found) = found;
    let (expected_lines, expected_start, expected) = expected;
    for nth in 0..found.len().max(expected.len()) {
        let found_at = (found.start + nth < found.end).then_some(found.start + nth);
        let expected_at = (expected.start + nth < expected.end).then_some(expected.start + nth);
        differing.push(Differing {
            line: place(found_start + found_at.unwrap_or(found.end)),
            expected_line: expected_at.map(|at| place(expected_start + at)),
            found: found_at.and_then(|at| found_lines.get(at)).copied(),
            expected: expected_at.and_then(|at| expected_lines.get(at)).copied(),
        });
    }
}

/// Places of the lines that both have in the same order: the longest such sequence.
fn common(one: &[&str], other: &[&str]) -> Vec<(usize, usize)> {
    if one.len().saturating_mul(other.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let width = other.len() + 1;
    let mut lengths = vec![0_u32; (one.len() + 1) * width];
    for at in (0..one.len()).rev() {
        for beside in (0..other.len()).rev() {
            lengths[at * width + beside] = if one[at] == other[beside] {
                lengths[(at + 1) * width + beside + 1] + 1
            } else {
                lengths[(at + 1) * width + beside].max(lengths[at * width + beside + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut at, mut beside) = (0, 0);
    while at < one.len() && beside < other.len() {
        if one[at] == other[beside] {
            pairs.push((at, beside));
            (at, beside) = (at + 1, beside + 1);
        } else if lengths[(at + 1) * width + beside] >= lengths[at * width + beside + 1] {
            at += 1;
        } else {
            beside += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_has_its_line() {
        for (found, expected, differences) in [
            ("a b c", "a b c", ""),
            ("a x c", "a b c", "2:x/b@2"),
            ("a c", "a b c", "2:-/b@2"),
            ("a b x c", "a b c", "3:x/-"),
            ("x b c y", "a b c", "1:x/a@1 4:y/-"),
            ("a b", "a b c d", "3:-/c@3 3:-/d@4"),
            ("", "a", "1:/a@1"),
            ("a b d c", "b c", "1:a/- 3:d/-"),
        ] {
            let [found, wanted]: [Vec<&str>; 2] = [found, expected].map(|text| text.split(' ').collect());
            let told: Vec<String> = differing(&found, &wanted)
                .iter()
                .map(|differing| {
                    let at = differing.expected_line.map(|line| format!("@{line}")).unwrap_or_default();
                    let [found, expected] =
                        [differing.found, differing.expected].map(|text| text.unwrap_or("-"));
                    format!("{}:{found}/{expected}{at}", differing.line)
                })
                .collect();
            assert_eq!(told.join(" "), differences, "{found:?} {expected}");
        }
    }
}
