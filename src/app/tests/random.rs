//! Whatever comes in whatever order, the state stays whole.

use proptest::prelude::*;

use super::*;
use crate::{
    app::{
        Popup,
        event::{Mouse, MouseKind, SaveResult},
        report::{Activity, Work},
    },
    engine::{EngineError, protocol::RunId},
    metrics::generation::Timings,
    report::model::Stop,
    signals::Signal,
};

#[derive(Clone, Debug)]
enum Happening {
    Keys(&'static str),
    Mouse(Mouse),
    Resize(u16, u16),
    Tick(u16),
    Files(Vec<(&'static str, Option<&'static str>)>, bool),
    Loading(f32),
    Loaded,
    Unloaded,
    Prefill(u64),
    Piece(u64, &'static str),
    Finished(u64, Stop),
    Failed(Option<u64>),
    Saved,
    Signal(Signal),
}

fn happening() -> impl Strategy<Value = Happening> {
    let keys = prop::sample::select(vec![
        "j",
        "k",
        "G",
        "g g",
        "ctrl-d",
        "ctrl-u",
        "page-down",
        "home",
        "tab",
        "shift-tab",
        "enter",
        "esc",
        "1",
        "2",
        "3",
        "4",
        "6",
        "p",
        "L",
        "right",
        "d",
        "b",
        "=",
        "l",
        "h",
        "/",
        "a",
        "backspace",
        "c",
        "r",
        "r",
        "x",
        "?",
        "!",
        "f",
        "y",
        "e",
        "R",
        "U",
        "ctrl-l",
        "g",
        "t",
        "space",
        "<",
        ">",
        "v",
        "S",
        "n",
        "N",
        "left",
        "right",
    ]);
    let mouse = (
        prop::sample::select(vec![MouseKind::Press, MouseKind::WheelUp, MouseKind::WheelDown]),
        0..90_u16,
        0..30_u16,
    )
        .prop_map(|(kind, column, row)| Happening::Mouse(Mouse { kind, column, row }));
    let path = prop::sample::select(vec!["a.csv", "b.csv", "c.json", "d.md", "e/f.csv"]);
    let content = prop::sample::select(vec![
        None,
        Some(RUNS),
        Some("model,tokens_s\nx,1\n"),
        Some("{\"ttft_ms\": 1"),
        Some("# a\n\ntext 5 tok/s\n"),
        Some(""),
    ]);
    let files = (prop::collection::vec((path, content), 0..4), any::<bool>())
        .prop_map(|(files, is_complete)| Happening::Files(files, is_complete));
    let stop = prop::sample::select(vec![Stop::EndOfGeneration, Stop::TokenLimit, Stop::Cancelled]);
    // Run 0 never is; 99 stands for the one that runs.
    let run = prop::sample::select(vec![0_u64, 1, 2, 99, 99, 99]);
    let text = prop::sample::select(vec!["word ", "\n\n| a |\n|--", "# x\n", "1.", ""]);
    prop_oneof![
        8 => keys.prop_map(Happening::Keys),
        2 => mouse,
        1 => (0..120_u16, 0..50_u16).prop_map(|(width, height)| Happening::Resize(width, height)),
        2 => (0..9000_u16).prop_map(Happening::Tick),
        3 => files,
        1 => (0.0..1.0_f32).prop_map(Happening::Loading),
        2 => Just(Happening::Loaded),
        1 => Just(Happening::Unloaded),
        1 => run.clone().prop_map(Happening::Prefill),
        4 => (run.clone(), text).prop_map(|(run, text)| Happening::Piece(run, text)),
        3 => (run.clone(), stop).prop_map(|(run, stop)| Happening::Finished(run, stop)),
        1 => prop::option::of(run).prop_map(Happening::Failed),
        1 => Just(Happening::Saved),
        1 => prop::sample::select(vec![Signal::Continue, Signal::Suspend]).prop_map(Happening::Signal),
    ]
}

impl Rig {
    fn current_run(&self) -> Option<RunId> {
        match &self.app.report.work {
            Work::Calling(calling) => Some(calling.run),
            Work::None | Work::Preparing | Work::Computing(..) => None,
        }
    }

    fn happens(&mut self, happening: Happening) -> Vec<Effect> {
        let current = self.current_run().unwrap_or_default();
        let run = |number: u64| if number == 99 { current } else { RunId(number) };
        match happening {
            Happening::Keys(keys) => self.keys(keys),
            Happening::Mouse(mouse) => self.app.update(Event::Mouse(mouse)),
            Happening::Resize(width, height) => self.app.update(Event::Resize(width, height)),
            Happening::Tick(step) => {
                self.tick(self.app.now.as_secs_f64() + f64::from(step) / 1000.0);
                Vec::new()
            }
            Happening::Files(files, is_complete) => self.batch(&files, is_complete),
            Happening::Loading(part) => self.engine(EngineEvent::Loading(part)),
            Happening::Loaded => self.loaded(),
            Happening::Unloaded => self.engine(EngineEvent::Unloaded),
            Happening::Prefill(number) => self.engine(EngineEvent::Prefill {
                run: run(number),
                done: 3,
                total: 9,
                cached: 1,
                elapsed: Duration::ZERO,
            }),
            Happening::Piece(number, text) => self.engine(EngineEvent::Piece {
                run: run(number),
                text: text.into(),
                tokens: 1,
                at: self.app.now,
                elapsed: self.app.now,
            }),
            Happening::Finished(number, stop) => self.engine(EngineEvent::Finished {
                run: run(number),
                stop,
                timings: Box::new(Timings::default()),
                used: Params::default(),
            }),
            Happening::Failed(number) => self.engine(EngineEvent::Failed {
                run: number.map(run),
                error: EngineError::Decode("gone".into()),
                log: Vec::new(),
            }),
            Happening::Saved => self.app.update(Event::Saved(SaveResult::Saved(Shown::new("x.md")))),
            Happening::Signal(signal) => self.app.update(Event::Signal(signal)),
        }
    }

    fn check(&self) {
        let app = &self.app;
        let (inventory, metrics) = (&app.inventory, &app.metrics);
        for (selected, top, len, height) in [
            (
                inventory.selected,
                inventory.top,
                inventory.tree().map_or(inventory.lines.len(), <[_]>::len),
                app.areas.list_rows.height,
            ),
            (metrics.selected, metrics.top, metrics.lines.len(), app.areas.list_rows.height),
        ] {
            assert!(
                selected < len.max(1) && top <= selected,
                "{selected} of {len} from {top}, height {height}"
            );
        }
        if app.tab == Tab::Inventory && app.areas.list_rows.height > 0 {
            let end = inventory.top + usize::from(app.areas.list_rows.height);
            assert!(inventory.selected < end);
        }
        assert!(metrics.detail_top <= metrics.detail.len());
        assert!(metrics.lines.iter().all(|line| line.index < app.library.series().len()));
        let is_folder = inventory.selected_folder().is_some();
        assert_eq!(inventory.lines.is_empty(), inventory.selected_file().is_none() && !is_folder);
        let (top, height, rows) = inventory.preview.scrolled();
        assert!(top <= rows.saturating_sub(height), "{top} of {rows} in {height}");
        assert!(inventory.preview.position().is_none_or(|(selected, total)| selected < total));
        assert!(inventory.preview.rows.len() <= usize::from(app.areas.detail_rows.height.max(60)));
        if inventory.selected_file().is_some() && !app.areas.detail_rows.is_empty() {
            assert!(app.tab != Tab::Inventory || !inventory.preview.rows.is_empty());
        }
        for slice in [(&inventory.filter, inventory.is_typing), (&metrics.filter, metrics.is_typing)] {
            assert!(slice.0.is_some() || !slice.1);
        }
        assert_eq!(app.report.is_busy(), app.report.activity != Activity::Idle);
        assert_eq!(app.popup == Popup::None, app.areas.popup.is_empty() && app.popup_rows.is_empty());
        let now = app.now;
        assert!(
            app.next_wakeup().is_none_or(|wakeup| wakeup > now),
            "a wakeup that is over would never sleep"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn invariants_hold(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut rig = Rig::new();
        let mut last_run = RunId(0);
        for happening in happenings {
            let running = rig.current_run();
            for effect in rig.happens(happening) {
                match effect {
                    Effect::Generate(request) => {
                        prop_assert!(request.run > last_run);
                        last_run = request.run;
                    }
                    Effect::Cancel(run) => prop_assert_eq!(Some(run), running),
                    Effect::Quit(_) => prop_assert!(false, "nobody asked to quit"),
                    _ => {}
                }
            }
            rig.check();
        }
    }
}
