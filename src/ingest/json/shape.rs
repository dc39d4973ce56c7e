//! What a container is used for: a map of like things, a table as columns, a matrix.

use super::{
    super::cells::FastMap,
    tape::{Tape, Value},
};

/// Members that are looked at to tell a map; the rest will be like them.
const PROBE: usize = 64;

/// An object whose object members are like each other is a map: its keys are data
/// (`{"baseline": {"loss": …}, "int8": {"loss": …}}`).
pub fn is_map(tape: &Tape<'_>, node: usize) -> bool {
    let members: Vec<usize> =
        tape.children(node).filter(|&child| tape.is_object(child)).take(PROBE).collect();
    if members.len() < 2 {
        return false;
    }
    let mut count_of: FastMap<&str, usize> = FastMap::default();
    let mut sizes = Vec::with_capacity(members.len());
    for &member in &members {
        let mut size = 0;
        for child in tape.children(member) {
            *count_of.entry(tape.key(child)).or_default() += 1;
            size += 1;
        }
        sizes.push(size);
    }
    // A member is like another when it shares at least half of its keys with some other.
    let is_like = |(&member, &size): (&usize, &usize)| {
        let shared = tape
            .children(member)
            .filter(|&child| count_of.get(tape.key(child)).is_some_and(|&n| n > 1))
            .count();
        size > 0 && shared * 2 >= size && shared * 2 > 1
    };
    let like = members.iter().zip(&sizes).filter(|pair| is_like(*pair)).count();
    let is_all = like * 10 >= members.len() * 8;
    is_all && members.len() == like.max(members.len() - members.len() / 5)
}

/// Arrays of scalars of one length side by side are the columns of one table.
pub fn columns(tape: &Tape<'_>, node: usize) -> Vec<usize> {
    let arrays: Vec<(usize, usize)> = tape
        .children(node)
        .filter(|&child| tape.is_array(child) && tape.children(child).all(|cell| tape.is_scalar(cell)))
        .map(|child| (child, tape.children(child).count()))
        .collect();
    let Some(&(_, length)) = arrays.iter().find(|(child, _)| has_number(tape, *child)) else {
        return Vec::new();
    };
    let alike: Vec<usize> =
        arrays.iter().filter(|(_, other)| *other == length).map(|(child, _)| *child).collect();
    if length > 1 && alike.len() > 1 { alike } else { Vec::new() }
}

/// Rows of cells: every element an array of scalars.
pub fn is_matrix(tape: &Tape<'_>, node: usize) -> bool {
    let mut rows = tape.children(node).peekable();
    rows.peek().is_some()
        && rows.all(|row| tape.is_array(row) && tape.children(row).all(|cell| tape.is_scalar(cell)))
}

/// The first row of a matrix names its columns: all texts, and other rows have numbers.
pub fn header<'t>(tape: &'t Tape<'_>, node: usize) -> Option<Vec<&'t str>> {
    let mut rows = tape.children(node);
    let first = rows.next()?;
    let names: Option<Vec<&str>> = tape
        .children(first)
        .map(|cell| match &tape.nodes[cell].value {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
        .collect();
    let names = names.filter(|names| !names.is_empty())?;
    let is_like = |row: usize| tape.children(row).count() == names.len();
    let mut rest = rows.peekable();
    let has_rest = rest.peek().is_some();
    (has_rest && rest.all(|row| is_like(row) && has_number(tape, row))).then_some(names)
}

fn has_number(tape: &Tape<'_>, node: usize) -> bool {
    tape.children(node).any(|cell| matches!(tape.nodes[cell].value, Value::Number(_)))
}
