//! Names that say nothing about what a file holds.

use super::Finding;

const EMPTY_NAMES: &[&str] = &[
    "common",
    "helper",
    "helpers",
    "manager",
    "misc",
    "util",
    "utils",
    "utilities",
];

pub(super) fn check(paths: &[String]) -> Vec<Finding> {
    paths.iter().filter_map(|path| check_path(path)).collect()
}

fn check_path(path: &str) -> Option<Finding> {
    let empty = path.split('/').find(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        EMPTY_NAMES.contains(&stem)
    })?;
    Some(Finding::new(
        path,
        1,
        format!("`{empty}` does not say what it holds"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_name_without_content() {
        assert!(check_path("crates/a/src/utils.rs").is_some());
        assert!(check_path("crates/a/tests/common/mod.rs").is_some());
        assert!(check_path("crates/a/src/utility_bill.rs").is_none());
    }
}
