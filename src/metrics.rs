//! From documents to series with units, groups and statistics. Pure.

mod contribution;
mod copies;
pub mod format;
pub mod generation;
pub mod library;
pub mod names;
mod rows;
pub mod series;
pub mod stats;
pub mod unit;

#[cfg(test)]
mod tests;
