//! The standard points of `llama-bench`: pp512 and tg128, without a sampler.

use serde_json::{Value, json};

use super::summary;
use crate::{
    cli::drive::{Drive, Halt},
    engine::{ModelSpec, measure::Measure},
    report::model::Params,
};

/// Tokens of the two points.
const PREFILL: u32 = 512;
const DECODE: u32 = 128;

/// Tokens a second, one value a repetition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Points {
    pub prefill: Vec<f64>,
    pub decode: Vec<f64>,
}

impl Points {
    /// Measures both, after a repetition of each that does not count. A context that is too short
    /// for a point has none.
    pub fn measure(
        drive: &mut Drive,
        model: &ModelSpec,
        params: &Params,
        num_ctx: u32,
        repetitions: u32,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Halt> {
        let mut points = Self::default();
        for repetition in 0..=repetitions {
            tell(&format!("pp{PREFILL} and tg{DECODE}, {repetition} of {repetitions}"));
            for (what, needed, values) in [
                (Measure::Prefill(PREFILL), PREFILL, &mut points.prefill),
                (Measure::Decode(DECODE), DECODE, &mut points.decode),
            ] {
                if needed > num_ctx {
                    continue;
                }
                let measured = drive.measure(model, params, what)?;
                values.extend(measured.rate().filter(|_| repetition > 0));
            }
        }
        Ok(points)
    }

    /// As it stands in files and answers.
    pub fn document(&self) -> Value {
        json!({
            "pp512_tok_s": summary(&self.prefill),
            "tg128_tok_s": summary(&self.decode),
        })
    }
}
