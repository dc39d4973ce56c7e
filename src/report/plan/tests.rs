//! Plans of small folders, and what must hold of the plan of any.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::HashSet, fmt::Write as _};

use proptest::prelude::*;

use super::*;
use crate::{
    grounding::{
        check::{Checker, ItemStatus},
        fact::tests::{group, ledger, ledger_of, sample, series, throughput, ttft},
    },
    metrics::series::Series,
};

mod folders;

/// Wordings of a finding that are looked at one by one.
const MOST_WORDINGS: usize = 64;

fn sections(plan: &Plan) -> Vec<(&'static str, Vec<&Finding>)> {
    vec![
        ("summary", plan.summary.iter().collect()),
        ("analysis", plan.analysis.iter().collect()),
        ("findings", plan.findings.iter().collect()),
        ("recommendations", plan.recommendations.iter().collect()),
        ("risks", plan.risks.iter().flat_map(|(risk, mitigation)| [risk, mitigation]).collect()),
    ]
}

/// The plan in code's own words, with how many there are.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for (name, findings) in sections(plan) {
        let _ = writeln!(text, "{name}");
        for finding in findings {
            let rule = finding.rule.as_deref().unwrap_or(finding.kind.name());
            let count = finding.sentence.count();
            let _ =
                writeln!(text, "  {} [{rule}, {count}]: {}", finding.topic, finding.sentence.first().text);
        }
    }
    text
}

/// What must hold of every plan.
fn holds(plan: &Plan, ledger: &Ledger) -> Result<(), String> {
    let checker = Checker::of(ledger);
    let mut firsts = HashSet::new();
    for (section, findings) in sections(plan) {
        for finding in findings {
            let first = finding.sentence.first().text;
            if !firsts.insert(first.clone()) {
                return Err(format!("{section}: said twice: {first}"));
            }
            let words = finding.topic.split_whitespace().count();
            if words == 0 {
                return Err(format!("{section}: no topic: {first}"));
            }
            for wording in finding.sentence.wordings(MOST_WORDINGS) {
                let text = &wording.text;
                for item in checker.check(text) {
                    if !matches!(item.status, ItemStatus::Grounded | ItemStatus::Structural) {
                        return Err(format!("{section}: {text}: {item:?}"));
                    }
                }
                for (range, id) in &wording.figures {
                    let is_stated = finding.facts.iter().any(|&fact| ledger.facts[fact].id == *id);
                    if !is_stated || text.get(range.clone()).is_none_or(str::is_empty) {
                        return Err(format!("{section}: {text}: {id} is no fact of the finding"));
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_small_folder() {
    let (inventory, ..) = sample();
    let ledger = ledger();
    let plan = Plan::of(&ledger, &inventory);
    insta::assert_snapshot!("sample", told(&plan));
    assert_eq!(holds(&plan, &ledger), Ok(()));
    assert_eq!(plan, Plan::of(&ledger, &inventory));
}

#[test]
fn folders_that_have_little_to_say() {
    let empty = Inventory::default();
    let mut text = String::new();
    for (name, all) in [
        ("nothing", vec![]),
        ("a single run", vec![series(throughput(), "tps", "gemma3:1b", "a.csv", &[102.5])]),
        ("one group", vec![series(ttft(), "ttft_ms", "gemma3:1b", "a.csv", &[60.0, 61.0, 62.0, 63.5, 60.5])]),
        (
            "all the same",
            vec![
                series(throughput(), "tps", "a:1b", "a.csv", &[40.0; 6]),
                series(throughput(), "tps", "b:2b", "b.csv", &[40.0; 6]),
            ],
        ),
        (
            "no names",
            vec![Series {
                group: group(&[]),
                ..series(throughput(), "tps", "x", "a.csv", &[40.0, 42.0, 41.0])
            }],
        ),
    ] {
        let ledger = ledger_of(&empty, &all);
        let plan = Plan::of(&ledger, &empty);
        let _ = write!(text, "{name}\n\n{}\n", told(&plan));
        assert_eq!(holds(&plan, &ledger), Ok(()), "{name}");
        assert!(
            !plan.summary.is_empty() && !plan.recommendations.is_empty() && plan.risks.len() >= 2,
            "{name}"
        );
    }
    insta::assert_snapshot!("little", text);
}

/// Every sentence of the assets is one: its joins read well whichever way is taken.
#[test]
fn every_way_through_a_sentence_is_a_sentence() {
    let all = phrases::all().unwrap();
    let mut slots = template::Slots::default();
    for slot in observe::SLOTS {
        slots.set(slot, Node::Name("Name".to_owned()));
    }
    slots.set("scope", view::scope(false));
    let places = [Place::Summary, Place::Analysis, Place::Finding];
    let own = all.iter().flat_map(|(name, phrases)| places.map(|place| (name.as_str(), phrases.at(place))));
    let rules = rules::rules().iter();
    let by_rule = rules.flat_map(|rule| {
        [&rule.advice, &rule.risk, &rule.mitigation].map(|list| (rule.name.as_str(), list.as_slice()))
    });
    for (name, templates) in own.chain(by_rule) {
        for template in templates {
            for slot in template.slots() {
                assert!(observe::SLOTS.contains(&slot), "{name}: no slot {slot}");
            }
        }
        let Some(node) = either(templates, &slots).map(capital) else { continue };
        assert!((1..=256).contains(&node.count()), "{name}: {} wordings", node.count());
        for wording in node.wordings(usize::MAX) {
            let text = wording.text;
            assert!(text.ends_with('.'), "{name}: {text}");
            assert!(text.starts_with(char::is_uppercase), "{name}: {text}");
            for join in ["  ", " ,", " .", " ;", " :", ",,", "..", ";.", ":.", " )", "( ", " and and "] {
                assert!(!text.contains(join), "{name}: `{join}` in {text}");
            }
            let bare = text.replace("p95", "").replace("ci95", "");
            assert!(!bare.bytes().any(|byte| byte.is_ascii_digit()), "{name}: a numeral in {text}");
        }
    }
}

fn any_series() -> impl Strategy<Value = Vec<Series>> {
    let values = prop::collection::vec(
        prop_oneof![0.0..10_000.0_f64, Just(0.0), Just(42.0), 1e-6..1e-3_f64, 1e6..1e12_f64],
        1..12,
    );
    let name = prop_oneof![
        "[a-z]{1,8}:[0-9]{1,2}b",
        "[A-Z][a-z]{2,6} [0-9]{1,3}",
        "[A-Za-z]{3}[A-Za-z0-9:/_ -]{0,30}[a-z]",
    ];
    prop::collection::vec((any::<bool>(), name, values), 0..8).prop_map(|all| {
        all.into_iter()
            .map(|(is_rate, name, values)| {
                let metric = if is_rate { throughput() } else { ttft() };
                series(metric, "field", &name, "data/runs.csv", &values)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_wording_of_any_plan_is_grounded(all in any_series()) {
        let inventory = Inventory::default();
        let ledger = ledger_of(&inventory, &all);
        let plan = Plan::of(&ledger, &inventory);
        prop_assert_eq!(holds(&plan, &ledger), Ok(()));
    }
}
