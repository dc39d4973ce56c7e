//! The embedded file, values with glued units, and texts of every kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{spec, value};

#[test]
fn the_embedded_adapters_are_all_usable() {
    let adapters = spec::adapters();
    assert!(adapters.texts.len() > 20 && adapters.structured.len() > 5, "the embedded file parses");
    let (telling, told) = adapters.telling();
    assert!(
        telling.len() == told.len() && told.len() > 60,
        "the telling lines of {} are usable",
        telling.len()
    );
    for text in &adapters.texts {
        assert_eq!(text.patterns().1.len(), text.spec.line.len(), "{}: a pattern is none", text.spec.name);
    }
    for adapter in &adapters.structured {
        assert!(adapter.patterns().is_some(), "{}: a pattern is none", adapter.spec.name);
    }
}

#[test]
fn glued_units_are_read_by_one_parser() {
    fn check(text: &str, expected: Option<(f64, Option<&str>)>) {
        let found = value::read(text);
        let found = found.as_ref().map(|value| (value.number, value.unit.as_deref()));
        assert_eq!(found, expected, "{text}");
    }
    check("1.23ms", Some((1.23, Some("ms"))));
    check("512KiB", Some((512.0, Some("KiB"))));
    check("1m2.5s", Some((62.5, Some("s"))));
    check("1h0m3s", Some((3603.0, Some("s"))));
    check("12,345.6", Some((12345.6, None)));
    check("95.2 tokens/s", Some((95.2, Some("tokens/s"))));
    check("95.2 tokens per second", Some((95.2, Some("tokens per second"))));
    check("635.91us", Some((635.91, Some("us"))));
    check("56.20k", Some((56200.0, None)));
    check("1e-3s", Some((0.001, Some("s"))));
    check("99.5%,", Some((99.5, Some("%"))));
    check("-3.5", Some((-3.5, None)));
    check("0x1F", None);
    check("2025-10-01", None);
    check("10.0.0.1", None);
    check("1.2ms and more", None);
    check("ms", None);
    check("", None);
}
