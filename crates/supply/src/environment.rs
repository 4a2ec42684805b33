//! What the process's environment says.

use std::collections::BTreeMap;

use haleway_blueprint::Wants;

/// Most cores that the engine is told to use, whatever `GOMAXPROCS` says.
const CORES_MAX: usize = 1024;

/// The cores to use: `GOMAXPROCS`, which KrakenD honours, else what the system allows.
#[must_use]
pub fn cores() -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    cores_of(std::env::var("GOMAXPROCS").ok().as_deref(), available)
}

fn cores_of(gomaxprocs: Option<&str>, available: usize) -> usize {
    gomaxprocs
        .and_then(|text| text.trim().parse::<usize>().ok())
        .filter(|cores| *cores > 0)
        .unwrap_or(available)
        .min(CORES_MAX)
}

/// The variables that are wanted and set. A value that is not UTF-8 counts as not set.
pub(crate) fn wanted_variables(wants: &Wants) -> BTreeMap<String, String> {
    wanted_of(wants, std::env::vars_os())
}

fn wanted_of(
    wants: &Wants,
    environment: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
) -> BTreeMap<String, String> {
    environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            wants.variables.contains(name)
                || wants
                    .variable_prefixes
                    .iter()
                    .any(|prefix| name.starts_with(prefix.as_str()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gomaxprocs_decides_where_it_is_a_number_above_zero() {
        assert_eq!(cores_of(Some("3"), 8), 3);
        assert_eq!(cores_of(Some(" 2 "), 8), 2);
        assert_eq!(cores_of(Some("0"), 8), 8);
        assert_eq!(cores_of(Some("many"), 8), 8);
        assert_eq!(cores_of(None, 8), 8);
        assert_eq!(cores_of(Some("99999999"), 8), CORES_MAX);
    }

    #[test]
    fn only_wanted_variables_pass() {
        let mut wants = Wants::default();
        wants.variables.insert("USAGE_DISABLE".into());
        wants.variable_prefixes.insert("KRAKEND_".into());
        let environment = [
            ("KRAKEND_PORT", "9000"),
            ("USAGE_DISABLE", "1"),
            ("USAGE_DISABLED", "1"),
            ("HOME", "/root"),
        ];
        let found = wanted_of(
            &wants,
            environment.into_iter().map(|(n, v)| (n.into(), v.into())),
        );
        let names: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["KRAKEND_PORT", "USAGE_DISABLE"]);
        assert_eq!(found["KRAKEND_PORT"], "9000");
    }
}
