//! Patterns on names: `*` stands for any run of characters, `?` for one.

/// True if the whole name fits the pattern. Takes at most as many steps as pattern and name have
/// characters together, multiplied once.
#[must_use]
pub fn glob(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where the last star stands, and how much of the name it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, taken)) = star else {
                    return false;
                };
                star = Some((place, taken + 1));
                at = place + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn names_fit_or_do_not() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("*", "a.b:80", true),
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "A", false),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*.default.*", "shop.default.80.svc", true),
            ("**b**", "abc", true),
            ("*a*b", "aab", true),
            ("*ab", "aaab", true),
            ("?", "é", true),
            ("10.0.0.1:*", "10.0.0.1:80", true),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!glob(&pattern, &"a".repeat(10_000)));
    }
}
