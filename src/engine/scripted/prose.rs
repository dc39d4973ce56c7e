//! What the scripted engine says: prose as a report wants it, without a single figure, so
//! that nothing of it needs a source.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What `scripted:loop` says.
pub(super) const REFRAIN: &str = "The same measurement is described once more. ";

const OPENINGS: [&str; 3] = [
    "The files describe one machine under several settings, and the differences between the settings are \
     larger than the noise within them.",
    "Most of the variation in this folder follows the model and its context length; the remaining settings \
     move the figures only a little.",
    "The measurements are consistent with each other — no group contradicts another, and the spread inside \
     each group is small enough to rank them.",
];

const READINGS: [&str; 4] = [
    "Throughput and time to first token do not rank the settings in the same order. A setting that decodes \
     quickly can still answer late, because prefill dominates short answers. Whoever serves interactive users \
     should read the latency table first — the naïve choice by throughput alone would be wrong.",
    "Offloading more layers helps as long as the weights fit. Beyond that point the transfer between host and \
     device eats what was gained, and the variance between runs grows. The façade of a good mean then hides \
     slow outliers.",
    "The smaller model keeps its lead under every setting — short prompts and long ones. Its advantage is largest for long \
     prompts, where the cost of attention is felt most, and shrinks when only a few tokens are generated.",
    "Repeated runs agree well with each other. Where they do not, the first run of a series is the slow one — \
     which points to a cold cache rather than to a fault of the setting itself.",
];

const ADVICE: [&str; 5] = [
    "- **Keep the context short** for interactive use: prefill grows with it and the answers do not improve.",
    "- **Offload every layer** while the memory allows it, and watch the outliers after each change.",
    "- **Repeat the close pairs** before choosing between them; their difference is within the noise.",
    "- **Record the seed and the prompt** beside each run, so that a surprising figure can be made again.",
    "- **Warm the cache** before measuring — otherwise the first run is counted against the setting 🦙.",
];

const ENDINGS: [&str; 3] = [
    "Taken together, the evidence is good enough to choose a default and too thin to rank the runners-up.",
    "The ranking is clear at its top; below it, the groups overlap and more runs are needed.",
    "None of this depends on a single file: leaving any of them out gives the same order.",
];

/// An answer to a prompt: the same for the same prompt and seed.
pub(super) fn answer(prompt: &[u8], seed: u32) -> String {
    let mut hasher = DefaultHasher::new();
    (prompt, seed).hash(&mut hasher);
    let choice = hasher.finish() as usize;
    let (reading, advice) = (choice / 3 % READINGS.len(), choice / 12 % ADVICE.len());
    let paragraphs = [
        OPENINGS[choice % OPENINGS.len()].to_owned(),
        READINGS[reading].to_owned(),
        READINGS[(reading + 1) % READINGS.len()].to_owned(),
        (0..3).map(|index| ADVICE[(advice + index) % ADVICE.len()]).collect::<Vec<_>>().join("\n"),
        ENDINGS[choice / 60 % ENDINGS.len()].to_owned(),
    ];
    paragraphs.join("\n\n")
}
