//! The nodes of a JSON text in document order.

use std::borrow::Cow;

/// A value. Containers hold the nodes up to [`Node::end`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Object,
    Array,
    Number(f64),
    Text(Cow<'a, str>),
    Bool(bool),
    Null,
    /// Overridden by a later member of the same name.
    Dead,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    pub value: Value<'a>,
    /// Member name; empty in arrays.
    pub key: Cow<'a, str>,
    /// Line, counted from 1.
    pub line: u32,
    /// Index behind the last node inside.
    pub end: u32,
}

/// A whole text.
#[derive(Debug, Default)]
pub struct Tape<'a> {
    pub nodes: Vec<Node<'a>>,
    /// JSON Lines: bytes up to the end of the last whole line; else 0.
    pub whole: usize,
    /// The line behind it.
    pub whole_line: u32,
    /// Something up to there was lost.
    pub is_lossy_before: bool,
}

/// Bytes of text for a node: less is rare.
const BYTES_PER_NODE: usize = 12;

impl Tape<'_> {
    /// With room for the nodes of a text.
    pub fn for_text(text: &str) -> Self {
        Self { nodes: Vec::with_capacity(text.len() / BYTES_PER_NODE + 8), ..Self::default() }
    }
    /// Indices of a container's own members.
    pub fn children(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes.get(parent).map_or(0, |node| node.end as usize);
        let mut at = parent + 1;
        std::iter::from_fn(move || {
            while at < end {
                let child = at;
                at = (self.nodes[child].end as usize).max(child + 1);
                if self.nodes[child].value != Value::Dead {
                    return Some(child);
                }
            }
            None
        })
    }
    /// A member's name.
    pub fn key(&self, node: usize) -> &str {
        &self.nodes[node].key
    }
    /// No container.
    pub fn is_scalar(&self, node: usize) -> bool {
        !matches!(self.nodes[node].value, Value::Object | Value::Array)
    }
    /// An object.
    pub fn is_object(&self, node: usize) -> bool {
        matches!(self.nodes[node].value, Value::Object)
    }
    /// An array.
    pub fn is_array(&self, node: usize) -> bool {
        matches!(self.nodes[node].value, Value::Array)
    }
}
