//! How the network is reached, by the environment: the hub's variables as its own tools read
//! them, and those of proxies. Secrets stay in here: nothing of it can be printed.

use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use super::{PullError, source::is_this_machine};

/// The hub itself.
const HUB: &str = "https://huggingface.co";
/// How long a server may be silent, unless `HF_HUB_DOWNLOAD_TIMEOUT` says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest that may be asked for.
const MOST_PATIENCE: u64 = 3600;
/// Longest file that is read as a token, in bytes.
const LONGEST_TOKEN: u64 = 4096;

/// Endpoint, token, proxies and patience.
pub struct Access {
    endpoint: String,
    token: Option<String>,
    is_offline: bool,
    patience: Duration,
    proxies: Proxies,
}

/// Proxies as the variables name them.
#[derive(Default)]
pub(in crate::engine) struct Proxies {
    https: Option<ureq::Proxy>,
    http: Option<ureq::Proxy>,
    /// Hosts that are reached without one, in small letters.
    not_for: Vec<String>,
}

impl Access {
    /// By the environment; `is_offline` is the program's own setting.
    pub fn of(environment: &dyn Fn(&str) -> Option<OsString>, is_offline: bool) -> Result<Self, PullError> {
        let set = |name: &str| {
            let value = environment(name)?.into_string().ok()?.trim().to_owned();
            Some(value).filter(|value| !value.is_empty())
        };
        let is_on = |name: &str| {
            set(name)
                .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"))
        };
        let endpoint =
            set("HF_ENDPOINT").map_or_else(|| HUB.to_owned(), |text| text.trim_end_matches('/').to_owned());
        let is_address = endpoint.parse::<ureq::http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some()
                && !uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
                && uri.query().is_none()
        });
        if !is_address {
            return Err(PullError::Variable { name: "HF_ENDPOINT", fault: "is no address of a server" });
        }
        let patience = match set("HF_HUB_DOWNLOAD_TIMEOUT") {
            None => PATIENCE,
            Some(text) => {
                let seconds = text.parse().ok().filter(|seconds| (1..=MOST_PATIENCE).contains(seconds));
                let fault = "must be whole seconds, 1 to 3600";
                let name = "HF_HUB_DOWNLOAD_TIMEOUT";
                Duration::from_secs(seconds.ok_or(PullError::Variable { name, fault })?)
            }
        };
        let token = if is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN") { None } else { token(&set)? };
        Ok(Self {
            endpoint,
            token,
            is_offline: is_offline || is_on("HF_HUB_OFFLINE"),
            patience,
            proxies: Proxies::of(&set)?,
        })
    }

    pub(super) fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// Where the hub is, without a slash at the end.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The token, where it may go: to the hub's own scheme, host and port, and never over a line
    /// that others can read.
    pub(super) fn token_for(&self, uri: &ureq::http::Uri) -> Option<&str> {
        let is_private = uri.scheme_str() == Some("https") || uri.host().is_some_and(is_this_machine);
        self.token.as_deref().filter(|_| is_private && self.is_hub(uri))
    }

    /// Does an address lie on the hub's own server?
    pub(super) fn is_hub(&self, uri: &ureq::http::Uri) -> bool {
        let Ok(hub) = self.endpoint.parse::<ureq::http::Uri>() else { return false };
        let port = |uri: &ureq::http::Uri| {
            uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
        };
        let host = |uri: &ureq::http::Uri| uri.host().map(str::to_lowercase);
        hub.scheme_str() == uri.scheme_str() && host(&hub) == host(uri) && port(&hub) == port(uri)
    }

    /// The proxy for an address, if any.
    pub(super) fn proxy_for(&self, uri: &ureq::http::Uri) -> Option<ureq::Proxy> {
        self.proxies.proxy_for(uri)
    }
}

impl Proxies {
    /// The proxy for an address, if any.
    pub(in crate::engine) fn proxy_for(&self, uri: &ureq::http::Uri) -> Option<ureq::Proxy> {
        let host = uri.host().unwrap_or_default().to_lowercase();
        if self.not_for.iter().any(|name| name == "*" || is_within(&host, name)) {
            return None;
        }
        let is_https = uri.scheme_str() == Some("https");
        if is_https { self.https.clone() } else { self.http.clone() }
    }

