//! One file over HTTP, from an offset on. Redirects are followed here, one by one: the hub says
//! on its own answer what the file is and sends on to where it lies, and the token must not go
//! along.

use std::{
    io::{self, Read},
    time::Duration,
};

use ureq::{
    Agent, Body,
    http::{Response, Uri},
    tls::{RootCerts, TlsConfig},
};

use super::{
    access::Access,
    source::{Expected, Sha256, Source, is_this_machine},
};
use crate::text::sanitize::Shown;

/// Redirects in a row; the hub needs two.
const MOST_REDIRECTS: usize = 8;
/// A machine without a network must notice quickly.
const CONNECT: Duration = Duration::from_secs(10);
/// Where the certificates of a network's own proxy are not known.
const CERTIFICATES: &str = "SSL_CERT_FILE names the certificates to trust where the system's do not do";
/// Where nobody answers.
const UNREACHED: &str = "without a network: put any GGUF file into the model folder; HTTPS_PROXY names a proxy, HF_ENDPOINT a mirror";
/// What servers are told.
const AGENT: &str = concat!("chimera-insight/", env!("CARGO_PKG_VERSION"));
/// What a model's page asks for before its files can be had.
const LOGIN: &str =
    "open the model's page on the hub, accept its licence there, and set HF_TOKEN to a token of yours";
/// A token that does not help.
const REFUSED: &str =
    "the token was sent: accept the licence on the model's page, or give HF_TOKEN another token";

/// What a server offers, and its bytes.
pub(super) struct Answer {
    /// Where its bytes begin in the file.
    pub from: u64,
    /// What the file must be: as the source has it, else as the server says.
    pub expected: Expected,
    /// The digest that the hub states.
    pub stated: Option<Sha256>,
    /// The bytes of the whole file, as the server says.
    pub length: Option<u64>,
    /// The server's mark of this content, where it is a strong one.
    pub etag: Option<String>,
    /// The commit, as the hub states it.
    pub commit: Option<String>,
    /// The bytes.
    pub body: Box<dyn Read>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// In words; no secret, no query of an address.
    pub reason: String,
    /// What to do.
    pub hint: Option<&'static str>,
    /// May it help to try again?
    pub is_passing: bool,
    /// The server cannot go on at the offset asked for.
    pub is_about_range: bool,
}

impl Trouble {
    /// What may be over the next time.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None, is_passing: true, is_about_range: false }
    }
    /// What will be no better the next time.
    pub fn lasting(reason: impl Into<String>, hint: Option<&'static str>) -> Self {
        Self { hint, is_passing: false, ..Self::passing(reason) }
    }
    fn about_range(reason: impl Into<String>) -> Self {
        Self { is_about_range: true, ..Self::passing(reason) }
    }
    /// While bytes come.
    pub fn of_io(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
            Some(inner) => Self::of(inner),
            None if error.kind() == io::ErrorKind::TimedOut => Self::passing("the server went silent"),
            None => Self::passing(format!("the connection broke off: {error}")),
        }
    }
    fn of(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::passing("the connection ended early")
            }
            // What a certificate is refused for comes so.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::lasting(format!("no trusted connection: {error}"), Some(CERTIFICATES))
            }
            ureq::Error::Io(error) => Self::passing(error.to_string()),
            ureq::Error::Timeout(_) => Self::passing("the server went silent"),
            ureq::Error::HostNotFound => Self::passing("its host is not known here (no network?)"),
            ureq::Error::ConnectionFailed => Self::passing("no connection"),
            ureq::Error::ConnectProxyFailed(_) => Self::lasting(
                "the proxy refuses",
                Some("see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"),
            ),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Self::lasting(format!("no trusted connection: {error}"), Some(CERTIFICATES))
            }
            // Others may hold the address, with what is secret in it.
            _ => Self::passing("its answer is no sound HTTP"),
        }
    }
}

/// Asks for files.
pub(super) struct Client<'a> {
    access: &'a Access,
}

/// What the answers on the way said.
#[derive(Default)]
struct Stated {
    sha256: Option<Sha256>,
    bytes: Option<u64>,
    commit: Option<String>,
}

