//! Where a remote engine is: its address, checked and bare. It is shown and saved, so it never
//! holds a secret.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use ureq::http::Uri;

use crate::engine::pull::is_this_machine;

/// Ends that people copy along with an address; what is below them is asked for by itself.
const TAILS: [&str; 5] = ["/v1/chat/completions", "/api/chat", "/api/generate", "/v1", "/api"];
/// Names that only a network of one's own has.
const OWN_NETWORK: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".localhost"];

/// The address of a remote engine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Endpoint {
    /// Scheme, host, port and path; no slash at the end.
    address: String,
}

impl FromStr for Endpoint {
    type Err = &'static str;

    /// What is wrong is told without the text: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_lowercase(), rest),
            None if is_this_machine(text.split('/').next().unwrap_or_default()) => ("http".to_owned(), text),
            None => return Err("must begin with https:// or http://"),
        };
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err("must begin with https:// or http://");
        }
        if rest.contains(['?', '#']) {
            return Err("must be an address without ? and #; a key goes into CHIMERA_INSIGHT_ENGINE_KEY");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("must hold no name and no password; a key goes into CHIMERA_INSIGHT_ENGINE_KEY");
        }
        let path = path.trim_end_matches('/');
        let path = TAILS.iter().find_map(|tail| path.strip_suffix(tail)).unwrap_or(path);
        let address = format!("{scheme}://{}{}", authority.to_lowercase(), path.trim_end_matches('/'));
        let is_sound =
            address.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        if is_sound { Ok(Self { address }) } else { Err("is no address of a server") }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl Endpoint {
    /// Host and port.
    pub fn host(&self) -> &str {
        let rest = self.address.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// What goes there stays on this machine.
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(self.host())
    }

    /// An address below it.
    pub(super) fn below(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The host alone, without the port.
    pub(super) fn name(&self) -> &str {
        let host = self.host();
        match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        }
    }

    /// May a secret go there? Over https, to this machine, or within a network of one's own.
    pub(super) fn is_private(&self) -> bool {
        if self.is_https() || self.is_this_machine() {
            return true;
        }
        let name = self.name();
        match name.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
            Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
            Err(_) => !name.contains('.') || OWN_NETWORK.iter().any(|end| name.ends_with(end)),
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.address.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (text, expected) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("localhost:11434", "http://localhost:11434"),
            ("HTTPS://Api.Example.org/v1/", "https://api.example.org"),
            ("https://host/Gate/v1/chat/completions", "https://host/Gate"),
            ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ] {
            assert_eq!(endpoint(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_text() {
        for text in
            ["", "gpu-box:8080", "ftp://hush", "http://", "http://me:hush@host", "https://host/?key=hush"]
        {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(!error.contains("hush"), "{text}: {error}");
        }
    }

    #[test]
    fn a_secret_goes_only_where_nobody_else_can_read_it() {
        for (text, is_private) in [
            ("https://example.org", true),
            ("http://example.org", false),
            ("http://127.0.0.1:1", true),
            ("http://192.168.1.7:8000", true),
            ("http://172.32.0.1:8000", false),
            ("http://gpu-box:8000", true),
            ("http://box.lan:8000", true),
            ("http://[fd00::1]:8000", true),
            ("http://8.8.8.8", false),
        ] {
            assert_eq!(endpoint(text).is_private(), is_private, "{text}");
        }
        assert!(endpoint("http://localhost:1").is_this_machine());
        assert!(!endpoint("http://localhost.example.org:1").is_this_machine());
    }
}
