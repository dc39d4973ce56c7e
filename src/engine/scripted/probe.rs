//! A script that tries what a confined process must not do and writes what came of each
//! attempt: tests ask it, and whoever wants to see the walls. What succeeds does no harm.

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    hint::black_box,
    io,
    net::{TcpStream, UdpSocket},
    os::unix::net::{UnixDatagram, UnixStream},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use crate::engine::confine::memory;

/// The file that an attempt to write makes, and removes again.
const TRIAL: &str = ".chimera-insight-probe";
/// Longest wait for a connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// What each attempt in the text came to, a line each; other lines of the text are no attempts.
pub(super) fn report(text: &str) -> String {
    let mut report = String::new();
    for line in text.lines() {
        let Some((verb, object)) = line.trim().split_once(' ') else { continue };
        if let Some(result) = attempt(verb, object) {
            let outcome = match result {
                Ok(()) => "done".to_owned(),
                Err(error) => error.kind().to_string(),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(report, "{verb} {object}: {outcome}");
        }
    }
    report
}

fn attempt(verb: &str, object: &str) -> Option<io::Result<()>> {
    let path = Path::new(object);
    Some(match verb {
        "read" => File::open(path).map(drop),
        "list" => fs::read_dir(path).map(drop),
        "alter" => OpenOptions::new().append(true).open(path).map(drop),
        "mode" => fs::metadata(path).and_then(|found| fs::set_permissions(path, found.permissions())),
        "write" => write(&path.join(TRIAL)),
        "tcp" => object
            .parse()
            .map_err(io::Error::other)
            .and_then(|address| TcpStream::connect_timeout(&address, PATIENCE).map(drop)),
        "udp" => UdpSocket::bind(object).map(drop),
        "socket" => UnixStream::connect(path).map(drop),
        "datagram" => UnixDatagram::unbound().map(drop),
        "run" => Command::new("/bin/true").arg(object).status().map(drop),
        "signal" => signal(object),
        "thread" => thread::Builder::new().name(object.into()).spawn(|| ()).map(drop),
        _ => return None,
    })
}

fn write(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?;
    fs::remove_file(path)
}

/// Asks whether a signal could be sent, and sends none.
fn signal(process: &str) -> io::Result<()> {
    let number = process.parse().map_err(io::Error::other)?;
    let process = rustix::process::Pid::from_raw(number).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(rustix::process::test_kill_process(process)?)
}

/// Takes memory until there is none: the process ends with what its allocator says then. A
/// system without a limit is spared.
pub(super) fn exhaust() {
    const STEP: usize = 64 << 20;
    let Some(limit) = memory::limit() else { return };
    // Twice what it may have: the last step is not reached where the limit holds.
    let steps = 2 * limit / STEP as u64;
    let taken: Vec<Vec<u8>> = (0..steps).map(|_| black_box(Vec::with_capacity(STEP))).collect();
    tracing::error!("{} blocks of memory were had beyond the limit", taken.len());
}