impl<'a> Client<'a> {
    pub fn new(access: &'a Access) -> Self {
        Self { access }
    }

    /// Opens a file at an offset. `validator`: only if it is still the content of that mark, else
    /// from the start.
    pub fn open(&self, source: &Source, from: u64, validator: Option<&str>) -> Result<Answer, Trouble> {
        let mut uri = parsed(&source.address(self.access.endpoint()))
            .ok_or_else(|| Trouble::lasting("its address is none", None))?;
        let mut stated = Stated::default();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.get(&uri, from, validator)?;
            // Others may state what they like: only the hub is believed.
            if self.access.is_hub(&uri) {
                stated.take(&response);
            }
            if !response.status().is_redirection() {
                return self.answer(source, &uri, response, stated, from);
            }
            let location = header(&response, "location").unwrap_or_default();
            let next = resolved(&uri, &location)
                .ok_or_else(|| Trouble::lasting("the server redirects to no address", None))?;
            // Nobody on the way is to learn or change what was asked for over a private line, and
            // nobody outside is to send the program to this machine's own services.
            if uri.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                return Err(Trouble::lasting("the server redirects from https to http", None));
            }
            if !is_local(&uri) && is_local(&next) {
                return Err(Trouble::lasting("the server redirects to this machine itself", None));
            }
            uri = next;
        }
        Err(Trouble::lasting("the server redirects in a circle", None))
    }

    fn get(&self, uri: &Uri, from: u64, validator: Option<&str>) -> Result<Response<Body>, Trouble> {
        let send = |certificates: RootCerts| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .proxy(self.access.proxy_for(uri))
                .user_agent(AGENT)
                .tls_config(TlsConfig::builder().root_certs(certificates).build())
                .timeout_resolve(Some(CONNECT))
                .timeout_connect(Some(CONNECT))
                .timeout_recv_response(Some(self.access.patience()))
                .timeout_per_read(Some(self.access.patience()))
                .build();
            let agent: Agent = config.into();
            // A digest is of the file's own bytes.
            let mut request = agent.get(uri).header("accept", "*/*").header("accept-encoding", "identity");
            if let Some(token) = self.access.token_for(uri) {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            if from > 0 {
                request = request.header("range", format!("bytes={from}-"));
                if let Some(validator) = validator {
                    request = request.header("if-range", validator);
                }
            }
            request.call()
        };
        let sent = match send(RootCerts::PlatformVerifier) {
            // A bare system has no certificates: those of Mozilla's list do then.
            Err(ureq::Error::Rustls(error)) if error.to_string().contains("No CA certificates") => {
                send(RootCerts::WebPki)
            }
            sent => sent,
        };
        sent.map_err(|error| {
            let trouble = Trouble::of(&error);
            let host = Shown::new(uri.host().unwrap_or_default());
            let reason = format!("{host}: {}", trouble.reason);
            Trouble { reason, hint: trouble.hint.or(Some(UNREACHED)), ..trouble }
        })
    }

    fn answer(
        &self,
        source: &Source,
        uri: &Uri,
        response: Response<Body>,
        stated: Stated,
        asked: u64,
    ) -> Result<Answer, Trouble> {
        let status = response.status().as_u16();
        if !matches!(status, 200 | 206) {
            return Err(self.refused(status, uri));
        }
        if header(&response, "content-encoding").is_some_and(|coding| coding != "identity") {
            return Err(Trouble::lasting("the server sends it compressed, though it was asked not to", None));
        }
        if header(&response, "content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            return Err(Trouble::lasting("the server sends a web page (a login of the network?)", None));
        }
        let (from, length) = if status == 206 {
            let range = header(&response, "content-range").unwrap_or_default();
            match content_range(&range) {
                Some((start, total)) if start == asked && asked > 0 => (start, total),
                _ => return Err(Trouble::about_range("the server answers with another range")),
            }
        } else {
            (0, header(&response, "content-length").and_then(|length| length.parse().ok()))
        };
        let length = length.or(stated.bytes);
        let pinned = source.expected();
        Ok(Answer {
            from,
            expected: Expected { bytes: pinned.bytes.or(length), sha256: pinned.sha256.or(stated.sha256) },
            stated: stated.sha256,
            length,
            etag: header(&response, "etag").filter(|etag| etag.starts_with('"')),
            commit: stated.commit,
            body: Box::new(response.into_body().into_reader()),
        })
    }

    fn refused(&self, status: u16, uri: &Uri) -> Trouble {
        let host = Shown::new(uri.host().unwrap_or_default());
        let is_hub = self.access.is_hub(uri);
        let answer = format!("{host} answers {status}");
        match status {
            401 | 403 if is_hub && self.access.has_token() => {
                Trouble::lasting(format!("{answer} (not allowed)"), Some(REFUSED))
            }
            401 | 403 if is_hub => Trouble::lasting(format!("{answer} (a login is needed)"), Some(LOGIN)),
            // Addresses that the hub hands out hold for a while only.
            401 | 403 => Trouble::passing(format!("{answer} (not allowed)")),
            404 => Trouble::lasting(format!("{answer} (no such file)"), None),
            407 => Trouble::lasting(
                format!("{answer} (the proxy wants a login)"),
                Some("give it in HTTPS_PROXY"),
            ),
            416 => Trouble::about_range(format!("{answer} (the file is shorter)")),
            429 => Trouble::passing(format!("{answer} (too many calls)")),
            500..=599 | 408 => Trouble::passing(format!("{answer} (trouble of its own)")),
            _ => Trouble::lasting(answer, None),
        }
    }
}

