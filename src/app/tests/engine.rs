//! The Engine tab: models listed and changed, loaded and unloaded; settings edited in place;
//! a model that nobody uses goes.

use super::*;
use crate::{
    app::{Focus, Popup},
    config::{KeepAlive, Key as Setting, Origin},
    engine::{
        EngineError,
        confine::{Confined, Part},
        gguf::Header,
        models::Found,
    },
    report::model::Stop,
};

fn found(name: &str, unusable: Option<&str>) -> Found {
    Found {
        name: name.into(),
        path: PathBuf::from(format!("/models/{name}.gguf")),
        origin: "Ollama",
        unusable: unusable.map(str::to_owned),
        header: Some(Header {
            arch: "gemma3".into(),
            quantization: "Q8_0".into(),
            layers: 18,
            context_train: 32_768,
            cache_width: 18 * 512,
            has_template: true,
            ..Header::default()
        }),
        bytes: 292_000_000,
    }
}

fn file(name: &str) -> ModelSpec {
    ModelSpec::File(PathBuf::from(format!("/models/{name}.gguf")))
}

/// Two models that can be used and one that cannot; the first is chosen.
fn machine() -> Rig {
    let mut rig = Rig::with_model(Ok(Some(file("gemma3:270m"))));
    rig.models.models = vec![
        found("gemma3:270m", None),
        found("gemma3:4b", Some("it also holds parts for images")),
        found("gemma3:1b", None),
    ];
    rig.scanned(&[("a.csv", Some(RUNS))]);
    rig.keys("6");
    rig
}

fn loads(effects: &[Effect]) -> Option<(ModelSpec, Params)> {
    effects.iter().find_map(|effect| match effect {
        Effect::LoadModel(spec, params) => Some((spec.clone(), params.clone())),
        _ => None,
    })
}

fn detail(rig: &Rig) -> String {
    text(&rig.app.engine_tab.detail)
}

#[test]
fn models_are_listed_with_what_their_headers_say() {
    let rig = machine();
    let names: Vec<&str> = rig.app.engine_tab.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["gemma3:270m", "gemma3:4b", "gemma3:1b", "none"]);
    assert_eq!((rig.app.engine_tab.place.selected, rig.app.engine_tab.lines[0].is_chosen), (0, true));
    let told = detail(&rig);
    for word in ["gemma3, ", "Q8_0", "18 layers", "32,768", "/models/gemma3:270m.gguf", "Ollama", "num_ctx"] {
        assert!(told.contains(word), "{word} in\n{told}");
    }
    assert!(told.contains("default (1)") && told.contains("0 to 5"), "ranges and defaults in\n{told}");
}

#[test]
fn what_the_process_is_kept_from_is_one_line() {
    let mut rig = machine();
    assert!(!detail(&rig).contains("confined"), "nothing is known before a process was started");
    let mut confined = Confined::default();
    confined.note(Part::Memory, Ok(()));
    confined.note(Part::Files, Err("this kernel has no Landlock".into()));
    rig.engine(EngineEvent::Confined(confined));
    let told = detail(&rig);
    assert!(told.contains("confined: memory; not files: this kernel has no Landlock"), "{told}");
}

#[test]
fn another_model_is_used_without_a_restart() {
    let mut rig = machine();
    // Nothing is loaded: it waits for the next report.
    assert_eq!(loads(&rig.keys("j j enter")), None);
    assert!(rig.notice().contains("`gemma3:1b` writes the next report; L loads it now"), "{}", rig.notice());
    assert_eq!(rig.app.model_name.as_ref().map(Shown::as_str), Some("gemma3:1b"));
    assert_eq!(loads(&rig.keys("L")).map(|(spec, _)| spec), Some(file("gemma3:1b")));
    rig.loaded();
    assert!(detail(&rig).contains("is loaded"), "{}", detail(&rig));
    // One is loaded: the other takes its place at once.
    assert_eq!(loads(&rig.keys("k k enter")).map(|(spec, _)| spec), Some(file("gemma3:270m")));
    rig.loaded();
    assert_eq!(rig.keys("U"), [Effect::UnloadModel]);
    rig.engine(EngineEvent::Unloaded);
    assert_eq!(rig.app.engine, EngineState::Idle);
    let effects = rig.keys("r");
    assert_eq!(loads(&effects).map(|(spec, _)| spec), Some(file("gemma3:270m")));
}

