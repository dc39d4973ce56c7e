//! The command line: one file for each sub-command. Standard output carries data only.

mod arguments;
mod bundle;
mod doctor;
mod drive;
mod failure;
mod filter;
mod follow;
mod globs;
mod output;
mod places;
mod plain;

pub mod analyze;
pub mod bench;
pub mod check;
pub mod compare;
pub mod inventory;
pub mod metrics;
pub mod models;
pub mod report;
pub mod verify;

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

pub use failure::{Failure, FailureKind};

use self::{
    arguments::{Arguments, Command},
    output::OutputFormat,
};
use crate::{
    config::{self, Config, ConfigError, Resolved},
    text::sanitize::Shown,
};

/// What is left to do after the command line was read.
pub enum Todo {
    /// Nothing: a command did its work.
    Done,
    /// Show the screen. It stands above this module, so `main` does it.
    Show(Box<Config>),
}

/// Runs a command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<Todo, Failure> {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return answer(&error),
    };
    if arguments.folders().len() > 1 {
        return Err(Failure::new(FailureKind::Usage, "more than one folder was given")
            .hint("DIR goes last, after the command, or with --dir"));
    }
    let directory = std::env::current_dir()
        .map_err(|error| Failure::new(FailureKind::Input, format!("no working directory: {error}")))?;
    let Resolved { mut config, settings } =
        config::resolve(&arguments.flags(), &|name| std::env::var_os(name), &directory)
            .map_err(wrong_config)?;
    let format = output_format(&arguments)?;
    let json = format == OutputFormat::Json;
    // Before any name is looked up: a name means the same for the whole run.
    config.complaints = config::install_dictionary(&config.paths);
    config.complaints.extend(config::install_adapters(&config.paths));
    config.rule_complaints = config::install_rules(&config.paths);
    let plain = arguments.global.plain;
    if plain && json {
        return Err(Failure::new(FailureKind::Usage, "--plain tells lines and not JSON")
            .hint("leave one of them out"));
    }
    if arguments.command.is_some() || arguments.global.print_config || plain {
        complain(&config.complaints);
        complain(&config.rule_complaints);
    }
    if arguments.global.print_config {
        return places::settings(&settings, json).map(|()| Todo::Done);
    }
    let told = match (json, plain) {
        (true, _) => report::Told::Json,
        (_, true) => report::Told::Plain,
        _ => report::Told::Paths,
    };
    let done = match &arguments.command {
        None if plain => check_folder(&config.folder).and_then(|()| plain::run(&config)),
        None => return screen(config, json),
        Some(Command::Inventory(inventory)) => inventory::run(&config, inventory, format),
        Some(Command::Metrics(metrics)) => metrics::run(&config, metrics, format),
        Some(Command::Analyze(analyze)) => analyze::run(&config, analyze, json),
        Some(Command::Compare(compare)) => compare::run(&config, compare, format),
        Some(Command::Report(report)) => report::run(&config, report, told),
        Some(Command::Verify(verify)) => {
            verify::run(verify, arguments.folders().first().map(|folder| folder.as_path()), json)
        }
        Some(Command::Check(check)) => check::run(&config, check, format),
        Some(Command::Bench(bench)) => bench::run(&config, bench, json),
        Some(Command::Models(models)) => models::run(&config, models, json),
        Some(Command::Paths) => places::paths(&config, json),
        Some(Command::Doctor(_)) => doctor::run(&config, json),
        Some(Command::Completions { shell }) => completions(*shell),
        Some(Command::Man) => manual(),
    };
    done.map(|()| Todo::Done)
}

/// Tells what of the user's files could not be taken; the rest of them holds.
fn complain(complaints: &[String]) {
    for complaint in complaints {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr(), "{complaint}");
    }
}

/// How the answer is printed. Only what makes tables can be asked for as one.
fn output_format(arguments: &Arguments) -> Result<OutputFormat, Failure> {
    let global = &arguments.global;
    let format = match (global.json, global.format) {
        (false, format) => format.unwrap_or_default(),
        (true, None | Some(OutputFormat::Json)) => OutputFormat::Json,
        (true, Some(other)) => {
            let message = format!("--json and --format {} ask for two formats", other.name());
            return Err(Failure::new(FailureKind::Usage, message).hint("give one of them"));
        }
    };
    let is_markup = matches!(format, OutputFormat::Csv | OutputFormat::Md | OutputFormat::Html);
    let has_tables = matches!(
        arguments.command,
        Some(Command::Inventory(_) | Command::Metrics(_) | Command::Compare(_) | Command::Check(_))
    );
    if is_markup && (!has_tables || global.print_config) {
        let message = format!("--format {} is for the commands that print a table", format.name());
        return Err(Failure::new(FailureKind::Usage, message)
            .hint("`chimera-insight metrics --format csv` prints one"));
    }
    Ok(format)
}

