//! The key of a remote engine: from the environment alone, for one host, and never printed.

use std::ffi::OsString;

use super::Endpoint;

/// The variable that holds the key.
pub const KEY_VARIABLE: &str = "CHIMERA_INSIGHT_ENGINE_KEY";
/// Keys of services, by the variable that each tells its users to set. One goes to its own
/// service alone, and over https.
const SERVICES: [(&str, &str); 3] = [
    ("OPENAI_API_KEY", "api.openai.com"),
    ("OPENROUTER_API_KEY", "openrouter.ai"),
    ("OLLAMA_API_KEY", "ollama.com"),
];

/// Every variable that may hold a key: an engine on this machine is started without them.
pub(in crate::engine) fn key_variables() -> impl Iterator<Item = &'static str> {
    std::iter::once(KEY_VARIABLE).chain(SERVICES.into_iter().map(|(name, _)| name))
}

/// A key. It has no way to be printed.
#[derive(Clone)]
pub(super) struct Secret(String);

/// What the environment has for an endpoint.
pub(super) struct Keys {
    /// What is sent.
    pub secret: Option<Secret>,
    /// There is a key, and it is not sent: others could read it on its way.
    pub is_withheld: bool,
}

impl Keys {
    /// By the environment; `Err` names the variable that holds no key.
    pub fn of(
        endpoint: &Endpoint,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, &'static str> {
        let is_of = |host: &str| endpoint.is_https() && endpoint.name() == host;
        let names = std::iter::once(KEY_VARIABLE)
            .chain(SERVICES.into_iter().filter(|(_, host)| is_of(host)).map(|(name, _)| name));
        let set = |name| environment(name).filter(|value| !value.is_empty()).map(|value| (name, value));
        let Some((name, value)) = names.into_iter().find_map(set) else {
            return Ok(Self { secret: None, is_withheld: false });
        };
        let text = value.to_str().map(str::trim).unwrap_or_default();
        // It goes into a header, where anything else could end it.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(name);
        }
        let is_withheld = !endpoint.is_private();
        Ok(Self { secret: (!is_withheld).then(|| Secret(text.to_owned())), is_withheld })
    }
}

impl Secret {
    /// For the header that carries it, and for nothing else.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// A text of the server without the key in it.
    pub fn cut_from(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sent(address: &str, set: &[(&str, &str)]) -> (Option<String>, bool) {
        let environment =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        let keys = Keys::of(&address.parse().unwrap(), &environment).unwrap();
        (keys.secret.map(|secret| secret.header()), keys.is_withheld)
    }

    #[test]
    fn a_key_goes_to_its_own_host_alone() {
        let service = [("OPENAI_API_KEY", "sk-a"), ("OLLAMA_API_KEY", "ol-b")];
        assert_eq!(sent("https://api.openai.com/v1", &service), (Some("Bearer sk-a".into()), false));
        assert_eq!(sent("https://ollama.com", &service), (Some("Bearer ol-b".into()), false));
        for other in ["http://api.openai.com", "https://api.openai.com.example.org", "http://localhost:8080"]
        {
            assert_eq!(sent(other, &service), (None, false), "{other}");
        }
        let own = [("OPENAI_API_KEY", "sk-a"), (KEY_VARIABLE, " mine ")];
        assert_eq!(sent("https://api.openai.com", &own), (Some("Bearer mine".into()), false));
        assert_eq!(sent("http://gpu-box:8000", &own), (Some("Bearer mine".into()), false));
        assert_eq!(sent("http://example.org", &own), (None, true));
    }

    #[test]
    fn what_is_no_key_is_told_by_its_variable() {
        let environment = |name: &str| (name == KEY_VARIABLE).then(|| OsString::from("a\nb"));
        let endpoint = "http://localhost:1".parse().unwrap();
        assert_eq!(Keys::of(&endpoint, &environment).err(), Some(KEY_VARIABLE));
        assert_eq!(Secret("abc".into()).cut_from("no abc here"), "no [key] here");
    }
}
