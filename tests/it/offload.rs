//! Layers on GPUs that are made up: what fits, what fails and is tried with less, and what is said of it.

use std::{fs, process::Command};

use libtest_mimic::{Failed, Trial};

use crate::{
    support::{Outcome, program, tempdir, test},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    if !cfg!(feature = "llama") {
        return Vec::new();
    }
    vec![
        test("offload: each step down is told, and the report has them", steps),
        test("offload: a GPU without room is a reason to be told", no_room),
    ]
}

/// Writes a report with the tiny model; what standard error and the report say.
fn report(gpus: &str, settings: &[&str]) -> Result<(String, String), Failed> {
    let folder = tempdir()?;
    let model = Tiny::new(Mode::Scripted).write(folder.path())?;
    let data = folder.path().join("data");
    fs::create_dir(&data)?;
    fs::write(data.join("a.csv"), "model,tokens_s\nm,100\nm,101\nm,102\n")?;
    let output = folder.path().join("report.md");
    let mut command = Command::new(program());
    command.args(["report", "--set", "num_predict=16", "--set", "num_ctx=2048", "--model"]).arg(&model);
    for setting in settings {
        command.args(["--set", setting]);
    }
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"] {
        command.env(variable, folder.path());
    }
    let ran = command.env("CHIMERA_INSIGHT_TEST_GPU", gpus).arg("-o").arg(&output).arg(&data).output()?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    Ok((told, fs::read_to_string(&output)?))
}

fn steps() -> Outcome {
    // The tiny model has six layers, and the output counts as one more.
    let (told, report) = report("8000:2", &[])?;
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("failed")).collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].contains("7 layers on the GPU, num_ctx 2048 failed (out of memory"), "{told}");
    assert!(lines[1].ends_with("trying 3 layers on the GPU, num_ctx 2048"), "{told}");
    assert!(report.contains("test GPU 0"), "{report}");
    assert_eq!(report.matches("- **Loading:** ").count(), 2, "{report}");
    let (told, report) = self::report("8000:99", &["num_gpu=2"])?;
    assert!(
        told.contains("trying the CPU") && told.contains("runs on the CPU: the GPU failed: out of"),
        "{told}"
    );
    assert!(report.contains("CPU (the GPU failed: out of memory"), "{report}");
    Ok(())
}

fn no_room() -> Outcome {
    let (told, report) = report("600", &["gpu_reserve=500"])?;
    let reason = "no layer fits: 600 MiB of the GPU are free, 500 MiB of them are reserved";
    assert!(told.contains(reason) && report.contains(reason), "{told}\n{report}");
    let (told, report) = self::report("600", &["num_gpu=0"])?;
    assert!(!told.contains("CPU") && !report.contains("CPU ("), "{told}\n{report}");
    Ok(())
}
