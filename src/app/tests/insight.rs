//! What is found out about the selected series, and when.

use super::*;

/// Twelve runs of each of two context lengths, of which the second is slower; one run is
/// far out.
fn sweep() -> String {
    let mut rows = String::from("model,num_ctx,tokens_s\n");
    for run in 0..24 {
        let (num_ctx, rate) = if run % 2 == 0 { (1024, 100.0) } else { (4096, 80.0) };
        let rate = if run == 20 { 300.0 } else { rate + f64::from(run % 5) * 0.1 };
        rows.extend(["x,", &num_ctx.to_string(), ",", &rate.to_string(), "\n"]);
    }
    rows
}

#[test]
fn the_detail_says_what_drives_a_metric_and_what_is_far_out() {
    let mut rig = Rig::new();
    rig.scanned(&[("sweep.csv", Some(&sweep()))]);
    rig.keys("2");
    let detail = text(&rig.app.metrics.detail);
    assert!(detail.contains("num_ctx explains"), "{detail}");
    assert!(detail.contains("best 1024"), "{detail}");
    assert!(detail.contains("300 at sweep.csv:22"), "{detail}");
}

#[test]
fn a_series_is_looked_into_once_and_again_when_it_changed() {
    let mut rig = Rig::new();
    rig.scanned(&[("a.csv", Some(&sweep())), ("b.csv", Some("model,ttft_ms\ny,5\ny,6\n"))]);
    let jobs = |rig: &mut Rig, key: &str| -> Vec<Effect> {
        let effects = rig.app.update(Event::Key(Key::parse(key).unwrap()));
        effects.into_iter().filter(|effect| matches!(effect, Effect::Compute(_))).collect()
    };
    let Some(Effect::Compute(first)) = jobs(&mut rig, "2").pop() else { panic!("no job") };
    assert!(jobs(&mut rig, "j").is_empty(), "one at a time");
    // The answer comes when another series is selected: that one is next.
    let answer = Event::Computed(Box::new(first.as_ref().clone().run()));
    let Some(Effect::Compute(second)) = rig.app.update(answer).pop() else { panic!("no job") };
    assert!(!text(&rig.app.metrics.detail).contains("num_ctx explains"));
    assert_eq!(rig.app.update(Event::Computed(Box::new(second.run()))), []);
    assert!(jobs(&mut rig, "j").is_empty(), "known");
    let effects = rig.changed(&[("b.csv", Some("model,ttft_ms\ny,5\ny,9\n"))]);
    assert_eq!(effects, [], "looked into again at once");
    assert!(jobs(&mut rig, "1").is_empty() && jobs(&mut rig, "2").is_empty(), "and known again");
}
