//! What goes wrong at a remote engine, in one line each: what, why, and what to do.

use std::io;

use crate::text::sanitize::Shown;

/// Characters of what a server says that are told.
const MOST_SAID: usize = 200;
/// Where nobody answers.
const UNREACHED: &str = "start the server, or give another address with --engine";
/// Where the certificates of a network's own are not known.
const CERTIFICATES: &str = "SSL_CERT_FILE names the certificates to trust where the system's do not do";
/// Where the server can do nothing.
const ITS_LOG: &str = "its own log says why";
/// Where a prompt is too long.
const SHORTER: &str = "a smaller num_ctx (`--set num_ctx=…`) makes the prompt shorter";
/// Where a model is not there.
const OTHER_MODEL: &str = "`chimera-insight models list` shows its models, --model names one";

/// What may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// It was wanted so.
    Cancelled,
    /// The server is loading its model.
    Loading,
    /// It may be over in a moment.
    Passing,
    /// The server knows no such place.
    NotThere,
    /// It does not take what it was asked with.
    NotTaken,
    /// It wants another key.
    Denied,
    /// It will be the same the next time.
    Lasting,
}

/// Why there is no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub sort: Sort,
    /// In words, with what to do; no secret.
    pub reason: String,
}

impl Trouble {
    pub fn new(sort: Sort, reason: impl Into<String>, hint: &str) -> Self {
        let reason = reason.into();
        Self { sort, reason: if hint.is_empty() { reason } else { format!("{reason}; {hint}") } }
    }

    pub fn cancelled() -> Self {
        Self::new(Sort::Cancelled, "cancelled", "")
    }

    /// What was said makes no sense.
    pub fn garbage(said: &str) -> Self {
        let said = shortened(said);
        Self::new(Sort::NotThere, format!("its answer is not understood: `{said}`"), "is it a model server?")
    }

    /// The stream ended before the answer did.
    pub fn broken_off() -> Self {
        Self::new(Sort::Lasting, "its answer broke off before its end", ITS_LOG)
    }

    /// What the server says in the middle of an answer.
    pub fn said(message: &str) -> Self {
        let message = shortened(message);
        let hint = if is_overflow(&message) { SHORTER } else { ITS_LOG };
        Self::new(Sort::Lasting, format!("it fails: {message}"), hint)
    }

