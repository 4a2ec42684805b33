//! The canonical form of a path.

use std::borrow::Cow;

/// Removes repeated slashes, `.` and `..`, and begins with a slash. A slash at the end stays, and a
/// final `.` becomes one; a final `..` does not (gin's `cleanPath`).
pub(super) fn clean_path(path: &str) -> Cow<'_, str> {
    if is_clean(path) {
        return Cow::Borrowed(path);
    }
    let mut cleaned = String::with_capacity(path.len() + 1);
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => cleaned.truncate(cleaned.rfind('/').unwrap_or(0)),
            segment => {
                cleaned.push('/');
                cleaned.push_str(segment);
            }
        }
    }
    let trailing = path.len() > 1 && path.ends_with('/') || path.rsplit('/').next() == Some(".");
    if cleaned.is_empty() || trailing {
        cleaned.push('/');
    }
    Cow::Owned(cleaned)
}

fn is_clean(path: &str) -> bool {
    let Some(inner) = path.strip_prefix('/') else {
        return false;
    };
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    path == "/"
        || inner
            .split('/')
            .all(|segment| !matches!(segment, "" | "." | ".."))
}
