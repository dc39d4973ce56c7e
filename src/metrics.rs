//! From documents to series with units, groups and statistics. Pure.

pub mod cold;
mod configuration;
mod contribution;
pub mod copies;
pub mod drivers;
pub mod explain;
pub mod format;
pub mod generation;
mod hint;
pub mod library;
pub mod names;
pub mod outliers;
pub mod pareto;
mod part;
pub mod progress;
pub mod query;
mod ranks;
mod rows;
pub mod series;
mod shared;
pub mod stats;
mod times;
mod totals;
pub mod trend;
pub mod unit;
mod values;

pub use rows::failed_row;

#[cfg(test)]
mod tests;