    /// While an answer is read.
    pub fn of_io(error: &io::Error, patience: u64) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
            Some(inner) => Self::of(inner, patience),
            None if error.kind() == io::ErrorKind::TimedOut => Self::silent(patience),
            None => Self::new(Sort::Passing, format!("the connection broke off: {error}"), ITS_LOG),
        }
    }

    /// Before there is an answer.
    pub fn of(error: &ureq::Error, patience: u64) -> Self {
        match error {
            // What a certificate is refused for comes so.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::new(Sort::Lasting, format!("no trusted connection: {error}"), CERTIFICATES)
            }
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Self::new(Sort::Passing, "nobody answers there (connection refused)", UNREACHED)
            }
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::silent(patience),
            ureq::Error::Io(error) => Self::new(Sort::Passing, error.to_string(), UNREACHED),
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Self::new(Sort::Passing, "nobody answers there in time", UNREACHED)
            }
            ureq::Error::Timeout(_) => Self::silent(patience),
            ureq::Error::HostNotFound => Self::new(
                Sort::Lasting,
                "its host is not known here",
                "is the name right, and is there a network?",
            ),
            ureq::Error::ConnectionFailed => Self::new(Sort::Passing, "no connection", UNREACHED),
            ureq::Error::ConnectProxyFailed(_) => Self::new(
                Sort::Lasting,
                "the proxy refuses",
                "see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY",
            ),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Self::new(Sort::Lasting, format!("no trusted connection: {error}"), CERTIFICATES)
            }
            // Others may hold the address, with what is secret in it.
            _ => Self::new(Sort::Lasting, "its answer is no sound HTTP", "is it a model server?"),
        }
    }

    fn silent(patience: u64) -> Self {
        let hint = "CHIMERA_INSIGHT_ENGINE_TIMEOUT sets how many seconds are waited for";
        Self::new(Sort::Lasting, format!("it says nothing for {patience} s"), hint)
    }

    /// An answer that is none; `message` is what the server says about it.
    pub fn of_status(status: u16, message: &str, access: Access) -> Self {
        let said = if message.is_empty() { String::new() } else { format!(": {}", shortened(message)) };
        let answer = format!("it answers {status}");
        match status {
            // What is said there may hold parts of the key.
            401 | 403 => match access {
                Access::None => Self::new(
                    Sort::Denied,
                    format!("{answer}: it wants a key"),
                    "set CHIMERA_INSIGHT_ENGINE_KEY in the environment",
                ),
                Access::Sent => Self::new(
                    Sort::Denied,
                    format!("{answer}: the key is not taken"),
                    "give CHIMERA_INSIGHT_ENGINE_KEY another key",
                ),
                Access::Withheld => Self::new(
                    Sort::Denied,
                    format!("{answer}: the key was not sent, because others could read it on its way"),
                    "give an https address",
                ),
            },
            404 => Self::new(Sort::NotThere, format!("{answer}{said}"), OTHER_MODEL),
            405 | 501 => Self::new(Sort::NotThere, format!("{answer}{said}"), "is it a model server?"),
            400 | 413 | 422 if is_overflow(message) => {
                Self::new(Sort::Lasting, format!("the prompt is too long for it{said}"), SHORTER)
            }
            400 | 422 => Self::new(Sort::NotTaken, format!("{answer}{said}"), ITS_LOG),
            429 => Self::new(Sort::Passing, format!("{answer}: too many requests{said}"), "try again later"),
            503 if message.to_lowercase().contains("loading") => Self::new(
                Sort::Loading,
                format!("{answer}: it is still loading its model"),
                "try again later",
            ),
            500..=599 | 408 => Self::new(Sort::Passing, format!("{answer}{said}"), ITS_LOG),
            _ => Self::new(Sort::Lasting, format!("{answer}{said}"), "is it a model server?"),
        }
    }

    /// It sends elsewhere: nobody but the one that was named gets facts and key.
    pub fn redirect(status: u16, location: &str) -> Self {
        let bare = location.split(['?', '#']).next().unwrap_or_default();
        let place = match bare.split_once("://") {
            Some((scheme, rest)) => {
                let host = rest.split('/').next().unwrap_or_default();
                format!("{scheme}://{}", host.rsplit('@').next().unwrap_or_default())
            }
            None => "another path".to_owned(),
        };
        let reason =
            format!("it answers {status} and sends on to {}, which is not followed", shortened(&place));
        Self::new(Sort::Lasting, reason, "give the address that answers itself with --engine")
    }
}

/// What became of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    None,
    Sent,
    Withheld,
}

/// Servers word it in many ways.
fn is_overflow(message: &str) -> bool {
    let message = message.to_lowercase();
    let is_about = ["context", "prompt is too long", "input length", "maximum length"];
    let is_over = ["exceed", "maximum", "too long", "larger", "greater", "longer"];
    is_about.iter().any(|word| message.contains(word)) && is_over.iter().any(|word| message.contains(word))
}

/// One line of what a server says.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(MOST_SAID).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    Shown::new(&short).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_cause_and_what_to_do() {
        for (status, message, access, expected) in [
            (401, "bad sk-1234", Access::Sent, "it answers 401: the key is not taken; give"),
            (403, "", Access::None, "it answers 403: it wants a key; set"),
            (401, "", Access::Withheld, "it answers 401: the key was not sent"),
            (404, "model 'x' not found", Access::None, "it answers 404: model 'x' not found; `chimera"),
            (
                400,
                "This model's maximum context length is 8192",
                Access::None,
                "the prompt is too long for it: This",
            ),
            (
                400,
                "the request exceeds the available context size",
                Access::None,
                "the prompt is too long for it",
            ),
            (429, "", Access::None, "it answers 429: too many requests; try again later"),
            (503, "Loading model", Access::None, "it answers 503: it is still loading its model"),
            (500, "out of\nmemory", Access::None, "it answers 500: out of memory; its own log"),
            (418, "", Access::None, "it answers 418; is it a model server?"),
        ] {
            let reason = Trouble::of_status(status, message, access).reason;
            assert!(reason.starts_with(expected), "{status}: {reason}");
            assert!(!reason.contains("sk-1234"), "{reason}");
        }
    }

    #[test]
    fn a_redirect_is_told_without_its_secrets() {
        let reason = Trouble::redirect(307, "https://me:hush@other.example.org/v1?key=hush").reason;
        assert!(reason.contains("https://other.example.org,") && !reason.contains("hush"), "{reason}");
    }

    #[test]
    fn what_a_server_says_is_one_short_line() {
        let reason = Trouble::garbage(&"x\u{1b}[2J\n".repeat(500)).reason;
        assert!(reason.len() < 1000 && !reason.contains(['\u{1b}', '\n']), "{reason}");
    }
}
