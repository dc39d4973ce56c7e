//! Arguments in, exit code out.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use chimera_insight::{
    cli::{self, Failure, FailureKind, Todo},
    engine::{host::WORKER_COMMAND, worker},
    runtime, signals,
};

fn main() -> ExitCode {
    // Before anything else: the engine process shares nothing with the command line.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|argument| argument == WORKER_COMMAND) {
        return ExitCode::from(worker::run(arguments));
    }
    // Where it cannot be asked for, such a limit ends the program as it ends any other.
    let _ = signals::heed_file_limits();
    let code = match cli::run(std::env::args_os()) {
        Ok(Todo::Done) => 0,
        Ok(Todo::Show(config)) => runtime::run(&config).unwrap_or_else(|error| {
            tell(&Failure::new(FailureKind::Output, format!("{error:#}")));
            exit_code(FailureKind::Output)
        }),
        Err(failure) => {
            tell(&failure);
            exit_code(failure.kind)
        }
    };
    ExitCode::from(code)
}

/// Nobody is left to tell when standard error is closed too.
fn tell(failure: &dyn Display) {
    let _ = write!(io::stderr(), "{failure}");
}

/// The numbers of the program's contract.
fn exit_code(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::ClosedPipe => 0,
        FailureKind::Check => 1,
        FailureKind::Usage => 2,
        FailureKind::Input => 3,
        FailureKind::Engine => 4,
        FailureKind::Output => 5,
        FailureKind::Signal(signal) => signal.exit_code(),
    }
}
