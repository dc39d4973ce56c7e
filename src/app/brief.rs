//! The name of a group where there is little room.

use crate::metrics::series::Group;

/// Named first: nearly every group has one, and it says most.
const FIRST: &str = "model";
/// Words that say nothing without the name of their dimension.
const BARE: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "none", "null"];

/// `gemma3:270m, CPU, num_gpu=60`: the model first, and words without the name of their dimension.
pub(super) fn brief(group: &Group) -> String {
    let (first, rest): (Vec<_>, Vec<_>) = group.0.iter().partition(|(key, _)| **key == *FIRST);
    let named = first.into_iter().chain(rest).map(|(key, value)| {
        let is_bare = BARE.iter().any(|bare| value.eq_ignore_ascii_case(bare));
        if !is_bare && value.starts_with(char::is_alphabetic) {
            value.to_string()
        } else {
            format!("{key}={value}")
        }
    });
    named.collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_alone_and_numbers_do_not() {
        for (pairs, expected) in [
            (&[("model", "gemma3:270m")][..], "gemma3:270m"),
            (&[("device", "CPU"), ("model", "gemma3"), ("num_gpu", "60")], "gemma3, CPU, num_gpu=60"),
            (&[("dynamic", "False"), ("mode", "decode")], "dynamic=False, decode"),
            (&[("model", "7b")], "model=7b"),
            (&[("test_name", "Boss (first)")], "Boss (first)"),
            (&[("tone", "")], "tone="),
            (&[], ""),
        ] {
            let pairs = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into()));
            assert_eq!(brief(&Group(pairs.collect())), expected);
        }
    }
}
