//! Facts computed from the folder, the figures of a text, and whether they agree. Pure.

pub mod check;
pub mod fact;
pub mod figure;
pub mod gate;
mod number_words;
mod precision;
