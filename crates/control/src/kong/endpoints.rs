//! `/endpoints`: every path of the Admin API.

use serde_json::json;

use super::answer;
use super::kind::{KINDS, named};
use crate::answer::Answer;

/// Paths that are no lists of entities.
const PLAIN: &[&str] = &[
    "/",
    "/config",
    "/endpoints",
    "/metrics",
    "/plugins/enabled",
    "/plugins/schema/{name}",
    "/schemas/plugins/{name}",
    "/schemas/plugins/validate",
    "/schemas/vaults/{name}",
    "/schemas/vaults/validate",
    "/schemas/{name}",
    "/schemas/{name}/validate",
    "/status",
    "/tags",
    "/tags/{tags}",
    "/upstreams/{upstreams}/health",
    "/upstreams/{upstreams}/targets/all",
    "/upstreams/{upstreams}/targets/{targets}/healthy",
    "/upstreams/{upstreams}/targets/{targets}/unhealthy",
    "/upstreams/{upstreams}/targets/{targets}/{address}/healthy",
    "/upstreams/{upstreams}/targets/{targets}/{address}/unhealthy",
];

/// All paths, sorted by segments.
pub(super) fn endpoints() -> Answer {
    answer::ok(&json!({ "data": paths() }))
}

fn paths() -> Vec<String> {
    let mut paths: Vec<String> = PLAIN.iter().map(|path| (*path).to_owned()).collect();
    for kind in KINDS {
        let name = kind.name;
        for (field, to) in kind.foreign {
            let above = named(to).and_then(|to| Some((to.path?, to.name)));
            if let Some((path, above)) = above {
                let nested = kind.nested;
                paths.push(format!("/{path}/{{{above}}}/{nested}"));
                paths.push(format!("/{path}/{{{above}}}/{nested}/{{{name}}}"));
            }
            if let Some(path) = kind.path.filter(|_| name != "snis") {
                paths.push(format!("/{path}/{{{name}}}/{field}"));
            }
        }
        if let Some(path) = kind.path {
            paths.push(format!("/{path}"));
            paths.push(format!("/{path}/{{{name}}}"));
        }
    }
    paths.sort_by_cached_key(|path| path.replace('/', "\0"));
    paths
}

#[cfg(test)]
mod tests {
    use super::super::request::segments;
    use super::super::resource::Resource;
    use super::super::route::Api;
    use super::paths;

    #[test]
    fn every_path_is_there() {
        let paths = paths();
        for path in &paths {
            let asked = segments(path).and_then(|it| Resource::of(Api::Admin, &it));
            assert!(asked.is_some(), "{path}");
        }
        for path in [
            "/basic-auths/{basicauth_credentials}",
            "/services/{services}/routes",
        ] {
            assert!(paths.iter().any(|known| known == path), "{path}");
        }
        assert_eq!(paths[0], "/");
    }
}
