//! What of the screen comes back at the next start on the same folder: the tab, and how each
//! list is ordered and filtered.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::{
    App, Tab,
    cut::Cut,
    metrics::chart::View,
    sort::{DeltaSort, FileSort, SeriesSort},
    update::FILTER_CHARS,
};

/// Dimensions and conditions that are taken over: nobody chose more.
const MOST_CUTS: usize = 32;

/// How the screen was left. Read leniently: what a later or an earlier version wrote in other
/// words is as if it had not been written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    #[serde(deserialize_with = "lenient")]
    tab: Tab,
    #[serde(deserialize_with = "lenient")]
    files: FileSort,
    #[serde(deserialize_with = "lenient")]
    files_filter: Option<String>,
    /// The newest file is followed.
    #[serde(deserialize_with = "lenient")]
    follow: bool,
    #[serde(deserialize_with = "lenient")]
    series: SeriesSort,
    #[serde(deserialize_with = "lenient")]
    deltas: DeltaSort,
    #[serde(deserialize_with = "lenient")]
    series_filter: Option<String>,
    #[serde(deserialize_with = "lenient")]
    view: View,
    /// The files stand the other way round, or as a tree.
    #[serde(deserialize_with = "lenient")]
    is_reversed: bool,
    #[serde(deserialize_with = "lenient")]
    is_tree: bool,
    /// The dimensions that the series are grouped by, and the conditions of their rows.
    #[serde(deserialize_with = "lenient")]
    by: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    rows: Vec<String>,
}

fn lenient<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl App {
    /// How the screen is.
    pub fn layout(&self) -> Layout {
        Layout {
            tab: self.tab,
            files: self.inventory.sort,
            files_filter: kept(self.inventory.filter.as_ref()),
            follow: self.inventory.is_following(),
            series: self.metrics.sort,
            deltas: self.compare.sort,
            series_filter: kept(self.metrics.filter.as_ref()),
            view: self.metrics.view,
            is_reversed: self.inventory.is_reversed,
            is_tree: self.inventory.tree().is_some(),
            by: self.cutting.cut.by.iter().map(ToString::to_string).collect(),
            rows: self.cutting.cut.conditions.iter().map(ToString::to_string).collect(),
        }
    }

    /// Puts the screen as it was: at the start, before anything is read.
    pub fn restore(&mut self, layout: &Layout) {
        self.inventory.sort = layout.files;
        self.inventory.filter = kept(layout.files_filter.as_ref());
        if self.inventory.is_following() && !layout.follow {
            self.inventory.toggle_follow(&self.library, self.now);
        }
        self.metrics.sort = layout.series;
        self.compare.sort = layout.deltas;
        self.metrics.filter = kept(layout.series_filter.as_ref());
        self.metrics.view = layout.view;
        self.inventory.is_reversed = layout.is_reversed;
        if layout.is_tree != self.inventory.tree().is_some() {
            self.inventory.toggle_tree(&self.library, self.now);
        }
        let typed =
            |texts: &[String]| texts.iter().filter_map(|text| kept(Some(text))).collect::<Vec<String>>();
        self.cutting.cut = Cut {
            by: typed(&layout.by).iter().take(MOST_CUTS).map(|key| key.as_str().into()).collect(),
            conditions: typed(&layout.rows).iter().take(MOST_CUTS).filter_map(|it| it.parse().ok()).collect(),
        };
        self.select_tab(layout.tab);
    }
}

/// A filter that hides nothing is none, and one that nobody can have typed is cut.
fn kept(filter: Option<&String>) -> Option<String> {
    let typed = |filter: &String| -> String {
        filter.chars().filter(|letter| !letter.is_control()).take(FILTER_CHARS).collect()
    };
    filter.map(typed).filter(|filter| !filter.is_empty())
}