    /// As the environment, looked up by `set`, names them.
    pub(in crate::engine) fn of(set: &dyn Fn(&str) -> Option<String>) -> Result<Self, PullError> {
        let proxy = |names: [&'static str; 4]| -> Result<Option<ureq::Proxy>, PullError> {
            let Some((name, value)) = names.into_iter().find_map(|name| Some((name, set(name)?))) else {
                return Ok(None);
            };
            // Whoever names a proxy must not be taken around it.
            let fault = "is no address of a proxy (http, https or socks5)";
            ureq::Proxy::new(&value).map(Some).map_err(|_| PullError::Variable { name, fault })
        };
        let not_for = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
        let not_for = not_for.split([',', ' ']).map(|name| {
            let name = name.trim().to_lowercase();
            let name = name.strip_prefix('*').filter(|rest| !rest.is_empty()).unwrap_or(&name);
            name.trim_start_matches('.').to_owned()
        });
        Ok(Self {
            https: proxy(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?,
            http: proxy(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])?,
            not_for: not_for.filter(|name| !name.is_empty()).collect(),
        })
    }
}

/// Is a host that name, or below it?
fn is_within(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The token of the environment, else that of the file where the hub's tools keep it.
fn token(set: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, PullError> {
    let named = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].into_iter().find_map(|name| Some((name, set(name)?)));
    let kept = || {
        let folder = || {
            let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = cache.or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")));
            set("HF_HOME").map(PathBuf::from).or_else(|| Some(cache?.join("huggingface")))
        };
        let path = set("HF_TOKEN_PATH").map(PathBuf::from).or_else(|| Some(folder()?.join("token")))?;
        let metadata = fs::metadata(&path).ok()?;
        let is_short = metadata.is_file() && metadata.len() <= LONGEST_TOKEN;
        let text = is_short.then(|| fs::read_to_string(&path).ok()).flatten()?;
        Some(("HF_TOKEN_PATH", text.trim().to_owned())).filter(|(_, token)| !token.is_empty())
    };
    let Some((name, token)) = named.or_else(kept) else { return Ok(None) };
    // It goes into a header, where anything else could end it.
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(token))
    } else {
        Err(PullError::Variable { name, fault: "holds no token: it has signs that none has" })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn access(set: &[(&str, &str)]) -> Result<Access, PullError> {
        Access::of(
            &|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)),
            false,
        )
    }

    fn uri(text: &str) -> ureq::http::Uri {
        text.parse().unwrap()
    }

    #[test]
    fn the_token_goes_to_the_hub_alone() {
        let set = access(&[("HF_TOKEN", "hf_secret")]).unwrap();
        for (address, may) in [
            ("https://huggingface.co/a", true),
            ("https://HuggingFace.co:443/a", true),
            ("http://huggingface.co/a", false),
            ("https://huggingface.co:8443/a", false),
            ("https://huggingface.co.example.org/a", false),
            ("https://cdn.huggingface.co/a", false),
        ] {
            assert_eq!(set.token_for(&uri(address)).is_some(), may, "{address}");
        }
        let mirror = [("HF_TOKEN", "hf_secret"), ("HF_ENDPOINT", "http://mirror.example.org/hub/")];
        let mirror = access(&mirror).unwrap();
        assert_eq!(mirror.endpoint(), "http://mirror.example.org/hub");
        assert_eq!(mirror.token_for(&uri("http://mirror.example.org/hub/a")), None, "in the clear");
        let off = [("HF_TOKEN", "hf_secret"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")];
        assert!(!access(&off).unwrap().has_token());
    }

    #[test]
    fn the_token_file_is_where_the_hub_keeps_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".cache/huggingface");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("token"), "hf_kept\n").unwrap();
        let set = access(&[("HOME", home.path().to_str().unwrap())]).unwrap();
        assert_eq!(set.token_for(&uri("https://huggingface.co/a")), Some("hf_kept"));
    }

    #[test]
    fn proxies_are_for_their_scheme_and_not_for_named_hosts() {
        let set = access(&[
            ("HTTPS_PROXY", "http://user:hush@proxy:3128"),
            ("no_proxy", "local.example.org, .example.com ,*.example.net"),
        ])
        .unwrap();
        for (address, through) in [
            ("https://huggingface.co/", true),
            ("http://huggingface.co/", false),
            ("https://local.example.org/", false),
            ("https://other.example.org/", true),
            ("https://a.example.com/", false),
            ("https://a.example.net/", false),
            ("https://notexample.com/", true),
        ] {
            assert_eq!(set.proxy_for(&uri(address)).is_some(), through, "{address}");
        }
        let all = access(&[("ALL_PROXY", "socks5://proxy:1080"), ("NO_PROXY", "*")]).unwrap();
        assert!(all.proxy_for(&uri("https://huggingface.co/")).is_none());
    }

    #[test]
    fn what_is_wrong_is_told_without_its_value() {
        for (name, value) in [
            ("HTTPS_PROXY", "gopher://hush"),
            ("HF_ENDPOINT", "hush"),
            ("HF_ENDPOINT", "https://me:hush@host"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "hush"),
            ("HF_TOKEN", "hush\u{7}hush"),
        ] {
            let error = access(&[(name, value)]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(name) && !error.contains("hush"), "{name}: {error}");
        }
    }
}
