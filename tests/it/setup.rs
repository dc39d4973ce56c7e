//! The set-up scripts and the generators of data, as processes. Where there is no Python
//! their tests are skipped and counted.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use libtest_mimic::{Completion, Failed, Trial};

use crate::{
    support::{Home, Outcome, copy_reports_chimera, data_test, tempdir},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    vec![
        python_test("setup: without network and model it says so", offline_says_so),
        python_test("setup: a model that is there is enough", a_model_that_is_there_is_enough),
        python_test("setup: the cases are what their generator makes", || {
            is_generated("make_cases.py", "tests/data/cases", "cases")
                .and_then(|()| is_generated("make_cases.py", "tests/data/expected", "expected"))
        }),
        data_test("support: the copied files have their times", the_copied_files_have_their_times),
    ]
}

fn python_test(name: &str, body: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::ignorable_test(name, || {
        if Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
            body().map(|()| Completion::Completed)
        } else {
            Ok(Completion::ignored_with("no python3"))
        }
    })
}

fn offline_says_so() -> Outcome {
    let home = Home::new()?;
    for (purpose, way_out) in [("run", "MODEL=none"), ("test", "gemma-3-270m-q4_k_m.gguf")] {
        let output = fetch_models(&home, &[purpose])?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("CHIMERA_INSIGHT_OFFLINE") && said.contains(way_out), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert!(!home.own("data").exists());
    Ok(())
}

fn a_model_that_is_there_is_enough() -> Outcome {
    let home = Home::new()?;
    let folder = home.own("data").join("models");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("notes.gguf"), "no model at all")?;
    assert_eq!(fetch_models(&home, &["run", "--check"])?.status.code(), Some(1));

    let model = Tiny::new(Mode::Scripted).write(&folder)?;
    let output = fetch_models(&home, &["run"])?;
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(0), 0, 0));
    let output = fetch_models(&home, &["run", "--check"])?;
    assert_eq!(String::from_utf8(output.stdout)?.trim(), model.to_string_lossy());
    // The tests want particular ones.
    assert_eq!(fetch_models(&home, &["test", "--check"])?.status.code(), Some(1));
    Ok(())
}

fn fetch_models(home: &Home, arguments: &[&str]) -> Result<Output, Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/fetch_models.py");
    let mut command = Command::new("python3");
    command.arg(script).args(arguments).env_clear().envs(home.environment());
    Ok(command.output()?)
}

/// A folder of the project equals what a generator makes into `below` of an empty one.
fn is_generated(generator: &str, folder: &str, below: &str) -> Outcome {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = tempdir()?;
    let script = project.join("tests/data").join(generator);
    let output = Command::new("python3").arg(script).arg(made.path()).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (committed, fresh) = (contents(&project.join(folder))?, contents(&made.path().join(below))?);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&fresh));
    let changed: Vec<_> = fresh.iter().filter(|(name, bytes)| committed.get(*name) != Some(bytes)).collect();
    assert!(changed.is_empty(), "{:?}", changed.iter().map(|(name, _)| name).collect::<Vec<_>>());
    Ok(())
}

/// Every file below a folder by its path there, but for the reports written into it.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failed> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.ends_with("chimera_insight") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder)?.to_string_lossy().into_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

fn the_copied_files_have_their_times(data: &Path) -> Outcome {
    let folder = tempdir()?;
    copy_reports_chimera(data, folder.path())?;
    assert_eq!(contents(folder.path())?.len(), 101);
    let file = folder.path().join("csv_data/baseline_test_results_1759098967.json");
    let time = jiff::Timestamp::try_from(fs::metadata(&file)?.modified()?)?;
    assert_eq!(time.to_string(), "2025-09-28T22:36:07Z");
    fs::OpenOptions::new().append(true).open(&file)?;
    Ok(())
}
