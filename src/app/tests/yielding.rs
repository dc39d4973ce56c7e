//! A model on the GPU makes way for others.

use super::*;
use crate::meters::{Gpu, GpuProcess, Sample};

/// Our process and perhaps another, with so many MiB of 8,000 free.
fn seen(free: u64, other: Option<&str>) -> Event {
    let process = |id, name: &str, is_own| GpuProcess { id, name: Shown::new(name), memory: Some(1), is_own };
    let mut processes = vec![process(1, "chimera", true)];
    processes.extend(other.map(|name| process(4242, name, false)));
    let gpu = Gpu { memory: Some(((8000 - free) << 20, 8000 << 20)), processes, ..Gpu::default() };
    Event::Machine(Box::new(Sample { gpus: vec![gpu], ..Sample::default() }))
}

fn rig(layers_offloaded: u32) -> Rig {
    let mut rig = Rig::filled();
    rig.keys("T");
    rig.app.settings.yield_gpu = true;
    rig.app.engine = EngineState::Ready;
    rig.app.model = Some(ModelInfo { layers: 18, layers_offloaded, ..ModelInfo::default() });
    rig
}

fn notice(rig: &Rig) -> String {
    rig.app.notices.list.last().map(|notice| notice.text.to_string()).unwrap_or_default()
}

#[test]
fn an_idle_model_leaves_the_gpu_at_once_and_says_for_whom() {
    let mut rig = rig(18);
    assert_eq!(rig.happened(seen(4000, None)), []);
    assert_eq!(rig.happened(seen(3900, Some("py\u{1b}[2Jthon"))), [Effect::UnloadModel]);
    assert_eq!(rig.app.engine, EngineState::Idle);
    let told = notice(&rig);
    assert!(told.contains("(process 4242) uses the GPU now") && !told.contains('\u{1b}'), "{told}");
}

#[test]
fn a_model_on_the_processor_stays_and_so_does_one_that_was_told_to() {
    let mut on_cpu = rig(0);
    let mut held = rig(18);
    held.app.settings.yield_gpu = false;
    for rig in [&mut on_cpu, &mut held] {
        rig.happened(seen(4000, None));
        assert_eq!(rig.happened(seen(10, Some("python"))), []);
        assert_eq!(rig.app.engine, EngineState::Ready);
    }
}

#[test]
fn a_report_is_given_up_only_where_memory_is_really_short() {
    let mut rig = rig(18);
    rig.keys("r");
    assert!(rig.app.report.is_busy());
    rig.happened(seen(4000, None));
    let unloads = |effects: Vec<Effect>| effects.contains(&Effect::UnloadModel);
    assert!(!unloads(rig.happened(seen(128, Some("python")))));
    assert!(unloads(rig.happened(seen(127, Some("python")))));
    assert!(notice(&rig).contains("127 MiB are free: the report ends here"), "{}", notice(&rig));
}