impl Stated {
    fn take(&mut self, response: &Response<Body>) {
        let etag = header(response, "x-linked-etag");
        let etag = etag.as_deref().map(|etag| etag.trim_start_matches("W/").trim_matches('"'));
        self.sha256 = self.sha256.or_else(|| etag.and_then(Sha256::parse));
        let bytes = header(response, "x-linked-size").and_then(|bytes| bytes.parse().ok());
        self.bytes = self.bytes.or(bytes);
        let commit = header(response, "x-repo-commit");
        let is_commit = |text: &String| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.commit = self.commit.take().or(commit.filter(is_commit));
    }
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?.trim();
    Some(value.to_owned())
}

/// `bytes 100-199/200`: where it begins, and of how many.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end): (u64, u64) = (start.trim().parse().ok()?, end.trim().parse().ok()?);
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    let is_sound = start <= end && total.is_none_or(|total| end < total);
    is_sound.then_some((start, total))
}

fn is_local(uri: &Uri) -> bool {
    uri.host().is_some_and(is_this_machine)
}

fn parsed(address: &str) -> Option<Uri> {
    let uri: Uri = address.parse().ok()?;
    let is_sound = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    // A name and password in an address would be sent to whoever it names.
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    (is_sound && !has_user).then_some(uri)
}

/// Where a redirect leads.
fn resolved(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default();
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let address = if location.starts_with("http://") || location.starts_with("https://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.is_empty() || location.contains("://") {
        return None;
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    parsed(&address)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn redirects_lead_where_they_say() {
        let base = "https://host:8443/a/b?c".parse().unwrap();
        for (location, expected) in [
            ("https://other/x?y#z", Some("https://other/x?y")),
            ("//other/x", Some("https://other/x")),
            ("/x", Some("https://host:8443/x")),
            ("x", Some("https://host:8443/a/x")),
            ("ftp://other/x", None),
            ("https://me:hush@other/x", None),
            ("", None),
        ] {
            let uri = resolved(&base, location).map(|uri| uri.to_string());
            assert_eq!(uri.as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn ranges_are_read() {
        for (text, expected) in [
            ("bytes 100-199/200", Some((100, Some(200)))),
            ("bytes 100-199/*", Some((100, None))),
            ("bytes 100-200/200", None),
            ("bytes 200-100/300", None),
            ("bytes */200", None),
            ("items 0-1/2", None),
        ] {
            assert_eq!(content_range(text), expected, "{text}");
        }
    }
}
