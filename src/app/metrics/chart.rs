//! A chart as values: axes, layers of points, and the stops that its cursor walks. Drawing it
//! is not its business.

use serde::{Deserialize, Serialize};

use crate::{app::report::evidence::SourceRow, metrics::format, text::sanitize::Shown};

/// Steps of a scale that people read without counting, as parts of a power of ten.
const ROUND: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
/// A range this small beside its values is rounding: it is drawn as one value.
const LEAST_RANGE: f64 = 1e-9;
/// Below this a float has too few digits left for the marks of a scale.
const LEAST_STEP: f64 = 1e-290;
/// The share of a scale that lies around its only value.
const AROUND_ONE: f64 = 0.05;
/// Of an axis nobody wants more marks than this.
const MOST_TICKS: usize = 12;

/// What the detail of a series shows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// What it is, its statistics and values as text.
    #[default]
    Values,
    /// Values in order of time.
    Trend,
    /// How many values lie where.
    Histogram,
    /// Which share of the values is at or below which.
    Ecdf,
    /// Every group of the metric beside each other.
    Boxes,
    /// Configurations by this metric and another.
    Scatter,
}

impl View {
    /// Every view, in order.
    pub const ALL: [View; 6] =
        [View::Values, View::Trend, View::Histogram, View::Ecdf, View::Boxes, View::Scatter];

    /// Its name in a title.
    pub fn title(self) -> &'static str {
        match self {
            View::Values => "values",
            View::Trend => "trend",
            View::Histogram => "histogram",
            View::Ecdf => "ECDF",
            View::Boxes => "box plots",
            View::Scatter => "scatter",
        }
    }

    /// The view so many places further, around the end.
    #[must_use]
    pub fn further(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// What the points of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary values.
    Usual,
    /// Values of runs that paid for loading the model.
    Cold,
    /// Values that came while something disturbed the machine.
    Disturbed,
    /// What none beats.
    Best,
    /// Where the level changes.
    Step,
}

/// How the points of a layer are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Joined by lines.
    Line,
    /// Each for itself.
    Points,
    /// Down to the axis.
    Bars,
}

/// Points of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What they are.
    pub tone: Tone,
    /// How they are drawn.
    pub stroke: Stroke,
    /// x and y, in the units of the axes.
    pub points: Vec<(f64, f64)>,
}

/// An axis: its ends, and the marks that part it evenly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with its unit.
    pub title: Shown,
    /// Least and greatest value on it.
    pub ends: (f64, f64),
    /// Texts of the marks, from end to end at equal distances.
    pub ticks: Vec<String>,
}

impl Axis {
    /// An axis for values of a range, with at most so many marks.
    pub(super) fn of(title: &str, range: (f64, f64), most: usize) -> Self {
        let (low, high) = widened(range);
        let most = most.clamp(2, MOST_TICKS);
        let step = round_step((high - low) / (most - 1) as f64);
        let (mut first, mut last) = ((low / step).floor(), (high / step).ceil());
        // Rounding outwards may have added a mark too many: then the next larger step.
        let step = if (last - first) as usize + 1 > most {
            let larger = round_step(step * 1.01);
            (first, last) = ((low / larger).floor(), (high / larger).ceil());
            larger
        } else {
            step
        };
        let marks = (last - first).clamp(1.0, MOST_TICKS as f64) as usize;
        Self {
            title: Shown::new(title),
            ends: (first * step, last * step),
            ticks: (0..=marks).map(|mark| format::number((first + mark as f64) * step)).collect(),
        }
    }

    /// Is a value on it?
    pub(super) fn has(&self, value: f64) -> bool {
        self.ends.0 <= value && value <= self.ends.1
    }
}

/// A place on the chart where the cursor stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// On the x axis.
    pub x: f64,
    /// On the y axis.
    pub y: f64,
    /// What is said of it.
    pub text: Shown,
    /// The row of the file that it comes from; of bars and the like there is none.
    pub place: Option<SourceRow>,
}

/// A chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// What is drawn, in this order.
    pub layers: Vec<Layer>,
    /// Where the cursor stops, from left to right.
    pub stops: Vec<Stop>,
    /// What there is to see of the x axis when nothing is drawn larger; `None`: no part of it
    /// can be.
    pub whole: Option<(f64, f64)>,
    /// In the place of all this where there is nothing to draw: why.
    pub empty: Option<Shown>,
}

impl Chart {
    /// No chart, and why.
    pub(super) fn none(why: &str) -> Self {
        Self { empty: Some(Shown::new(why)), ..Self::default() }
    }
}

/// Least and greatest of finite numbers; `None` where there are none.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.filter(|number| number.is_finite()).fold(None, |range, number| {
        let (low, high) = range.unwrap_or((number, number));
        Some((low.min(number), high.max(number)))
    })
}

/// The same range, but never one of no width: a scale needs one.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    // The marks of a scale around two huge values would be beyond any float.
    let [low, high] = [low, high].map(|end| end.clamp(f64::MIN / 1e3, f64::MAX / 1e3));
    let size = low.abs().max(high.abs());
    if high - low > (size * LEAST_RANGE).max(LEAST_STEP) {
        return (low, high);
    }
    let around = if size > LEAST_STEP { size * AROUND_ONE } else { 1.0 };
    (low - around, high + around)
}

/// The smallest round step that is not below a distance.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let round = ROUND.iter().map(|part| part * power).find(|step| *step >= least * (1.0 - 1e-9));
    round.unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_marks() {
        let ticks = |range, most| {
            let axis = Axis::of("", range, most);
            (axis.ends, axis.ticks.join(" "))
        };
        assert_eq!(ticks((100.8, 103.2), 4), ((100.0, 104.0), "100 102 104".into()));
        assert_eq!(ticks((0.0, 36.0), 5), ((0.0, 40.0), "0 10 20 30 40".into()));
        assert_eq!(ticks((-3.0, 7.0), 6), ((-5.0, 7.5), "-5 -2.5 0 2.5 5 7.5".into()));
    }

    #[test]
    fn every_range_has_an_axis_around_it() {
        let ends = [0.0, 1.0, -1.0, 5e-324, 1e-9, 99.5, 1e15, -1e300, f64::MAX, f64::MIN];
        for low in ends {
            for high in ends.into_iter().filter(|high| *high >= low) {
                for most in [0, 2, 5, 40] {
                    let axis = Axis::of("", (low, high), most);
                    let (first, last) = axis.ends;
                    assert!(first.is_finite() && last.is_finite() && first < last, "{low} {high} {axis:?}");
                    assert!((2..=MOST_TICKS + 1).contains(&axis.ticks.len()), "{low} {high} {axis:?}");
                    let margin = (last - first) * 1e-6;
                    let is_huge = low.abs().max(high.abs()) > f64::MAX / 1e4;
                    assert!(
                        is_huge || (first <= low + margin && high <= last + margin),
                        "{low} {high} {axis:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn views_go_round() {
        let all: Vec<View> = (0..View::ALL.len()).map(|by| View::Values.further(by)).collect();
        assert_eq!(all, View::ALL);
        assert_eq!(View::Scatter.further(1), View::Values);
    }
}
