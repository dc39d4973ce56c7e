//! One contract suite for every engine backend, and the worker process. Every test goes
//! through the host and a real child process; the subjects are the scripted engine, tiny
//! models made here and, where they are on the machine, real ones.

mod confined;
pub mod contract;
mod failures;
pub mod faults;
mod lookup;
mod prefix;
pub mod rig;
pub mod writing;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    let mut trials = contract::tests();
    trials.extend(confined::tests());
    trials.extend(failures::tests());
    trials.extend(lookup::tests());
    trials.extend(prefix::tests());
    trials.extend(writing::tests());
    trials
}