#[test]
fn a_model_that_cannot_be_used_says_why_and_is_not_taken() {
    let mut rig = machine();
    assert_eq!(rig.keys("j enter"), []);
    assert!(rig.notice().contains("`gemma3:4b` cannot be used: it also holds"), "{}", rig.notice());
    assert!(detail(&rig).starts_with("cannot be used: it also holds"), "{}", detail(&rig));
    assert!(rig.app.engine_tab.lines[0].is_chosen);
}

#[test]
fn no_model_can_be_wanted_and_wanted_again() {
    let mut rig = machine();
    rig.keys("L");
    rig.loaded();
    assert_eq!(rig.keys("G enter"), [Effect::UnloadModel]);
    rig.engine(EngineEvent::Unloaded);
    assert!(matches!(rig.app.engine, EngineState::NoModel(_)));
    let effects = rig.keys("r");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "by code: {effects:?}");
    rig.keys("6 g g enter L");
    rig.loaded();
    assert_eq!(rig.app.engine, EngineState::Ready);
}

#[test]
fn a_machine_without_models_says_what_to_do() {
    let mut rig = Rig::with_model(Err("no model on this machine".into()));
    rig.models.notes = vec!["cannot read `/x` (Ollama): permission denied".into()];
    rig.keys("6");
    let told = detail(&rig);
    assert!(told.contains("No model was found") && told.contains("Put a GGUF file"), "{told}");
    assert!(told.contains("permission denied"), "{told}");
    assert!(rig.keys("L enter U").is_empty());
    // One that was fetched meanwhile is found by reading anew.
    rig.models.models = vec![found("gemma3:270m", None)];
    rig.keys("R g g enter");
    assert_eq!(loads(&rig.keys("r")).map(|(spec, _)| spec), Some(file("gemma3:270m")));
}

#[test]
fn while_a_report_is_written_its_model_stays() {
    let mut rig = machine();
    rig.keys("r");
    rig.loaded();
    rig.keys("6");
    assert_eq!(rig.keys("j j enter"), []);
    assert!(rig.notice().contains("cancel it first"), "{}", rig.notice());
    assert_eq!(rig.keys("L"), []);
}

#[test]
fn a_failed_load_is_told_and_the_log_is_looked_at_again() {
    let mut rig = machine();
    rig.keys("L");
    rig.sight.log = vec![Shown::new("ERROR llama.cpp: key not found")];
    rig.sight.log_file = Some("/state/engine.log".into());
    let error = EngineError::Load { name: "x.gguf".into(), reason: "key not found".into() };
    rig.engine(EngineEvent::Failed { run: None, error, log: Vec::new() });
    assert!(rig.notice().contains("key not found"), "{}", rig.notice());
    assert!(detail(&rig).contains("ERROR llama.cpp: key not found"), "{}", detail(&rig));
    assert!(detail(&rig).contains("cannot load model `x.gguf`: key not found"), "{}", detail(&rig));
    assert_eq!(rig.keys("e"), [Effect::Edit("/state/engine.log".into(), 1)]);
}

#[test]
fn the_tab_is_moved_through_like_any_other() {
    let mut rig = machine();
    rig.keys("tab j j");
    assert_eq!((rig.app.focus, rig.app.engine_tab.place.selected), (Focus::Detail, 0));
    assert!(rig.app.engine_tab.place.detail_top > 0);
    rig.keys("tab j");
    assert_eq!((rig.app.engine_tab.place.selected, rig.app.engine_tab.place.detail_top), (1, 0));
    assert_eq!(rig.keys("y"), [Effect::Copy("/models/gemma3:4b.gguf".into())]);
    // Listed once: coming back does not look again.
    rig.models.models.clear();
    rig.keys("1 6");
    assert_eq!(rig.app.engine_tab.lines.len(), 4);
}

fn with_personas() -> Rig {
    let mut rig = Rig::filled();
    rig.app.settings.personas =
        [("brief".to_owned(), "Be brief.".to_owned()), ("insight".to_owned(), "You are careful.".to_owned())]
            .into();
    rig.app.settings.usual_persona = "insight".into();
    rig
}

