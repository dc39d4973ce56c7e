//! What a call cost besides time: the GPU's power and its memory, looked at while it runs.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use crate::meters::{Meters, Sample};

/// Between two looks: a short call gets several.
const EVERY: Duration = Duration::from_millis(100);

/// What was read during a call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// Mean power of all GPUs, W.
    pub power_w: Option<f64>,
    /// Most memory of all GPUs in use, MiB.
    pub gpu_memory_mib: Option<f64>,
}

enum Told {
    Begin,
    End(Sender<Reading>),
}

/// Looks at the GPUs; on a machine without one it does nothing.
pub(super) struct Meter {
    told: Option<Sender<Told>>,
}

impl Meter {
    /// Starts looking, where there is something to see.
    pub fn start(mut meters: Meters) -> Self {
        if meters.sample().gpus.is_empty() {
            return Self { told: None };
        }
        let (told, inbox) = mpsc::channel();
        let look = move || {
            let mut samples = Samples::default();
            loop {
                match inbox.recv_timeout(EVERY) {
                    Ok(Told::Begin) => samples = Samples::default(),
                    Ok(Told::End(answer)) => {
                        samples.take(&meters.sample());
                        // Who asked and went away needs no answer.
                        let _ = answer.send(samples.reading());
                    }
                    Err(RecvTimeoutError::Timeout) => samples.take(&meters.sample()),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let started = thread::Builder::new().name("bench-meter".into()).spawn(look);
        Self { told: started.ok().map(|_| told) }
    }

    /// A call begins.
    pub fn begin(&self) {
        if let Some(told) = &self.told {
            // A meter that is gone has nothing to say at the end either.
            let _ = told.send(Told::Begin);
        }
    }

    /// It ended.
    pub fn end(&self) -> Reading {
        let Some(told) = &self.told else { return Reading::default() };
        let (sender, answer) = mpsc::channel();
        let _ = told.send(Told::End(sender));
        answer.recv().unwrap_or_default()
    }
}

/// The looks of one call.
#[derive(Debug, Default)]
struct Samples {
    watts: f64,
    looks: u32,
    most: Option<u64>,
}

impl Samples {
    fn take(&mut self, sample: &Sample) {
        let watts: Vec<f32> = sample.gpus.iter().filter_map(|gpu| gpu.power).collect();
        if !watts.is_empty() {
            self.watts += f64::from(watts.iter().sum::<f32>());
            self.looks += 1;
        }
        let used = sample.gpus.iter().filter_map(|gpu| gpu.memory).map(|(used, _)| used);
        self.most = self.most.max(used.reduce(u64::saturating_add));
    }

    fn reading(&self) -> Reading {
        Reading {
            power_w: (self.looks > 0).then(|| self.watts / f64::from(self.looks)),
            gpu_memory_mib: self.most.map(|bytes| bytes as f64 / f64::from(1 << 20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meters::Gpu;

    #[test]
    fn power_is_a_mean_and_memory_the_most() {
        let gpu = |power, used| Gpu { power: Some(power), memory: Some((used, 1 << 40)), ..Gpu::default() };
        let mut samples = Samples::default();
        assert_eq!(samples.reading(), Reading::default());
        samples.take(&Sample { gpus: vec![gpu(100.0, 1 << 20), gpu(50.0, 1 << 20)], ..Sample::default() });
        samples.take(&Sample { gpus: vec![gpu(200.0, 3 << 20), gpu(50.0, 1 << 20)], ..Sample::default() });
        samples.take(&Sample { gpus: vec![Gpu::default()], ..Sample::default() });
        let wanted = Reading { power_w: Some(200.0), gpu_memory_mib: Some(4.0) };
        assert_eq!(samples.reading(), wanted);
    }

    #[test]
    fn a_machine_without_a_gpu_says_nothing() {
        let meter = Meter { told: None };
        meter.begin();
        assert_eq!(meter.end(), Reading::default());
    }
}
