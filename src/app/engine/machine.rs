//! The machine in the Engine tab: what its meters say now, and what they said in the last minutes.

use crate::{
    app::{App, action::Action, sheet::Sheet},
    meters::{EVERY, Gpu},
    metrics::format,
    text::wrap::Role,
};

impl App {
    pub(super) fn tell_machine(&self, sheet: &mut Sheet) {
        sheet.heading("Machine");
        let Some(latest) = self.machine.latest() else {
            let key = self.key(Action::ToggleMeters);
            let text = if self.machine.is_metered {
                "the first sample comes in a moment".to_owned()
            } else {
                format!("not sampled; {key} switches the meters on")
            };
            return sheet.text(Role::Muted, &text);
        };
        let history = || self.machine.history.iter();
        if let Some(throttled) = latest.throttled() {
            sheet.pair_with("slowed down", LABEL, throttled, Role::Strong);
        }
        if let Some(share) = latest.cpu {
            let before = course(history().filter_map(|sample| sample.cpu));
            sheet.pair("processor", &format!("{}{}", percent(share), before.told(percent)));
        }
        if let Some((used, total)) = latest.memory {
            let most = history().filter_map(|sample| sample.memory).map(|(used, _)| used).max();
            let most = most.map(|most| format!("; most {}", format::bytes(most))).unwrap_or_default();
            sheet.pair("memory", &format!("{} of {}{most}", format::bytes(used), format::bytes(total)));
        }
        for (index, gpu) in latest.gpus.iter().enumerate() {
            tell_gpu(sheet, gpu, &mut || history().filter_map(|sample| sample.gpus.get(index)));
        }
        let slowed = history().filter(|sample| sample.throttled().is_some()).count();
        if slowed > 0 {
            let text = format!("in {slowed} of {} samples", self.machine.history.len());
            sheet.pair_with("throttled", LABEL, &text, Role::Strong);
        }
        let steps = u32::try_from(self.machine.history.len().saturating_sub(1)).unwrap_or(u32::MAX);
        if steps > 0 {
            let time = format::duration(EVERY.saturating_mul(steps));
            sheet.text(Role::Muted, &format!("mean and highest of the last {time}"));
        }
    }
}

/// Columns of the labels in front of values.
const LABEL: usize = 11;

fn tell_gpu<'a, I: Iterator<Item = &'a Gpu>>(sheet: &mut Sheet, gpu: &Gpu, history: &mut dyn FnMut() -> I) {
    let mut parts = Vec::new();
    if let Some(load) = gpu.load {
        parts.push(format!(
            "{}{}",
            percent(load),
            course(history().filter_map(|gpu| gpu.load)).told(percent)
        ));
    }
    if let Some((used, total)) = gpu.memory {
        parts.push(format!("{} of {}", format::bytes(used), format::bytes(total)));
    }
    if let Some(degrees) = gpu.temperature {
        let hottest = history().filter_map(|gpu| gpu.temperature).max().unwrap_or(degrees);
        parts.push(format!("{degrees} °C (highest {hottest} °C)"));
    }
    if let Some(watts) = gpu.power {
        let told = course(history().filter_map(|gpu| gpu.power)).told(|watts| format!("{watts:.0} W"));
        parts.push(format!("{watts:.0} W{told}"));
    }
    sheet.pair("GPU", &format!("{}: {}", gpu.name, parts.join(", ")));
}

/// Mean and highest of some samples.
struct Course(Option<(f32, f32)>);

impl Course {
    fn told(&self, printed: impl Fn(f32) -> String) -> String {
        self.0
            .map(|(mean, most)| format!(" (mean {}, highest {})", printed(mean), printed(most)))
            .unwrap_or_default()
    }
}

fn course(values: impl Iterator<Item = f32>) -> Course {
    let (count, sum, most) = values
        .fold((0_u16, 0.0, f32::MIN), |(count, sum, most), value| (count + 1, sum + value, value.max(most)));
    Course((count > 1).then(|| (sum / f32::from(count), most)))
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}
