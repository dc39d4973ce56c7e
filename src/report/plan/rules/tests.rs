//! The embedded rules, and a user's over them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn over(text: &str) -> (Vec<Rule>, Vec<String>) {
    let mut rules = built_in();
    let problems = read::lay_over(&mut rules, text, "r.toml");
    (rules, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn the_embedded_rules_have_no_fault() {
    let mut rules = Vec::new();
    assert_eq!(read::lay_over(&mut rules, BUILT_IN, RULES_FILE), []);
    assert!(rules.len() > 12);
    for rule in &rules {
        assert!(!rule.advice.is_empty() || !rule.risk.is_empty(), "{} says nothing", rule.name);
    }
}

#[test]
fn a_users_rules_change_add_and_take_away() {
    let (rules, problems) = over(
        "[[rule]]\nname = \"warm-up\"\nadvice = [\"Preload {group}.\"]\nwhen = [\"ratio >= 10\"]\n\
         [[rule]]\nname = \"measure-quality\"\noff = true\n\
         [[rule]]\nname = \"own\"\nafter = \"fastest\"\ntopic = \"Own\"\nadvice = [\"Take {best}.\"]\n",
    );
    assert_eq!(problems, [""; 0]);
    let named = |name: &str| rules.iter().find(|rule| rule.name == name);
    let warm_up = named("warm-up").unwrap();
    assert_eq!(warm_up.advice, [Template::parse("Preload {group}.").unwrap()]);
    let condition = Condition { measure: "ratio".into(), compare: Compare::MoreOrEqual, value: 10.0 };
    assert_eq!((warm_up.after, warm_up.when.as_slice()), (Kind::ColdStart, [condition].as_slice()));
    assert!(!warm_up.risk.is_empty(), "what is not given stays");
    assert!(named("measure-quality").is_none());
    assert_eq!(named("own").unwrap().after, Kind::Fastest);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let (_, problems) = over(
        "[[rule]]\nname = \"a\"\nafter = \"winner\"\n\
         [[rule]]\nname = \"warm-up\"\nadvice = [\"Do {this}.\", \"Do [it\", 3]\nwhen = [\"n ~ 3\", \"m < 3\", \"n < x\"]\n\
         [[rule]]\nafter = \"fastest\"\n\
         [[rule]]\nname = \"b\"\nafter = \"fastest\"\nadvice = \"Go.\"\nrisk = [\"It may.\"]\n\
         [[rule]]\nname = \"c\"\noff = true\ncolour = 1\n[extra]\n",
    );
    let short: Vec<String> =
        problems.iter().map(|problem| problem.split("; there are").next().unwrap().to_owned()).collect();
    assert_eq!(
        short,
        [
            "r.toml:3:9: no kind `winner`",
            "r.toml:6:11: no slot `{this}`",
            "r.toml:6:29: without its `]`",
            "r.toml:6:35: a sentence is a text",
            "r.toml:7:9: no condition: `n ~ 3`; write one such as \"n < 5\"",
            "r.toml:7:18: nothing measures `m`",
            "r.toml:7:27: no number: `x`",
            "r.toml:8:1: a rule needs a `name`",
            "r.toml:10:1: the new rule `b` needs a `topic`",
            "r.toml:10:1: `b` needs a `risk` and a `mitigation`, or neither",
            "r.toml:13:10: `advice` takes a list of texts",
            "r.toml:15:1: no rule `c` to take away",
            "r.toml:18:1: no key `colour` in a rule",
            "r.toml:19:1: no table `extra`; there is [[rule]]",
        ]
    );
}
