//! From documents to series with units, groups and statistics. Pure.

pub mod cold;
mod configuration;
mod contribution;
mod copies;
pub mod drivers;
pub mod format;
pub mod generation;
pub mod library;
pub mod names;
pub mod outliers;
pub mod pareto;
mod ranks;
mod rows;
pub mod series;
pub mod stats;
pub mod trend;
pub mod unit;

#[cfg(test)]
mod tests;