/// Version, commit where the build knows it, and what is built in.
fn version() -> String {
    let commit = option_env!("CHIMERA_INSIGHT_COMMIT").map(|commit| format!(" ({commit})"));
    format!("{}{} [{}]", env!("CARGO_PKG_VERSION"), commit.unwrap_or_default(), built_in().join(", "))
}

/// What is built in.
fn built_in() -> Vec<&'static str> {
    let features = [
        ("llama", cfg!(feature = "llama")),
        ("dynamic backends", cfg!(feature = "dynamic")),
        ("cuda", cfg!(feature = "cuda")),
        ("vulkan", cfg!(feature = "vulkan")),
        ("metal", cfg!(feature = "metal")),
    ];
    let built_in: Vec<&str> =
        features.into_iter().filter_map(|(name, is_in)| is_in.then_some(name)).collect();
    if built_in.is_empty() { vec!["no llama.cpp"] } else { built_in }
}

/// What a terminal is called that shows lines and nothing else (an editor's shell, a log).
const DUMB: &str = "dumb";

fn screen(config: Config, json: bool) -> Result<Todo, Failure> {
    if json {
        return Err(Failure::new(FailureKind::Usage, "--json needs a command")
            .hint("`chimera-insight inventory --json` lists the folder"));
    }
    check_folder(&config.folder)?;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::new(
            FailureKind::Usage,
            "the screen needs a terminal on standard input and output",
        )
        .hint("`--plain` tells line by line what the screen would show; `chimera-insight report` writes the report; `--help` names the other commands"));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == DUMB) {
        return Err(Failure::new(
            FailureKind::Usage,
            "the screen needs a terminal that moves its cursor, and `TERM=dumb` says that this one does not",
        )
        .hint("`--plain` tells line by line what the screen would show; `TERM=xterm` says that it does"));
    }
    Ok(Todo::Show(Box::new(config)))
}

/// A folder that is not there yet is waited for. A file is no folder, and a word that is
/// neither is more likely a command misspelt.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    let shown = Shown::from_path(folder);
    if folder.exists() {
        return if folder.is_dir() {
            Ok(())
        } else {
            Err(Failure::new(FailureKind::Input, format!("`{shown}` is not a folder")))
        };
    }
    let word = folder.to_str().unwrap_or_default();
    let commands = Arguments::command();
    let near = commands
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(clap::Command::get_name)
        .find(|name| is_near(word, name));
    near.map_or(Ok(()), |name| {
        Err(Failure::new(FailureKind::Usage, format!("there is no folder and no command `{shown}`"))
            .hint(format!("did you mean `{name}`?")))
    })
}

/// At most two letters apart.
fn is_near(word: &str, name: &str) -> bool {
    const NEAR: usize = 2;
    let name: Vec<char> = name.chars().collect();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (line, letter) in word.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in name.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().is_some_and(|distance| *distance <= NEAR)
}

/// Help and version are output; everything else is wrong use.
fn answer(error: &clap::Error) -> Result<Todo, Failure> {
    if error.kind() == ErrorKind::DisplayVersion {
        return output::print(&format!("chimera-insight {}\n", version())).map(|()| Todo::Done);
    }
    if error.kind() == ErrorKind::DisplayHelp {
        // clap styles its own words for a terminal; nothing of the user's is in them.
        return error.print().map(|()| Todo::Done).map_err(|source| Failure::standard_output(&source));
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    Err(Failure::new(FailureKind::Usage, text.trim_end()))
}

fn wrong_config(error: ConfigError) -> Failure {
    let kind = match error {
        ConfigError::Unreadable { .. } => FailureKind::Input,
        ConfigError::Value { .. } => FailureKind::Usage,
    };
    Failure::new(kind, error).hint("`chimera-insight --print-config` shows every setting with its origin")
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "chimera-insight", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

fn manual() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|source| Failure::standard_output(&source))?;
    output::print(&String::from_utf8_lossy(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_misspelt_command_is_near_its_name() {
        for (word, name, expected) in [
            ("inventroy", "inventory", true),
            ("metric", "metrics", true),
            ("reports", "report", true),
            ("results", "report", false),
            ("", "man", false),
        ] {
            assert_eq!(is_near(word, name), expected, "{word} {name}");
        }
    }
}