/// Opens the form at a setting.
fn at(rig: &mut Rig, key: Setting) {
    rig.keys("p");
    for _ in 0..Setting::editable().position(|other| other == key).unwrap() {
        rig.keys("j");
    }
}

fn rows(rig: &Rig) -> String {
    text(&rig.app.popup_rows)
}

#[test]
fn settings_are_edited_in_place_and_the_next_report_has_them() {
    let mut rig = with_personas();
    rig.keys("4");
    at(&mut rig, Setting::Temperature);
    rig.keys("enter 0 . 2 5 enter");
    assert_eq!(rig.app.params.temperature, Some(0.25));
    assert!(
        rows(&rig).lines().any(|line| line.contains("temperature")
            && line.contains("0.25")
            && line.contains("edited here")),
        "{}",
        rows(&rig)
    );
    rig.keys("esc");
    at(&mut rig, Setting::Persona);
    rig.keys("right");
    assert_eq!(rig.app.persona, ("brief".into(), "Be brief.".into()));
    rig.keys("r");
    assert_eq!(rig.app.popup, Popup::None);
    let effects = rig.loaded();
    let [Effect::Generate(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.params.temperature, Some(0.25));
    let finished = EngineEvent::Finished {
        run: request.run,
        stop: Stop::Cancelled,
        timings: Box::default(),
        used: Params::default(),
    };
    let effects = rig.engine(finished);
    let [Effect::Save(export)] = &effects[..] else { panic!("{effects:?}") };
    assert!(export.record.contains("Be brief.") && export.record.contains("0.25"), "{}", export.record);
}

#[test]
fn what_cannot_be_used_is_said_at_the_field() {
    let mut rig = with_personas();
    at(&mut rig, Setting::NumCtx);
    rig.keys("enter 1 2 enter");
    assert!(
        rows(&rig).contains("`num_ctx` must be a whole number from 256 to 1048576, not `12`"),
        "{}",
        rows(&rig)
    );
    assert!(rows(&rig).contains("12▏"), "what was typed stays\n{}", rows(&rig));
    rig.keys("down");
    assert!(rows(&rig).contains("12▏"), "the field is not left with it");
    rig.keys("backspace backspace 4 0");
    rig.app.update(Event::Paste("9\n6".into()));
    rig.keys("enter");
    assert_eq!(rig.app.params.num_ctx, Some(4096));
    rig.keys("enter 9 esc");
    assert_eq!((rig.app.params.num_ctx, rig.app.popup == Popup::None), (Some(4096), false));
    rig.keys("d");
    assert_eq!((rig.app.params.num_ctx, rig.app.settings.origin(Setting::NumCtx)), (None, &Origin::Default));
    rig.keys("enter enter");
    assert_eq!(rig.app.params.num_ctx, None, "nothing typed is nothing changed");
    rig.keys("q");
    assert_eq!(rig.app.popup, Popup::None);
    // Letters of other actions are text here.
    at(&mut rig, Setting::Persona);
    rig.keys("enter n o b o d y enter");
    assert!(rows(&rig).contains("no persona `nobody`; there are: brief, insight"), "{}", rows(&rig));
    rig.keys("esc d");
    assert_eq!(rig.app.persona.0, "insight");
}

#[test]
fn every_setting_has_a_field_that_fits_the_smallest_screen() {
    for size in [(40, 10), (80, 24), (200, 60)] {
        let mut rig = with_personas();
        rig.app.update(Event::Resize(size.0, size.1));
        rig.keys("p");
        for key in Setting::editable() {
            let told = rows(&rig);
            assert!(told.contains(key.name()), "{size:?}: {} in\n{told}", key.name());
            assert!(rig.app.popup_rows.len() <= usize::from(rig.app.areas.popup_rows.height), "{size:?}");
            rig.keys("enter x y enter");
            let is_refused = rows(&rig).contains("xy▏");
            assert!(is_refused, "{size:?}: {} takes `xy`\n{}", key.name(), rows(&rig));
            rig.keys("esc right left d j");
        }
    }
}

#[test]
fn settings_of_the_context_load_the_model_anew() {
    let mut rig = with_personas();
    rig.keys("L");
    rig.loaded();
    at(&mut rig, Setting::Temperature);
    rig.keys("enter 0 enter esc");
    assert!(!rig.app.needs_load(), "sampling needs no other context");
    at(&mut rig, Setting::NumCtx);
    rig.keys("enter 2 0 4 8 enter");
    assert!(rig.notice().contains("loads the model anew"), "{}", rig.notice());
    let (_, params) = loads(&rig.keys("r")).unwrap();
    assert_eq!(params.num_ctx, Some(2048));
}

#[test]
fn a_model_that_nobody_uses_is_unloaded() {
    let mut rig = Rig::filled();
    rig.tick(1.0);
    rig.keys("L");
    rig.loaded();
    assert_eq!(rig.app.engine_wakeup(), Some(Duration::from_secs(301)), "once, and no sooner");
    rig.tick(300.0);
    assert_eq!(rig.app.engine, EngineState::Ready);
    let now = Duration::from_secs(301);
    let effects = rig.app.update(Event::Tick { now, wall_ns: START_NS });
    assert_eq!(effects, [Effect::UnloadModel]);
    assert!(rig.notice().contains("not used for 5m and is unloaded"), "{}", rig.notice());
    assert_eq!(rig.app.update(Event::Tick { now, wall_ns: START_NS }), []);
    rig.engine(EngineEvent::Unloaded);
    assert_eq!(rig.app.engine, EngineState::Idle);
}

#[test]
fn a_report_is_use_and_its_end_begins_the_time_anew() {
    let mut rig = Rig::filled();
    rig.tick(1.0);
    rig.keys("L");
    rig.loaded();
    rig.tick(200.0);
    rig.keys("r");
    rig.tick(400.0);
    assert_eq!(rig.app.engine, EngineState::Ready);
    rig.keys("x");
    let run = crate::engine::protocol::RunId(1);
    let (stop, timings, used) = (Stop::Cancelled, Box::default(), Params::default());
    rig.engine(EngineEvent::Finished { run, stop, timings, used });
    assert_eq!(rig.app.engine_wakeup(), Some(Duration::from_secs(700)));
    rig.tick(699.0);
    assert_eq!(rig.app.engine, EngineState::Ready);
    let effects = rig.app.update(Event::Tick { now: Duration::from_secs(700), wall_ns: START_NS });
    assert_eq!(effects, [Effect::UnloadModel]);
}

#[test]
fn never_and_at_once_are_times_too() {
    let mut rig = Rig::filled();
    rig.app.settings.keep_alive = KeepAlive::Forever;
    rig.keys("L");
    rig.loaded();
    rig.tick(1e6);
    assert_eq!((rig.app.engine.clone(), rig.app.engine_wakeup()), (EngineState::Ready, None));
    // Loaded by hand it waits for its report, and goes with its end.
    at(&mut rig, Setting::KeepAlive);
    rig.keys("enter 0 enter esc");
    assert_eq!(rig.app.engine, EngineState::Ready);
    rig.keys("r");
    let run = crate::engine::protocol::RunId(1);
    let (stop, timings, used) = (Stop::Cancelled, Box::default(), Params::default());
    let effects = rig.engine(EngineEvent::Finished { run, stop, timings, used });
    assert!(effects.contains(&Effect::UnloadModel), "{effects:?}");
    assert!(rig.notice().contains("its memory is free"), "{}", rig.notice());
}

#[test]
fn the_time_left_is_told_by_the_minute_and_only_to_who_sees_it() {
    let mut rig = machine();
    rig.tick(1.0);
    rig.keys("L");
    rig.loaded();
    assert!(detail(&rig).contains("5 min left"), "{}", detail(&rig));
    assert_eq!(rig.app.engine_wakeup(), Some(Duration::from_secs(61)));
    rig.tick(61.0);
    assert!(detail(&rig).contains("4 min left"), "{}", detail(&rig));
    rig.keys("2");
    rig.keys("3");
    assert_eq!(rig.app.engine_wakeup(), Some(Duration::from_secs(301)));
}
