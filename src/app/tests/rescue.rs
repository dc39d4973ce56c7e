//! Nothing that was written is lost: the journal, a report that cannot be saved, and what runs
//! that died left.

use super::*;
use crate::{
    app::{
        Popup,
        event::{RemainsNews, SaveResult},
    },
    engine::protocol::EngineEvent,
    report::{
        export::Export,
        model::Stop,
        writing::{Degree, Dropped},
    },
    save::{Unsaved, journal::Remains},
};

/// A report that could not be saved for this reason.
pub(super) fn unsaved(reason: &str) -> Unsaved {
    let export = Export { stem: "20260101T000000Z-m".into(), markdown: "# R\n".into(), record: "{}".into() };
    Unsaved { reason: Shown::new(reason), export, copy: None }
}

#[test]
fn what_the_model_writes_goes_into_the_journal() {
    let (mut rig, request) = Rig::started();
    let [Entry::Begin(name), Entry::Text(title)] = &rig.journal[..] else { panic!("{:?}", rig.journal) };
    assert_eq!(name, "20260101T000000Z");
    assert!(title.starts_with("\n## "), "{title:?}");
    rig.journal.clear();
    rig.piece(request.run, "It is ");
    rig.piece(request.run, "faster.");
    let dropped = Dropped {
        slot: None,
        text: "faster.".into(),
        degree: Degree::Worded,
        kind: "comparison".into(),
        reason: "it is not".into(),
    };
    rig.engine(EngineEvent::Withdrawn { run: request.run, length: 6, dropped });
    let text = |text: &str| Entry::Text(text.to_owned());
    assert_eq!(rig.journal, [text("It is "), text("faster."), Entry::Withdraw("faster.".into())]);
    // Another call of the same report goes on in the same journal.
    rig.journal.clear();
    rig.finished(request.run, Stop::EndOfGeneration);
    assert!(matches!(&rig.journal[..], [Entry::Text(_)]), "{:?}", rig.journal);
    rig.journal.clear();
    rig.piece(request.run, "late");
    assert_eq!(rig.journal, []);
}

#[test]
fn a_report_that_cannot_be_saved_stays_and_goes_elsewhere() {
    let (mut rig, request) = Rig::started();
    rig.piece(request.run, "Faster.");
    assert_eq!(rig.keys("W"), []);
    assert!(rig.notice().contains("no report that could not be saved"), "{}", rig.notice());
    let failed = || Event::Saved(SaveResult::Failed(Box::new(unsaved("cannot write `x.md`: disk full"))));
    rig.app.update(failed());
    assert!(rig.notice().contains("disk full") && rig.notice().contains("W saves it elsewhere"));
    assert!(rig.app.report.view.source().ends_with("Faster."));
    rig.keys("W");
    assert_eq!(rig.app.popup, Popup::Place("~/20260101T000000Z-m.md".into()));
    assert!(text(&rig.app.popup_rows).contains("~/20260101T000000Z-m.md"));
    rig.keys("backspace backspace backspace");
    rig.app.update(Event::Paste("\x1b-x".into()));
    let effects = rig.keys(". m d enter");
    let [Effect::SaveAs(place, what)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        (place.as_str(), &**what),
        ("~/20260101T000000Z-m-x.md", &unsaved("cannot write `x.md`: disk full"))
    );
    assert_eq!(rig.app.popup, Popup::None);
    // That fails too: it is not lost, and can be tried again.
    rig.app.update(failed());
    rig.keys("W esc");
    assert_eq!(rig.app.popup, Popup::None);
    assert!(matches!(&rig.keys("W enter")[..], [Effect::SaveAs(..)]));
}

#[test]
fn what_a_run_that_died_left_is_offered_and_kept() {
    let mut rig = Rig::filled();
    assert_eq!(rig.keys("I"), []);
    rig.app.update(Event::Remains(RemainsNews::Found(Vec::new())));
    assert!(!rig.notice().contains("died left"), "{}", rig.notice());
    let path = PathBuf::from("reports/chimera_insight/x.partial");
    let remains = Remains { path: path.clone(), words: 12 };
    rig.app.update(Event::Remains(RemainsNews::Found(vec![remains])));
    assert!(
        rig.notice().contains("a run that died left 12 words of a report; I keeps them"),
        "{}",
        rig.notice()
    );
    rig.tick(60.0);
    assert!(rig.notice().contains("12 words"), "it stays");
    assert_eq!(rig.keys("I"), [Effect::KeepRemains(path)]);
    assert_eq!(rig.notice(), "");
    let kept = Shown::new("chimera_insight/x-interrupted.md");
    rig.app.update(Event::Remains(RemainsNews::Kept(kept, "# Interrupted\n".into())));
    assert_eq!((rig.app.tab, rig.app.report.view.source()), (Tab::Report, "# Interrupted\n"));
    assert_eq!(rig.keys("e"), [Effect::Edit("chimera_insight/x-interrupted.md".into(), 1)]);
    assert_eq!(rig.keys("I"), [], "only once");
}
