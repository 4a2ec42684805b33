//! The project speaks of itself alone: no path of one machine stands in it.

use super::Finding;

/// A neighbour folder that only the test script may look for.
const NEIGHBOUR: &str = concat!("..", "/shared");
/// A folder of one machine.
const MACHINE: &str = concat!("/wo", "rk/");
/// The script that looks whether the neighbour folder exists.
const SCRIPT: &str = ".ci/run";

pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if path != SCRIPT && line.contains(NEIGHBOUR) {
            let message = format!("`{NEIGHBOUR}` lies outside the project");
            findings.push(Finding::new(path, index + 1, message));
        }
        if names_machine(line) {
            let message = format!("`{MACHINE}` is a path of one machine");
            findings.push(Finding::new(path, index + 1, message));
        }
    }
    findings
}

/// An absolute path begins where no other path or word goes on.
fn names_machine(line: &str) -> bool {
    line.match_indices(MACHINE).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/}$*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_paths_of_one_machine() {
        let line = format!("see {MACHINE}main/notes\n");
        assert_eq!(check("README.md", &line).len(), 1);
        assert!(check("README.md", &format!("http://host{MACHINE}item\n")).is_empty());
    }

    #[test]
    fn finds_the_neighbour_folder_but_in_the_script() {
        let line = format!("if [ -d {NEIGHBOUR}/tools ]; then\n");
        assert_eq!(check("README.md", &line).len(), 1);
        assert!(check(SCRIPT, &line).is_empty());
    }
}
